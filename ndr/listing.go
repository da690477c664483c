package ndr

import "strings"

// listing describes reports that name each recipient at the beginning of a
// line and say beside or below it what went wrong. All words are in lower
// case.
type listing struct {
	begin  []string // the list begins behind one of these, on the same line or below; none: with the text
	end    []string // it ends at a line that contains one of these
	skip   []string // lines that contain one of these belong to no reason
	shared bool     // what follows several recipients is said of all of them
	loose  bool     // an empty line does not end a reason
}

// maxRecipients bounds the recipients that are read from the prose of one
// report.
const maxRecipients = 20_000

// maxReasonLines bounds what is kept of the reason for one of them.
const maxReasonLines = 400

// listed is a recipient with the lines that tell of it.
type listed struct {
	address string
	lines   []string
	closed  bool
}

// read reads the list.
func (l *listing) read(text string) []Failure {
	c := cursor{text: text}
	first, ok := c.skipBehind(l.begin)
	if !ok {
		return nil
	}
	var entries []listed
	if first != "" {
		entries = l.add(entries, first)
	}
	for line, ok := c.next(); ok && len(entries) < maxRecipients; line, ok = c.next() {
		if hasAnyFold(line, l.end) {
			break
		}
		entries = l.add(entries, line)
	}
	return l.failures(entries)
}

// add sorts one line into the list.
func (l *listing) add(entries []listed, line string) []listed {
	var last *listed
	if len(entries) > 0 {
		last = &entries[len(entries)-1]
	}
	address, rest, ok := recipientAt(line)
	if ok && (last == nil || !strings.EqualFold(last.address, address)) {
		e := listed{address: address}
		if rest != "" {
			e.lines = append(e.lines, rest)
		}
		return append(entries, e)
	}
	switch {
	case last == nil || last.closed:
	case strings.TrimSpace(line) == "":
		last.closed = len(last.lines) > 0 && !l.loose
	case len(last.lines) < maxReasonLines && !hasAnyFold(line, l.skip):
		last.lines = append(last.lines, line)
	}
	return entries
}

func (l *listing) failures(entries []listed) []Failure {
	failures := make([]Failure, 0, len(entries))
	seen := make(map[string]bool, len(entries))
	said := ""
	var last struct { // what many share is read once
		text    string
		failure Failure
	}
	for i := len(entries) - 1; i >= 0; i-- {
		if text := strings.Join(entries[i].lines, "\n"); text != "" {
			said = text
		} else if !l.shared {
			said = ""
		}
		if key := strings.ToLower(entries[i].address); !seen[key] {
			seen[key] = true
			if said != last.text {
				last.text, last.failure = said, Failure{}
				last.failure.said(unwrap(said))
			}
			f := last.failure
			f.Recipient = entries[i].address
			failures = append(failures, f)
		}
	}
	for i, j := 0, len(failures)-1; i < j; i, j = i+1, j-1 {
		failures[i], failures[j] = failures[j], failures[i]
	}
	return failures
}

// skipBehind goes behind the first of the words and gives what follows it on
// its line. Without words it stays where it is.
func (c *cursor) skipBehind(words []string) (rest string, ok bool) {
	if len(words) == 0 {
		return "", true
	}
	for line, ok := c.next(); ok; line, ok = c.next() {
		for _, w := range words {
			if _, after, found := cutFold(line, w); found {
				return strings.TrimLeft(after, " \t:."), true
			}
		}
	}
	return "", false
}

// hasAnyFold says whether s contains one of the words, which are in lower case.
func hasAnyFold(s string, words []string) bool {
	for _, w := range words {
		if containsFold(s, w) {
			return true
		}
	}
	return false
}

