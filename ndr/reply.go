package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// maxDiagnostic bounds what is kept of what was said of one recipient.
const maxDiagnostic = 16 << 10

// said notes what was said of the recipient, and the codes in it.
func (f *Failure) said(text string) {
	f.Diagnostic = unfold(clip(text))
	f.Code, f.Status = codesIn(f.Diagnostic)
}

// maxAdded bounds what is put together line by line.
const maxAdded = 8 << 10

// add notes one more line of what was said of the recipient.
func (f *Failure) add(line string) {
	if len(f.Diagnostic) < maxAdded {
		f.said(f.Diagnostic + "\n" + line)
	}
}

// clip bounds a text, at a line end or blank where there is one.
func clip(text string) string {
	if len(text) <= maxDiagnostic {
		return text
	}
	text = text[:maxDiagnostic]
	if i := strings.LastIndexAny(text, " \n"); i > maxDiagnostic/2 {
		text = text[:i]
	}
	return strings.ToValidUTF8(text, "")
}

// codesIn gives the first reply code of a failure, with its enhanced status
// code: the one beside it, else the next of its class. Without a reply code it
// gives the first enhanced status code of a failure.
func codesIn(text string) (code smtpcode.Code, status smtpcode.Status) {
	for found := range smtpcode.All(text) {
		failed := found.Code.Class() == smtpcode.Transient || found.Code.Class() == smtpcode.Permanent
		if code == 0 && failed {
			if code = found.Code; !found.Status.IsZero() {
				return code, found.Status
			}
			if status.Class == code.Class() {
				return code, status
			}
			continue
		}
		if found.Status.Class < smtpcode.Transient {
			continue
		}
		if code != 0 && found.Status.Class == code.Class() {
			return code, found.Status
		}
		if code == 0 && status.IsZero() {
			status = found.Status
		}
	}
	if code != 0 {
		return code, smtpcode.Status{}
	}
	return 0, status
}

// replyIn gives the reply in a text: from its first failure code to the end.
func replyIn(text string) (reply string, before string, ok bool) {
	for found := range smtpcode.All(text) {
		if c := found.Code.Class(); c == smtpcode.Transient || c == smtpcode.Permanent {
			return text[found.Start:], text[:found.Start], true
		}
	}
	return "", text, false
}

// commandIn names the SMTP command that a text tells of, "" if it names none.
// The last one named counts: "after pipelined MAIL FROM ... RCPT TO".
func commandIn(text string) string {
	best, length, command := -1, 0, ""
	for _, c := range commands {
		i := indexFold(text, c.word)
		if i < 0 {
			continue
		}
		if end := i + len(c.word); end > best || end == best && len(c.word) > length {
			best, length, command = end, len(c.word), c.command
		}
	}
	return command
}

// commands are the words by which prose names the SMTP command that was
// answered.
var commands = []struct{ word, command string }{
	{"rcpt to", "RCPT TO"}, {"rcpt command", "RCPT TO"}, {"mail from", "MAIL FROM"}, {"mail command", "MAIL FROM"},
	{"end of data", "end of DATA"}, {"end of data command", "end of DATA"}, {"final data", "end of DATA"}, {"end of message", "end of DATA"}, {"message text", "end of DATA"}, {"data block", "end of DATA"},
	{"data command", "DATA"}, {"after data", "DATA"}, {"ehlo", "EHLO"}, {"helo", "HELO"}, {"lhlo", "LHLO"}, {"starttls", "STARTTLS"},
	{"initial connection", "CONNECT"}, {"greeting", "CONNECT"}, {"banner", "CONNECT"}, {"auth command", "AUTH"},
}

// saying is a sentence by which an MTA tells its own reason, in lower case, and
// what it means.
type saying struct {
	words   string
	reason  codebook.Reason
	lasting codebook.Lasting
}

// hintOf gives what the first saying that occurs in text means.
func hintOf(text string, sayings []saying) event.Hint {
	for i := range sayings {
		if containsFold(text, sayings[i].words) {
			return event.Hint{Reason: sayings[i].reason, Lasting: sayings[i].lasting}
		}
	}
	return event.Hint{}
}
