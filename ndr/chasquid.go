package ndr

import (
	"strings"
)

// chasquid reads the text of chasquid (internal/queue/dsn.go): the failed
// recipients as a list, then "Technical details" with what was said of each:
//
//   - "user@domain" (EMAIL) failed permanently with error:
//     550 ...
//
// The list names the addresses that the sender used, the details those that
// aliases led to.
var chasquid = decoder{
	format: "chasquid",
	marks:  []string{"delivery to the following recipient(s) failed permanently", "delivery of your message to the following recipient(s)", "\" (email) failed", "\" (pipe) failed"},
	read:   readChasquid,
}

func readChasquid(m *Mail) (Report, bool) {
	list, details, ok := cutFold(m.Text, "technical details")
	if !ok || !containsFold(list, "following recipient(s)") {
		return Report{}, false
	}
	r := Report{ReportingMTA: m.host()}
	c := cursor{text: list}
	for line, ok := c.next(); ok; line, ok = c.next() {
		if address := loneAddress(line); address != "" && strings.HasPrefix(strings.TrimSpace(line), "-") {
			r.Failures = append(r.Failures, Failure{Recipient: address})
		}
	}
	var said strings.Builder
	target := ""
	flush := func() { chasquidSaid(&r, target, said.String()); said.Reset() }
	for c = (cursor{text: details}); ; {
		line, ok := c.next()
		if !ok {
			break
		}
		if name, after, ok := chasquidTarget(line); ok {
			flush()
			target = name
			if !containsFold(after, "failed") {
				target = ""
			}
			continue
		}
		said.WriteString(line + "\n")
	}
	flush()
	return r, len(r.Failures) > 0
}

// chasquidTarget reads `- "user@domain" (EMAIL) failed ...`.
func chasquidTarget(line string) (name, after string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), "- \"")
	if !ok {
		return "", "", false
	}
	name, after, ok = strings.Cut(rest, "\"")
	return name, after, ok
}

// chasquidSaid notes what was said of the address in the list or, for one that
// an alias led to, of the only one there is.
func chasquidSaid(r *Report, target, text string) {
	if target == "" || strings.TrimSpace(text) == "" {
		return
	}
	f := byAddress(r.Failures, target)
	switch {
	case f != nil:
	case len(r.Failures) == 0:
		r.Failures = append(r.Failures, Failure{Recipient: target})
		f = &r.Failures[0]
	case len(r.Failures) == 1 && r.Failures[0].Diagnostic == "":
		f = &r.Failures[0]
		if strings.IndexByte(target, '@') > 0 {
			f.Recipient, f.Original = target, f.Recipient
		}
	default:
		return
	}
	f.said(text)
}
