package maillog

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// eximErrors are the words before "after COMMAND: reply" (transports/smtp.c,
// transports/lmtp.c).
var eximErrors = [...]string{"SMTP error from remote mail server ", "SMTP error from remote mailer ", "LMTP error ", "PRDR error "}

// eximSaid notes why a delivery failed.
func eximSaid(e *event.Event, text string) {
	// The retry rules' verdict stands behind what the last attempt met with.
	text, gaveUp := strings.CutSuffix(text, ": retry timeout exceeded")
	for _, words := range eximErrors {
		i := strings.Index(text, words)
		if i < 0 || i > 64 {
			continue
		}
		command, reply, ok := eximCommand(text[i+len(words):])
		if !ok {
			continue
		}
		e.Command = command
		if host, after, ok := eximHost(reply); ok {
			e.RemoteMTA, reply = host, after
		}
		said(e, reply, smtpcode.Status{})
		if e.ReplyCode != 0 || !e.Status.IsZero() {
			return
		}
		break
	}
	if e.Diagnostic == "" {
		said(e, text, smtpcode.Status{})
	}
	e.Hint = hintOf(text, eximSayings)
	if !gaveUp && e.Hint.Reason != codebook.Expired {
		settleLasting(e)
	}
}

// eximCommand reads "after [pipelined] COMMAND: reply".
func eximCommand(s string) (command, reply string, ok bool) {
	s, ok = strings.CutPrefix(s, "after ")
	if !ok {
		return "", "", false
	}
	s = strings.TrimPrefix(s, "pipelined ")
	end := strings.Index(s, ": ")
	if i := strings.Index(s, ">"); i >= 0 && strings.Contains(s[:i], ":<") {
		// The address may hold anything.
		if j := strings.Index(s[i:], ": "); j >= 0 {
			end = i + j
		}
	}
	if end < 0 {
		return "", "", false
	}
	return eximStage(s[:end]), strings.TrimLeft(s[end+2:], " "), true
}

// eximStage names the command in Exim's words.
func eximStage(s string) string {
	for _, stage := range [...]struct{ words, command string }{
		{"RCPT TO", "RCPT TO"}, {"MAIL FROM", "MAIL FROM"}, {"end of data", "end of DATA"}, {"sending data block", "end of DATA"},
		{"DATA", "DATA"}, {"BDAT", "BDAT"}, {"EHLO", "EHLO"}, {"HELO", "HELO"}, {"LHLO", "LHLO"}, {"STARTTLS", "STARTTLS"},
		{"AUTH", "AUTH"}, {"initial connection", "CONNECT"},
	} {
		if strings.HasPrefix(s, stage.words) {
			return stage.command
		}
	}
	return s
}

// eximHost takes "host mx.example [192.0.2.1]: " off a reply, as releases
// before 4.90 put it there.
func eximHost(s string) (host, rest string, ok bool) {
	after, ok := strings.CutPrefix(s, "host ")
	if !ok {
		return "", s, false
	}
	end := strings.Index(after, "]: ")
	if end < 0 || end > 512 {
		return "", s, false
	}
	return hostName(after[:end]), after[end+3:], true
}

// unescapeExim undoes what Exim does to characters that do not print: "\n",
// "\t" and octal numbers (string_printing in string.c). Other backslashes are
// the server's own. Line ends become blanks, as they do where a notification is
// unfolded.
func unescapeExim(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		i++
		switch c := s[i]; {
		case c == 'n' || c == 'r' || c == 't':
			if n := len(b); n > 0 && b[n-1] != ' ' {
				b = append(b, ' ')
			}
		case '0' <= c && c <= '3' && i+2 < len(s) && isOctal(s[i+1]) && isOctal(s[i+2]):
			b = append(b, (c-'0')<<6|(s[i+1]-'0')<<3|(s[i+2]-'0'))
			i += 2
		default:
			b = append(b, '\\', c)
		}
	}
	return string(b)
}

func isOctal(c byte) bool { return '0' <= c && c <= '7' }

// eximSayings are Exim's own words (deliver.c, routers, transports, retry.c).
var eximSayings = []saying{
	{"unrouteable mail domain", codebook.DomainUnknown, codebook.Permanent},
	{"all relevant mx records point to non-existent hosts", codebook.DomainUnknown, codebook.Permanent},
	{"an mx or srv record indicated no smtp service", codebook.DomainNoMail, codebook.Permanent},
	{"unrouteable", codebook.DomainUnknown, codebook.Permanent},
	{"unknown user", codebook.UserUnknown, codebook.Permanent},
	{"unknown local-part", codebook.UserUnknown, codebook.Permanent},
	{"no such user here", codebook.UserUnknown, codebook.Permanent},
	{"lowest numbered mx record points to local host", codebook.RoutingLoop, codebook.Permanent},
	{"too many \"received\" headers", codebook.RoutingLoop, codebook.Permanent},
	{"mailbox is full", codebook.MailboxFull, codebook.LastingUnknown},
	{"quota exceeded", codebook.MailboxFull, codebook.LastingUnknown},
	{"over quota", codebook.MailboxFull, codebook.LastingUnknown},
	{"host lookup did not complete", codebook.DNSFailure, codebook.Temporary},
	{"connection refused", codebook.ConnectionFailed, codebook.Temporary},
	{"connection timed out", codebook.ConnectionFailed, codebook.Temporary},
	{"network is unreachable", codebook.ConnectionFailed, codebook.Temporary},
	{"no route to host", codebook.ConnectionFailed, codebook.Temporary},
	{"remote host closed connection", codebook.ConnectionFailed, codebook.Temporary},
	{"smtp timeout", codebook.ConnectionFailed, codebook.Temporary},
	{"retry timeout exceeded", codebook.Expired, codebook.LastingUnknown},
	{"long failure period", codebook.Expired, codebook.LastingUnknown},
	{"child process of ", codebook.ListExpansion, codebook.LastingUnknown},
	{"local delivery failed", codebook.ListExpansion, codebook.LastingUnknown},
	{"message is too big", codebook.MessageTooLarge, codebook.Permanent},
}
