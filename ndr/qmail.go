package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// qmail reads the qmail-send Bounce Message Format (QSBMF, D. J. Bernstein,
// https://cr.yp.to/proto/qsbmf.txt), which qmail, netqmail, notqmail, s/qmail,
// IndiMail and others write: paragraphs, the first of which begins "Hi. This
// is the", one "<address>:" paragraph a recipient, and one that begins with
// "-" before the returned message. Yahoo, vpopmail and hosters put their own
// words in front and keep the rest.
var qmail = decoder{
	format: "qmail",
	marks: []string{
		"hi. this is the ", "this is the qmail", "wasn't able to deliver your message to the following address", "i've given up",
		"unable to deliver message to the following address", "\nsubject: failure notice", "this message has been in the queue too long",
		"could not be delivered. this\nis a permanent error", "problem with the e-mail address(es) you're trying",
	},
	read: readQmail,
}

func readQmail(m *Mail) (Report, bool) {
	r := Report{ReportingMTA: qmailHost(m.Text)}
	var text strings.Builder
	flush := func() {
		if n := len(r.Failures); n > 0 {
			qmailSaid(&r.Failures[n-1], text.String())
		}
		text.Reset()
	}
	blank := true
	c := cursor{text: m.Text}
	for line, ok := c.next(); ok; line, ok = c.next() {
		address, after, ok := bracketed(line)
		after = strings.TrimSpace(after)
		switch {
		case ok && (after == ":" || blank && strings.HasPrefix(after, ":")):
			flush()
			r.Failures = append(r.Failures, Failure{Recipient: recipient(address, m.host())})
			text.WriteString(after[1:] + "\n")
		case blank && strings.HasPrefix(line, "--"):
			flush()
			return r, len(r.Failures) > 0
		default:
			// QUIRK: replies with empty lines in them break the paragraph
			// although QSBMF forbids it; vpopmail's filters answer so.
			text.WriteString(line + "\n")
		}
		blank = strings.TrimSpace(line) == ""
	}
	flush()
	return r, len(r.Failures) > 0
}

// qmailHost gives the host of "Hi. This is the qmail-send program at HOST."
func qmailHost(text string) string {
	_, after, found := cutFold(text[:min(len(text), maxMarkText)], "program at ")
	if !found {
		return ""
	}
	host := after[:lineEnd(after, 0)]
	if i := strings.IndexAny(host, " \t,"); i >= 0 {
		host = host[:i]
	}
	return strings.TrimRight(host, ".")
}

// qmailSaid notes what a recipient's paragraph tells: words of qmail-remote.c,
// with the remote host's reply between "Remote host said:" and "Giving up on",
// or of qmail-local and other delivery programs.
func qmailSaid(f *Failure, text string) {
	f.Action = event.Failed
	text = unfold(clip(text))
	before, reply, remote := cutFold(text, "remote host said: ")
	if !remote {
		f.said(text)
		f.Hint = hintOf(text, qmailSayings)
		return
	}
	reply, _, _ = cutFold(reply, " giving up on ")
	reply, _, _ = cutFold(reply, "i'm not going to try again; this message")
	f.said(reply)
	f.RemoteMTA = firstIP(before)
	f.Command = qmailCommand(before)
	if f.Code == 0 && f.Status.IsZero() {
		f.Code, f.Status = codesIn(text)
	}
}

// qmailCommand names the command that qmail-remote.c tells of.
func qmailCommand(before string) string {
	for _, s := range qmailStages {
		if containsFold(before, s.words) {
			return s.command
		}
	}
	return commandIn(before)
}

var qmailStages = []struct{ words, command string }{
	{"does not like recipient", "RCPT TO"}, {"sender was rejected", "MAIL FROM"}, {"does not like sender", "MAIL FROM"},
	{"failed after i sent the message", "end of DATA"}, {"failed on data command", "DATA"}, {"greeting failed", "CONNECT"},
	{"my name was rejected", "HELO"}, {"starttls", "STARTTLS"}, {"authentication", "AUTH"},
}

// qmailSayings are qmail's own words (qmail-remote.c, qmail-local.c,
// qmail-send.c, vdelivermail.c) where they carry no status code, or one that
// says less.
var qmailSayings = []saying{
	{"couldn't find any host named", codebook.DomainUnknown, codebook.Permanent},
	{"couldn't find any host by that name", codebook.DomainUnknown, codebook.Permanent},
	{"couldn't find a mail exchanger or ip address", codebook.DomainUnknown, codebook.Permanent},
	{"cname lookup failed", codebook.DNSFailure, codebook.Temporary},
	{"tls connect failed", codebook.TLSRequired, codebook.LastingUnknown},
	{"tls required", codebook.TLSRequired, codebook.LastingUnknown},
	{"wasn't able to establish an smtp connection", codebook.ConnectionFailed, codebook.Temporary},
	{"but connection died", codebook.ConnectionFailed, codebook.Temporary},
	{"this message is looping", codebook.RoutingLoop, codebook.Permanent},
	{"i'm listed as a best-preference mx", codebook.RoutingLoop, codebook.Permanent},
	{"no mailbox here by that name", codebook.UserUnknown, codebook.Permanent},
	{"mailfolder is full", codebook.MailboxFull, codebook.LastingUnknown},
	{"quota exceeded", codebook.MailboxFull, codebook.LastingUnknown},
	{"over quota", codebook.MailboxFull, codebook.LastingUnknown},
	{"disk quota", codebook.MailboxFull, codebook.LastingUnknown},
	{"not enough storage space in user's mailbox", codebook.MailboxFull, codebook.LastingUnknown},
	{"unable to contact ldap server", codebook.SystemError, codebook.Temporary},
	{"account has been disabled", codebook.MailboxDisabled, codebook.Permanent},
	{"in the queue too long", codebook.Expired, codebook.LastingUnknown},
}