// recipientAt reads the recipient that a line begins with, behind bullets,
// brackets, "to:" and the like or a name, and what the line says behind it.
func recipientAt(line string) (address, rest string, ok bool) {
	line = strings.TrimLeft(line, " \t*>-•·|→")
	address, start, end := nextAddress(line, 0)
	if address == "" {
		return "", "", false
	}
	rest = behindAddress(line[end:], address)
	lead := strings.TrimRight(line[:start], "<\"'([ \t")
	named := start > 0 && len(lead) < 80 && strings.IndexByte("<(", line[start-1]) >= 0
	switch {
	case lead == "":
	case isRecipientLabel(lead):
	case (named || isMailto(line[:start])) && isDisplayName(lead) && (rest == "" || strings.HasPrefix(rest, "(")):
	default:
		return "", "", false
	}
	return address, rest, true
}

func isMailto(lead string) bool { return containsFold(lead, "<mailto:") }

// leadLabels are what reports write before an address that failed.
var leadLabels = []string{
	"to", "smtp", "rfc822", "mailto", "recipient", "recipient(s)", "recipients", "recipient address", "failed recipient", "address", "user", "e-mail",
	"email", "email address", "final-recipient", "original recipient", "smtp address", "failed address", "rcpt to", "rcpt", "undeliverable address",
	"addressed to", "收件人", "收件人地址", "收信人", "宛先", "получатель", "кому", "empfänger", "destinataire", "destinatario", "destinatário",
}

// isRecipientLabel says whether a label stands before the address.
func isRecipientLabel(lead string) bool {
	lead = strings.TrimRight(lead, "<\"'([ \t")
	label, ok := strings.CutSuffix(lead, ":")
	if !ok {
		if label, ok = strings.CutSuffix(lead, "："); !ok {
			label, ok = strings.CutSuffix(lead, ";")
		}
	}
	if !ok {
		return false
	}
	label = strings.ToLower(strings.TrimSpace(label))
	for _, l := range leadLabels {
		if label == l || strings.HasSuffix(label, "["+l) || strings.HasSuffix(label, ": "+l) && isRecipientLabel(label[:len(label)-len(l)]) {
			return true
		}
	}
	return false
}

// isDisplayName says whether the words before an address may be the
// recipient's name rather than a reply or a sentence.
func isDisplayName(lead string) bool {
	lead = strings.TrimSuffix(strings.TrimSpace(lead), "<mailto:")
	if lead == "" || '0' <= lead[0] && lead[0] <= '9' || strings.ContainsAny(lead, ":;=@") && strings.IndexByte(lead, '@') < 0 {
		return false
	}
	return strings.Count(lead, " ") < 6
}

// behindAddress gives what stands behind an address: closing brackets, the same
// address again and separators are left out.
func behindAddress(rest, address string) string {
	for range 4 {
		rest = strings.TrimLeft(rest, ">\"')] \t")
		if rest == "" || strings.IndexByte("(<[", rest[0]) < 0 {
			break
		}
		again, start, end := nextAddress(rest[:min(len(rest), 2*maxAddress)], 0)
		lead := strings.ToLower(strings.TrimLeft(rest[:min(start, len(rest))], "(<["))
		if !strings.EqualFold(again, address) || lead != "" && lead != "mailto:" && lead != "smtp:" {
			break
		}
		closed := strings.TrimLeft(rest[end:], ">\"' ")
		if rest[0] != '<' && closed != "" && strings.IndexByte(")]<", closed[0]) < 0 {
			break // "(<a@b.example>... no such user)" is what was said
		}
		rest = rest[end:]
	}
	return strings.TrimLeft(rest, ":;,. \t-–")
}

// unwrap takes off brackets that enclose the whole of what was said.
func unwrap(text string) string {
	text = strings.TrimSpace(text)
	for _, pair := range [...]string{"()", "[]"} {
		if len(text) > 2 && text[0] == pair[0] && text[len(text)-1] == pair[1] && strings.Count(text, pair[:1]) == strings.Count(text, pair[1:]) {
			return strings.TrimSpace(text[1 : len(text)-1])
		}
	}
	return text
}
