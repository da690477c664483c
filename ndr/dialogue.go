package ndr

import "strings"

// turn is one command of an SMTP session that a report tells, with its reply.
type turn struct {
	command string // as sent
	reply   string // lines joined with \n
	address string // of RCPT
	refused bool   // the reply is that of a failure
}

// sentMarks and gotMarks are what reports write before what was sent and what
// was received, in lower case, the longest first.
var (
	sentMarks = []string{"sent >>>", "sent <<<", "hmailserver sent:", "client:", ">>>", "-->", "c:", "we sent:"}
	gotMarks  = []string{"received <<<", "received >>>", "remote server replied:", "server:", "<<<", "<--", "s:", "they said:"}
)

// maxDialogue bounds how much of a session is looked at.
const maxDialogue = 256 << 10

// judge notes of each turn whether its reply is that of a failure, and to whom.
func judge(turns []turn) []turn {
	for i := range turns {
		t := &turns[i]
		if hasPrefixFold(t.command, "rcpt") {
			t.address = firstAddress(t.command)
		}
		code, _ := codesIn(t.reply)
		t.refused = code != 0
	}
	return turns
}

// dialogue reads the SMTP session in a text.
func dialogue(text string) []turn {
	var turns []turn
	c := cursor{text: text[:min(len(text), maxDialogue)]}
	for line, ok := c.next(); ok; line, ok = c.next() {
		line = strings.TrimSpace(line)
		line = behindStamp(line)
		if sent, ok := behindMark(line, sentMarks); ok {
			turns = append(turns, turn{command: sent})
			continue
		}
		if got, ok := behindMark(line, gotMarks); ok {
			if len(turns) == 0 {
				turns = append(turns, turn{})
			}
			t := &turns[len(turns)-1]
			if len(t.reply) < maxDiagnostic {
				t.reply = strings.TrimPrefix(t.reply+"\n"+got, "\n")
			}
		}
	}
	return judge(turns)
}

// behindStamp takes off a line of a session the time or number that it begins
// with: "Mon 2025-02-03 10:00:02: <-- 220 ...", "[01234] >>> RCPT ...".
func behindStamp(line string) string {
	for _, arrow := range [...]string{"--> ", "<-- ", ">>> ", "<<< "} {
		if i := strings.Index(line[:min(len(line), 60)], arrow); i > 0 && (line[0] == '[' || line[i-1] == ' ' && strings.IndexByte(line[:i], ':') > 0) {
			return line[i:]
		}
	}
	return line
}

// verbs begin the commands of a session that is told without marks.
var verbs = []string{"ehlo ", "helo ", "lhlo ", "mail from:", "rcpt to:", "data", "rset", "quit", "starttls", "auth ", "bdat "}

// plainDialogue reads a session told without marks: replies are known by their
// code, commands by their verb.
func plainDialogue(text string) []turn {
	var turns []turn
	for line := range strings.Lines(text[:min(len(text), maxDialogue)]) {
		line = strings.TrimSpace(line)
		switch {
		case len(line) > 3 && line[0] >= '2' && line[0] <= '5' && (line[3] == ' ' || line[3] == '-') && len(turns) > 0:
			t := &turns[len(turns)-1]
			if len(t.reply) < maxDiagnostic {
				t.reply = strings.TrimPrefix(t.reply+"\n"+line, "\n")
			}
		case hasAnyPrefixFold(line, verbs):
			turns = append(turns, turn{command: line})
		}
	}
	return judge(turns)
}

func behindMark(line string, marks []string) (string, bool) {
	for _, m := range marks {
		if hasPrefixFold(line, m) {
			return strings.TrimSpace(line[len(m):]), true
		}
	}
	return "", false
}

// replyTo gives the turn that tells why a recipient was refused: the answer to
// its own RCPT, else the last failure that is no answer to another's.
func replyTo(turns []turn, address string) (turn, bool) {
	var last turn
	found := false
	for _, t := range turns {
		switch {
		case !t.refused:
		case t.address == "":
			last, found = t, true
		case strings.EqualFold(t.address, address):
			return t, true
		}
	}
	return last, found
}

// answered notes what the session in a text says of the recipient; false if it
// says nothing.
func (f *Failure) answered(turns []turn) bool {
	t, ok := replyTo(turns, f.Recipient)
	if !ok {
		return false
	}
	f.said(t.reply)
	f.Command = commandIn(t.command)
	if f.Command == "" && t.command == "." {
		f.Command = "end of DATA"
	}
	if f.Command == "" && hasPrefixFold(t.command, "data") {
		f.Command = "DATA"
	}
	return true
}
