package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/mailpart"
)

const (
	maxTexts = 4       // human-readable parts of one mail that are looked at
	maxText  = 4 << 20 // bytes of a report's text that are looked at: 10,000 recipients take less
)

// NewMail makes the view of a mail that decoders share. The text is the first
// text/plain part that says something, else the first text/html reduced to
// what a reader sees; parts of returned messages are left out, and so is a
// returned message that follows in the same part.
func NewMail(root *mailpart.Part) *Mail {
	m := &Mail{Root: root, Subject: root.Header.Get("Subject")}
	m.From = firstAddress(root.Header.Get("From"))
	m.headline = "\nfrom: " + m.From + "\nsubject: " + m.Subject + "\n"
	m.parts = humanParts(root)
	if len(m.parts) > 0 {
		m.use(m.parts[0])
	}
	return m
}

// use makes a part the one that decoders look at.
func (m *Mail) use(part *mailpart.Part) {
	text, forwards := forwarded(plainOf(part))
	m.forwards = m.forwards || forwards
	m.Text, m.rest = cutReturned(text)
	if len(m.Text) > maxText {
		m.Text = m.Text[:strings.LastIndexByte(m.Text[:maxText], '\n')+1]
	}
}

// plainOf gives the text of a part.
//
// QUIRK: Exim and others copy the Content-Type of the message that they return
// into a report in plain text, so that text/html may be no HTML.
func plainOf(part *mailpart.Part) string {
	if part.MediaType != "text/html" {
		return part.Plain()
	}
	if text := part.Text(); !looksLikeHTML(text) {
		return text
	}
	return part.Plain()
}

// looksLikeHTML looks for a tag before the returned message.
func looksLikeHTML(text string) bool {
	report, _ := cutReturned(text[:min(len(text), maxMarkText)])
	for pos := 0; ; pos++ {
		i := strings.IndexByte(report[pos:], '<')
		if i < 0 {
			return false
		}
		pos += i
		if hasAnyPrefixFold(report[pos+1:], htmlTags) {
			return true
		}
	}
}

var htmlTags = []string{"html", "!doctype", "head", "body", "div", "p>", "p ", "br", "table", "pre", "span", "font", "b>", "center", "meta", "style"}

// humanParts lists the parts that people are meant to read: plain text before
// HTML, parts that say something before others.
func humanParts(root *mailpart.Part) []*mailpart.Part {
	var plain, rich []*mailpart.Part
	root.Walk(func(p *mailpart.Part) bool {
		switch {
		case p != root && p.IsMessage():
			return false
		case !p.IsText() || len(plain)+len(rich) >= maxTexts:
		case p.MediaType == "text/html":
			rich = append(rich, p)
		case p.MediaType == "text/rfc822-headers":
		case saysSomething(p):
			plain = append(plain, p)
		}
		return true
	})
	return append(plain, rich...)
}

// saysSomething says whether a plain part is more than blanks and the like.
func saysSomething(p *mailpart.Part) bool {
	seen := 0
	for _, c := range p.Body {
		if c > ' ' {
			if seen++; seen == 8 {
				return true
			}
		}
	}
	return false
}

// returned gives the header of the message that came back: of a MIME part,
// else of what follows the report in its own text.
func (m *Mail) returned() Returned {
	var h mailpart.Header
	m.Root.Walk(func(p *mailpart.Part) bool {
		if h.Len() > 0 || p == m.Root {
			return h.Len() == 0
		}
		if p.IsMessage() && len(p.Children) > 0 {
			h = p.Children[0].Header
			return false
		}
		return true
	})
	if h.Len() == 0 {
		h = parseReturned(m.rest)
	}
	return Returned{Header: h}
}

// host gives the name of the host that wrote the report, as its sender's
// address tells.
func (m *Mail) host() string {
	_, domain := splitAddress(m.From)
	return domain
}

// hasHeader says whether the mail itself, not the returned one, has a field.
func (m *Mail) hasHeader(name string) bool { return m.Root.Header.Has(name) }

// nullSender says whether the mail came with the null reverse-path, which RFC
// 5321 section 4.5.5 requires of reports; known says whether the header tells.
func (m *Mail) nullSender() (null, known bool) {
	path, ok := m.Root.Header.Field("Return-Path")
	if !ok {
		return false, false
	}
	return strings.TrimSpace(path.Raw()) == "<>", true
}
