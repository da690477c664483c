package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// postfix reads the text of Postfix (bounce/bounce_notify_util.c,
// bounce_recipient_log): a paragraph a recipient, "<final>: text" or "<final>
// (expanded from <original>): text", folded and indented by four. Its
// introduction is a template (bounce(5)) that sites translate; Zimbra and many
// appliances are Postfix too.
var postfix = decoder{
	format: "postfix",
	marks: []string{
		"this is the mail system at host", "this is the postfix program at", "the mail system\n", "the postfix program",
		"(in reply to ", "\nsubject: undelivered mail returned to sender", "\nsubject: delayed mail (still being retried)",
		"> (expanded from", "\nsubject: postmaster copy: undelivered mail", "\nsubject: successful mail delivery report",
		"\nsubject: mail delivery status report", "reply to mail from command", "could\nnot be delivered to one or more recipients",
	},
	read: readPostfix,
}

func readPostfix(m *Mail) (Report, bool) {
	r := Report{ReportingMTA: postfixHost(m.Text)}
	action := postfixAction(m)
	for paragraph := range paragraphs(m.Text) {
		address, rest, ok := bracketed(paragraph)
		if !ok {
			continue
		}
		f := Failure{Recipient: recipient(address, m.host()), Action: action}
		if from, after, ok := cutLoose(rest, "(expanded from "); ok && strings.TrimSpace(from) == "" {
			f.Original, rest, _ = bracketed(after)
			rest = strings.TrimPrefix(strings.TrimLeft(rest, " \n"), ")")
		}
		if !strings.HasPrefix(rest, ":") {
			continue
		}
		postfixSaid(&f, rest[1:])
		r.Failures = append(r.Failures, f)
	}
	return r, len(r.Failures) > 0
}

// postfixHost gives the host of "This is the mail system at host HOST."
func postfixHost(text string) string {
	_, after, found := cutFold(text[:min(len(text), maxMarkText)], "at host ")
	if !found {
		return ""
	}
	return strings.TrimRight(firstWord(after), ".")
}

// postfixAction tells the template by its words, else by the subject.
func postfixAction(m *Mail) event.Action {
	head := m.Text[:min(len(m.Text), maxMarkText)]
	switch {
	case containsFold(head, "this is a warning only"), containsFold(m.Subject, "delayed mail (still being retried)"):
		return event.Delayed
	case containsFold(head, "was successfully delivered"), containsFold(m.Subject, "successful mail delivery report"):
		return event.Delivered
	}
	return event.Failed
}

// postfixSaid notes what a recipient's paragraph tells: "host mx.example[ip]
// said: 550 ... (in reply to RCPT TO command)", or words of Postfix.
func postfixSaid(f *Failure, text string) {
	text = unfold(clip(text))
	f.RemoteMTA = postfixRemote(text)
	if before, after, ok := cutFold(text, " (in reply to "); ok {
		f.Command = commandIn(after)
		text = before
	}
	// A delivery that was given up before it began quotes an earlier one:
	// "delivery temporarily suspended: host mx[ip] refused to talk to me: 421 ...".
	for _, words := range []string{" said: ", " refused to talk to me: "} {
		if _, reply, ok := cutFold(text, words); ok {
			f.said(reply)
			if words != " said: " {
				f.Command = "CONNECT"
			}
			return
		}
	}
	f.said(text)
	f.Hint = hintOf(text, postfixSayings)
}

// postfixRemote gives the host of "host mx.example[192.0.2.1] said" or "connect
// to mx.example[192.0.2.1]:25".
func postfixRemote(text string) string {
	for _, words := range []string{"host ", "connect to ", "connection with ", "conversation with "} {
		_, after, ok := cutFold(text, words)
		if !ok {
			continue
		}
		if name, _, ok := strings.Cut(firstWord(after), "["); ok && name != "" {
			return name
		}
	}
	return ""
}

// postfixSayings are Postfix's own words (smtp_addr.c, smtp_connect.c,
// smtp_trouble.c, local/, virtual/, global/).
var postfixSayings = []saying{
	{"host not found, try again", codebook.DNSFailure, codebook.Temporary},
	{"host or domain name not found", codebook.DomainUnknown, codebook.Permanent},
	{"does not accept mail (nullmx)", codebook.DomainNoMail, codebook.Permanent},
	{"host not found", codebook.DomainUnknown, codebook.Permanent},
	{"no mx host for ", codebook.DomainUnknown, codebook.Permanent},
	{"loops back to myself", codebook.RoutingLoop, codebook.Permanent},
	{"mail forwarding loop", codebook.RoutingLoop, codebook.Permanent},
	{"too many hops", codebook.RoutingLoop, codebook.Permanent},
	{"unknown user: ", codebook.UserUnknown, codebook.Permanent},
	{"user unknown", codebook.UserUnknown, codebook.Permanent},
	{"bad address syntax", codebook.AddressSyntax, codebook.Permanent},
	{"smtputf8 is required", codebook.EncodingUnsupported, codebook.Permanent},
	{"tls is required", codebook.TLSRequired, codebook.LastingUnknown},
	{"server certificate not", codebook.TLSRequired, codebook.LastingUnknown},
	{"cannot start tls", codebook.TLSRequired, codebook.LastingUnknown},
	{"exceeds size limit", codebook.MessageTooLarge, codebook.Permanent},
	{"disk quota exceeded", codebook.MailboxFull, codebook.LastingUnknown},
	{"over quota", codebook.MailboxFull, codebook.LastingUnknown},
	{"file too large", codebook.MailboxFull, codebook.LastingUnknown},
	{"connection timed out", codebook.ConnectionFailed, codebook.Temporary},
	{"connection refused", codebook.ConnectionFailed, codebook.Temporary},
	{"no route to host", codebook.ConnectionFailed, codebook.Temporary},
	{"network is unreachable", codebook.ConnectionFailed, codebook.Temporary},
	{"lost connection with", codebook.ConnectionFailed, codebook.Temporary},
	{"timed out while", codebook.ConnectionFailed, codebook.Temporary},
	{"name service error", codebook.DNSFailure, codebook.Temporary},
	{"command died with status", codebook.ListExpansion, codebook.LastingUnknown},
	{"command time limit exceeded", codebook.ListExpansion, codebook.LastingUnknown},
}
