package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
)

// smail reads the reports of Smail 3 (src/notify.c): three sections under
// titles framed with "|---"; below "Failed addresses follow" one line an
// address, with the reason behind "..." or below it. T-Online and KMail write
// the same form.
var smail = decoder{
	format: "smail",
	marks:  []string{"- failed addresses follow: -", "- message log follows: -"},
	read:   readSmail,
}

func readSmail(m *Mail) (Report, bool) {
	_, list, ok := cutFold(m.Text, "failed addresses follow: ")
	if !ok {
		return Report{}, false
	}
	r := Report{ReportingMTA: m.host()}
	var text strings.Builder
	flush := func() {
		if n := len(r.Failures); n > 0 {
			f := &r.Failures[n-1]
			f.said(strings.TrimLeft(text.String(), ". \n:"))
			if f.Code == 0 {
				f.Hint = hintOf(f.Diagnostic, smailSayings)
			}
		}
		text.Reset()
	}
	c := cursor{text: list}
	c.next() // the rest of the title
	for line, ok := c.next(); ok; line, ok = c.next() {
		if strings.HasPrefix(line, "|--") {
			break
		}
		name, rest, ok := smailName(line)
		if ok {
			flush()
			r.Failures = append(r.Failures, Failure{Recipient: recipient(name, m.host())})
			line = rest
		}
		text.WriteString(line + "\n")
	}
	flush()
	return r, len(r.Failures) > 0
}

// smailName reads "address ... reason" or "<address>"; a local user too.
func smailName(line string) (name, rest string, ok bool) {
	line = strings.TrimSpace(line)
	if name, rest, ok = bracketed(line); ok {
		return name, rest, true
	}
	name, rest, ok = strings.Cut(line, " ... ")
	if ok && !strings.ContainsAny(name, " \t") {
		return name, rest, true
	}
	if address := loneAddress(line); address != "" {
		return address, "", true
	}
	return "", line, false
}

// smailSayings are Smail's own words (routers, directors).
var smailSayings = []saying{
	{"unknown host", codebook.DomainUnknown, codebook.Permanent},
	{"unknown user", codebook.UserUnknown, codebook.Permanent},
	{"hop count exceeded", codebook.RoutingLoop, codebook.Permanent},
	{"quota exceeded", codebook.MailboxFull, codebook.LastingUnknown},
}
