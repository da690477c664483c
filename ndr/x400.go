package ndr

import "strings"

// x400 reads what gateways between X.400 and the Internet write (MIXER, RFC
// 2156 and before it RFC 1327, appendix): "Your message was not delivered to
// ADDRESS for the following reason: ...", or labelled lines with the reason
// and diagnostic codes of X.411 in words.
var x400 = decoder{
	format: "x400",
	marks: []string{
		"this report relates to your message", "for the following reason:", "non-delivery-reason", "reason-code", "reason code:", "diagnostic-code",
		"unable-to-transfer", "unable to transfer", "unrecognised or name", "unrecognised-or-name", "unrecognized or name", "mts-identifier", "was not delivered to",
	},
	read: readX400,
}

func readX400(m *Mail) (Report, bool) {
	failures := x400Sentences(m.Text)
	if len(failures) == 0 && hasAnyFold(m.Text, []string{"reason code", "reason-code", "non-delivery-reason", "or-name", "or name"}) {
		failures = x400Labels.read(m.Text)
	}
	for i := range failures {
		if inner := x400Inner(failures[i].Recipient); inner != "" {
			failures[i].Recipient = inner
		}
	}
	return Report{Failures: failures}, len(failures) > 0 && mayReport(m)
}

var x400Labels = labelled{
	recipient: []string{"recipient", "recipient name", "actual-recipient-name", "originally-specified-recipient", "recipient-name", "recipient address", "to recipient", "originator/recipient name"},
	reason:    []string{"reason", "reason code", "reason-code", "non-delivery-reason", "non-delivery-reason-code", "diagnostic", "diagnostic code", "diagnostic-code", "non-delivery-diagnostic-code", "explanation", "supplementary information", "supplementary-info"},
	other:     []string{"last-trace-information", "mts-identifier", "subject", "content-identifier", "date"},
}

// x400Sentences reads "Your message was not delivered to ADDRESS for the
// following reason:" and what follows it, once for each recipient.
func x400Sentences(text string) []Failure {
	var failures []Failure
	text = text[:min(len(text), maxSentences)]
	for {
		_, after, found := cutFold(text, "not delivered to")
		if !found {
			return failures
		}
		name, reason, found := cutFold(after[:min(len(after), 2048)], "for the following reason")
		if !found {
			return failures
		}
		text = after[len(name):]
		said := strings.TrimLeft(reason, "(s): \t\n")
		if end := strings.Index(said, "\n\n"); end >= 0 {
			said = said[:end]
		}
		f := Failure{Recipient: x400Name(unfold(name))}
		f.said(said)
		if f.Recipient != "" {
			failures = append(failures, f)
		}
	}
}

// x400Name gives the mail address in a recipient's name, else an X.400 address
// as it stands.
func x400Name(name string) string {
	if address := x400Inner(name); address != "" {
		return address
	}
	if address := firstAddress(name); address != "" {
		return address
	}
	if strings.HasPrefix(strings.TrimLeft(name, "<\" "), "/") || containsFold(name, "c=") {
		return strings.Trim(name, "<>\" \t:")
	}
	return ""
}

// x400Inner gives the mail address that an X.400 address in the form of RFC
// 2156 section 4.2 carries: "/DD.RFC-822=a(a)b.example/C=DE/@gateway".
func x400Inner(address string) string {
	for _, attribute := range []string{"dd.rfc-822=", "dda:rfc-822=", "dda:smtp=", "rfc-822=", "dd.smtp=", ";smtp=", "/smtp="} {
		if _, after, found := cutFold(address, attribute); found {
			return x400SMTP(after)
		}
	}
	return ""
}

// x400SMTP undoes the writing of a mail address in a domain-defined attribute:
// "(a)" for "@", "(p)" for "%", "(q)" for a quote (RFC 2156 section 3.4).
func x400SMTP(value string) string {
	if i := strings.IndexAny(value, ";/ \n"); i >= 0 {
		value = value[:i]
	}
	value = strings.NewReplacer("(a)", "@", "(A)", "@", "(p)", "%", "(P)", "%", "(q)", "\"", "(u)", "_", "(U)", "_", "(b)", "!").Replace(value)
	return firstAddress(value)
}
