package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/smtpcode"
)

// answer is one command of an SMTP session and what was answered, or a line
// by which the reporting MTA itself tells of a recipient.
type answer struct {
	host    string // who was talked to
	command string // RCPT TO, end of DATA ...
	address string // whose the reply is, where that is known
	reply   string // lines joined; of the remote host, else the MTA's own words
	local   bool   // the MTA's own words
}

// failed says whether the answer tells of a failure.
func (x *answer) failed() bool {
	code, status := codesIn(x.reply)
	return code.Class() >= smtpcode.Transient || status.Class >= smtpcode.Transient
}

// transcript is a session as Sendmail (deliver.c, usersmtp.c, err.c), Courier
// and others write it: ">>> " before what was sent, "<<< " before what was
// answered, "while talking to HOST" before both, and lines of their own such
// as "550 5.1.1 <user@domain>... User unknown". ZMailer turns the arrows: "<<-"
// was sent, "->>" answered.
type transcript struct {
	list    []answer
	host    string
	command string
	address string
	open    bool // the last answer may get more reply lines
}

// readTranscript reads the session in a text.
func readTranscript(text string) []answer {
	var t transcript
	c := cursor{text: clip(text)}
	for line, ok := c.next(); ok; line, ok = c.next() {
		t.line(strings.TrimSpace(line))
	}
	return t.list
}

func (t *transcript) line(line string) {
	if sent, ok := cutArrow(line, ">>>", "<<-"); ok {
		t.sent(sent)
		return
	}
	if answered, ok := cutArrow(line, "<<<", "->>"); ok {
		t.answered(answered)
		return
	}
	t.open = false
	if _, host, ok := cutFold(line, "while talking to "); ok {
		t.host, t.command, t.address = strings.TrimRight(firstWord(host), ".:"), "", ""
		return
	}
	t.told(line)
}

// cutArrow takes one of the arrows off a line. Mail programs that quote a
// transcript put a ">" before it.
func cutArrow(line string, arrows ...string) (rest string, ok bool) {
	for _, a := range arrows {
		if after, found := strings.CutPrefix(line, a); found {
			return strings.TrimLeft(after, "> \t"), true
		}
	}
	return "", false
}

// sent notes a command; what follows answers it.
func (t *transcript) sent(command string) {
	t.open, t.address = false, ""
	t.command = sentCommand(command)
	if t.command == "RCPT TO" {
		_, path, _ := strings.Cut(command, ":")
		if address, _, ok := bracketed(path); ok {
			t.address = address
		} else {
			t.address = firstAddress(path)
		}
	}
}

// sentCommand names a command line of SMTP, RFC 5321 section 4.1.1.
func sentCommand(line string) string {
	word := strings.ToUpper(firstWord(line))
	switch word {
	case "RCPT", "MAIL":
		return word + map[string]string{"RCPT": " TO", "MAIL": " FROM"}[word]
	case ".", "BDAT":
		return "end of DATA"
	case "EHLO", "HELO", "LHLO", "DATA", "STARTTLS", "AUTH", "QUIT", "RSET", "VRFY", "EXPN", "NOOP":
		return word
	}
	if strings.HasPrefix(line, "(") || strings.HasPrefix(line, "[") { // "(end of message)"
		return "end of DATA"
	}
	return ""
}

// answered notes a line of a reply, which may be one of several lines.
func (t *transcript) answered(line string) {
	if t.open {
		last := &t.list[len(t.list)-1]
		if continues(last.reply, line) {
			last.reply += " " + line
			t.open = isContinued(line) || !startsWithCode(line)
			return
		}
	}
	t.list = append(t.list, answer{host: t.host, command: t.command, address: t.address, reply: line})
	t.open = true
}

// continues says whether a line belongs to the reply before it: both carry
// the same reply code, the one before with a hyphen, or the line has none.
func continues(reply, line string) bool {
	return !startsWithCode(line) || len(reply) >= 4 && reply[:3] == line[:3] && strings.LastIndex(reply, reply[:3]+"-") >= 0
}

