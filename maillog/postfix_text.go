package maillog

import (
	"bytes"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// isHandOff reports whether mail was only passed on within the site: to a
// content filter behind a port or socket of this host, which queues it again
// (FILTER_README), or to one that runs as a pipe and submits it again.
func (r *Reader) isHandOff(f *postfixFields, program []byte) bool {
	if f.relay == "" || f.relay == "none" {
		return false
	}
	if len(r.opt.Filters) > 0 && r.isFilter(hostName(f.relay)) {
		return true
	}
	if bytes.HasSuffix(program, []byte("/pipe")) {
		return isFilterService(f.relay) && strings.HasPrefix(f.text, "delivered via ")
	}
	i := strings.IndexByte(f.relay, '[')
	here := loopback(f.relay) || i >= 0 && (loopback(f.relay[i+1:]) || strings.IndexByte(f.relay[i:], '/') > 0)
	return here && (containsFold(f.text, "queued as ") || isFilterPort(f.relay))
}

// isFilterPort reports whether a relay's port is one of those that filters
// customarily listen on (FILTER_README and the manuals of amavis, clamsmtp,
// spampd, Proxmox Mail Gateway): not all of them say "queued as".
func isFilterPort(relay string) bool {
	port := relay[strings.LastIndexByte(relay, ':')+1:]
	return len(port) == 5 && port >= "10020" && port <= "10050"
}

// isFilterService reports whether a pipe transport bears the name of a content
// filter. Sites choose the name, but the manuals of these filters give it.
func isFilterService(name string) bool {
	for _, word := range []string{"filter", "spam", "amavis", "clam", "dspam", "altermime", "procmail-filter", "antivirus", "bogo"} {
		if containsFold(name, word) {
			return true
		}
	}
	return false
}

// fill puts into e what the record tells of the outcome.
func (f *postfixFields) fill(e *event.Event) {
	text := f.text
	if i := strings.IndexByte(f.relay, '['); i > 0 {
		e.RemoteMTA = f.relay[:i]
	}
	if f.cut {
		e.Problems = append(e.Problems, event.Problem{Code: "truncated", Detail: "the line is cut off"})
	}
	if e.Kind == event.Delivery {
		said(e, text, f.dsn)
		return
	}
	text, e.Command = cutInReply(text)
	if host, reply, greeting, ok := postfixReply(text); ok {
		e.RemoteMTA = host
		if greeting && e.Command == "" {
			e.Command = "CONNECT"
		}
		said(e, reply, f.dsn)
		return
	}
	said(e, text, f.dsn)
	if e.RemoteMTA == "" {
		e.RemoteMTA = postfixPeer(text)
	}
	if e.ReplyCode == 0 {
		e.Hint = hintOf(text, postfixSayings)
	}
}

// cutInReply takes "(in reply to RCPT TO command)" off the end of a text.
func cutInReply(text string) (reply, command string) {
	const words = " (in reply to "
	i := strings.LastIndex(text, words)
	if i < 0 {
		return text, ""
	}
	command = strings.TrimSuffix(text[i+len(words):], ")")
	command, ok := strings.CutSuffix(command, " command")
	if !ok && len(command) > 16 {
		return text, ""
	}
	return text[:i], command
}

// postfixReply finds "host mx.example[192.0.2.1] said: 550 ..." and "host
// mx.example[192.0.2.1] refused to talk to me: 421 ..." (smtp/smtp_trouble.c),
// also behind "delivery temporarily suspended: ".
func postfixReply(text string) (host, reply string, greeting, ok bool) {
	const saidWords, refusedWords = " said: ", " refused to talk to me: "
	end, width := strings.Index(text, saidWords), len(saidWords)
	if i := strings.Index(text, refusedWords); i >= 0 && (end < 0 || i < end) {
		end, width, greeting = i, len(refusedWords), true
	}
	if end < 0 {
		return "", "", false, false
	}
	start := strings.LastIndex(text[:end], "host ")
	if start < 0 || start > 0 && text[start-1] != ' ' {
		return "", "", false, false
	}
	name := text[start+len("host ") : end]
	bracket := strings.IndexByte(name, '[')
	if bracket <= 0 || strings.IndexByte(name[:bracket], ' ') >= 0 {
		return "", "", false, false
	}
	return name[:bracket], text[end+width:], greeting, true
}

// postfixPeer gives the host of "connect to mx.example[192.0.2.1]:25:
// Connection refused" and "lost connection with mx.example[192.0.2.1] while
// sending RCPT TO".
func postfixPeer(text string) string {
	for _, words := range [...]string{"connect to ", "connection with ", "conversation with ", "by host ", "host "} {
		i := strings.Index(text, words)
		if i < 0 {
			continue
		}
		after := text[i+len(words):]
		if b := strings.IndexAny(after, "[ "); b > 0 && after[b] == '[' {
			return after[:b]
		}
	}
	return ""
}

// postfixSayings are Postfix's own words where no server spoke (smtp_addr.c,
// smtp_connect.c, smtp_trouble.c, local/, virtual/, pipe/).
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
