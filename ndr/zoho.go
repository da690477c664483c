package ndr

import "strings"

// zoho reads the reports of Zoho Mail: Exim's opening words, then on one line
// the recipient, Zoho's class of the failure, and each part of the reply
// behind "ERROR_CODE :".
var zoho = decoder{
	format: "zoho",
	marks:  []string{"error_code :", "error_code:", "mailer-daemon@mail.zoho", "\nx-mailer: zoho mail", "mailer-daemon@mx.zoho"},
	read:   readZoho,
}

func readZoho(m *Mail) (Report, bool) {
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
