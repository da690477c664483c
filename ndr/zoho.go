package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/smtpcode"
)

// zoho reads the reports of Zoho Mail: Exim's opening words, then on one line
// the recipient, Zoho's class of the failure, and each part of the reply
// behind "ERROR_CODE :".
var zoho = decoder{
	format: "zoho",
	marks:  []string{"[status: error, ", "error_code :", "error_code:", "mailer-daemon@mail.zoho", "\nx-mailer: zoho mail", "mailer-daemon@mx.zoho"},
	read:   readZoho,
}

func readZoho(m *Mail) (Report, bool) {
	if failures := zohoStatus(m.Text); len(failures) > 0 {
		return settle(m, failures)
	}
	if !containsFold(m.Text, "error_code") && !containsFold(m.From, "zoho") {
		return Report{}, false
	}
	list := listing{end: []string{"received:", "message-id:"}}
	failures := list.read(m.Text)
	kept := failures[:0]
	for _, f := range failures {
		if f.Diagnostic == "" {
			continue
		}
		class, _, found := cutFold(f.Diagnostic, "error_code")
		if found {
			f.said(zohoReply(f.Diagnostic[len(class):]))
			if f.Code == 0 && f.Status.IsZero() {
				f.said(f.Diagnostic + " (" + strings.TrimRight(class, " ,") + ")")
			}
		}
		kept = append(kept, f)
	}
	return settle(m, kept)
}

// zohoReply joins the parts of the reply.
func zohoReply(text string) string {
	var parts []string
	for {
		_, after, found := cutFold(text, "error_code")
		if !found {
			break
		}
		part := strings.TrimLeft(after, " :")
		if next := indexFold(part, "error_code"); next >= 0 {
			part = part[:next]
		}
		if part = strings.Trim(part, " ,"); part != "" {
			parts = append(parts, part)
		}
		text = after
	}
	return strings.Join(parts, " ")
}

// zohoStatus reads the other form: "[Status: Error, Address: <a@b.example>,
// ResponseCode 421, , Host not reachable.]".
func zohoStatus(text string) []Failure {
	var failures []Failure
	c := cursor{text: text}
	for line, ok := c.next(); ok && len(failures) < maxRecipients; line, ok = c.next() {
		_, fields, found := cutFold(line, "[status:")
		if !found {
			continue
		}
		_, rest, found := cutFold(fields, "address:")
		address, _, end := nextAddress(rest, 0)
		if !found || address == "" {
			continue
		}
		said := strings.Trim(rest[end:], ">,] ")
		f := Failure{Recipient: address}
		f.said(said)
		if _, digits, found := cutFold(said, "responsecode "); found && len(digits) >= 3 {
			if code, err := smtpcode.ParseCode(digits[:3]); err == nil {
				f.Code = code
			}
		}
		failures = append(failures, f)
	}
	return failures
}
