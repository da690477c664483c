package ndr

import "strings"

// maxSentences bounds how much of a text is searched for sentences that each
// name a recipient.
const maxSentences = 64 << 10

// prefixed parts what was said into the reply and the words that introduce it,
// "host mx.example.org [192.0.2.1] said: 550 ...", where it is of that form:
// the words may name the remote host and the command.
func (f *Failure) prefixed() {
	reply, before, ok := replyIn(f.Diagnostic)
	if !ok || before == "" {
		return
	}
	before = strings.TrimRight(before, " ")
	quoted := strings.TrimRight(before, "'\"([<")
	if !introduces(quoted) && !(quoted != before && introduces(strings.TrimRight(quoted, " "))) {
		return
	}
	if f.RemoteMTA == "" {
		f.RemoteMTA = remoteIn(before)
	}
	if f.Command == "" {
		f.Command = commandIn(before)
	}
	f.said(untail(reply))
}

// untail takes off the end of a reply a closing bracket or quote that was
// opened before it.
func untail(reply string) string {
	for {
		reply = strings.TrimRight(reply, " ")
		if reply == "" {
			return ""
		}
		opening := ""
		switch reply[len(reply)-1] {
		case ')':
			opening = "("
		case ']':
			opening = "["
		case '\'', '"':
			if strings.Count(reply, reply[len(reply)-1:])%2 == 0 {
				return reply
			}
			reply = reply[:len(reply)-1]
			continue
		}
		if opening == "" || strings.Count(reply, opening) >= strings.Count(reply, reply[len(reply)-1:]) {
			return reply
		}
		reply = reply[:len(reply)-1]
	}
}

// introduces says whether words announce a reply: they end with a colon or a
// verb of saying, and are few.
func introduces(before string) bool {
	if len(before) > 400 || before == "" {
		return false
	}
	if before[len(before)-1] == ':' {
		return true
	}
	word := before[strings.LastIndexByte(before, ' ')+1:]
	return equalsAny(word, []string{"said", "says", "returned", "replied", "reports", "reason", "error", "response", "with", "responded", "was", "were"})
}

// remoteIn gives the host that the words before a reply name: the first word
// that is a host name, brackets and addresses left out.
func remoteIn(before string) string {
	for word := range strings.FieldsSeq(before) {
		if i := strings.IndexAny(word, "[("); i > 0 {
			word = word[:i]
		}
		if word = strings.Trim(word, "()[]<>,;:'\""); isHostName(word) {
			return word
		}
	}
	return ""
}