// isContinued says whether a reply line has a hyphen behind its code (RFC 5321
// section 4.2.1).
func isContinued(line string) bool { return startsWithCode(line) && len(line) > 3 && line[3] == '-' }

func startsWithCode(line string) bool {
	if len(line) < 3 || len(line) > 3 && isAlnum(line[3]) {
		return false
	}
	_, err := smtpcode.ParseCode(line[:3])
	return err == nil
}

// told notes what the MTA itself says of a recipient: "550 5.1.1 <user>... User
// unknown", "<user@domain>... Deferred: Connection refused by mx".
func (t *transcript) told(line string) {
	head, text, found := strings.Cut(line, "... ")
	if !found {
		t.toldAll(line)
		return
	}
	if startsWithCode(head) {
		head = strings.TrimSpace(head[3:])
		if status := firstWord(head); isStatus(status) {
			head = strings.TrimSpace(head[len(status):])
		}
	} else if !strings.HasPrefix(head, "<") && loneAddress(head) == "" {
		return
	}
	name, after, ok := bracketed(head)
	switch {
	case ok && strings.TrimSpace(after) == "":
	case strings.ContainsAny(head, " \t(") || head == "":
		t.toldAll(line) // "421 host.example (smtp)... Deferred": a host, no recipient
		return
	default:
		name = head
	}
	reply := line
	if startsWithCode(text) || !startsWithCode(line) {
		reply = text
	}
	t.list = append(t.list, answer{host: t.host, address: name, reply: reply, local: true})
}

// toldAll notes what the MTA says of the message, or of whom it told last:
// "554 5.0.0 Service unavailable".
func (t *transcript) toldAll(line string) {
	if startsWithCode(line) {
		t.list = append(t.list, answer{host: t.host, reply: line, local: true})
	}
}

func isStatus(word string) bool {
	_, err := smtpcode.ParseStatus(word)
	return err == nil
}

// outcome is what a session tells of its recipients.
type outcome struct {
	own  map[string]*answer // by address in lower case
	list []string           // the addresses in order, as written
	rest *answer            // what nobody claimed: it holds for the whole message
}

// outcomeOf gives one answer a recipient: the last failing reply of the remote
// host that belongs to it, else the MTA's own words. Replies that name no
// recipient belong to the one of whom the MTA tells next.
func outcomeOf(session []answer) outcome {
	o := outcome{own: make(map[string]*answer)}
	var pending *answer
	for i := range session {
		x := &session[i]
		if pending != nil && pending.host != x.host {
			pending = nil
		}
		switch {
		case !x.failed() && (!x.local || x.address == "") || x.command == "QUIT" || isAftermath(x):
		case x.local && x.address == "":
			if o.rest == nil && pending == nil {
				o.rest = x
			}
		case !x.local && x.address == "":
			pending = x
			if o.rest == nil || o.rest.local || o.rest.command != "end of DATA" || x.command == "end of DATA" {
				o.rest = x
			}
		case x.local && pending != nil:
			claimed := *pending
			claimed.address = x.address
			o.claim(&claimed)
			if o.rest == pending {
				o.rest = nil
			}
			pending = nil
		default:
			o.claim(x)
		}
	}
	return o
}

// claim keeps one answer an address; the remote host's words outweigh the
// MTA's own.
func (o *outcome) claim(x *answer) {
	key := strings.ToLower(x.address)
	before := o.own[key]
	if before == nil {
		o.list = append(o.list, x.address)
	}
	if before == nil || before.local || !x.local {
		o.own[key] = x
	}
}

// isAftermath knows the reply that only says that the commands before it
// failed: DATA without a recipient that was accepted.
func isAftermath(x *answer) bool {
	return !x.local && startsWithCode(x.reply) && x.reply[:3] == "503" && containsFold(x.reply, "rcpt")
}

// fill takes over what an answer tells.
func (f *Failure) fill(x *answer) {
	f.said(x.reply)
	if !x.local {
		f.Command, f.RemoteMTA = x.command, x.host
	}
}
