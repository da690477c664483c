package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/mailpart"
)

// maxReturnedHeader bounds how much of a returned message is looked at.
const maxReturnedHeader = 1 << 20

// cutReturned parts the text of a report from the message that it returns.
// Each MTA announces it in its own words, mostly on a line framed by dashes;
// where none does, the message is known by its first header fields.
func cutReturned(text string) (report, rest string) {
	afterBlank := true
	for pos := 0; pos < len(text); {
		end := lineEnd(text, pos)
		line := text[pos:end]
		switch {
		case announcesReturned(line):
			return text[:pos], text[min(end+1, len(text)):]
		case (afterBlank || hasPrefixFold(line, "return-path: <")) && beginsHeader(line, text, end):
			return text[:pos], text[pos:]
		}
		afterBlank = strings.TrimSpace(line) == ""
		pos = end + 1
	}
	return text, ""
}

// lineEnd gives where the line that begins at pos ends: at its \n or the end.
func lineEnd(text string, pos int) int {
	if i := strings.IndexByte(text[pos:], '\n'); i >= 0 {
		return pos + i
	}
	return len(text)
}

// frame characters enclose the lines that part a report into sections.
const frame = "-=*_#~+|<>. \t"

// announcesReturned says whether a line announces the returned message.
func announcesReturned(line string) bool {
	if len(line) < 8 || len(line) > 200 {
		return false
	}
	switch line[0] {
	case '-', '=', '*', '_', '#', '~', '|', '+', ' ', '\t':
		if !isFramed(line) {
			return isAnnouncement(strings.TrimSpace(line))
		}
		words := strings.ToLower(strings.Trim(line, frame+":"))
		return words != "" && containsAny(words, framedAnnouncements)
	}
	return isAnnouncement(line)
}

// isFramed says whether a line begins with at least two frame characters.
func isFramed(line string) bool {
	trimmed := strings.TrimLeft(line, " \t")
	n := 0
	for n < len(trimmed) && strings.IndexByte("-=*_#~|+", trimmed[n]) >= 0 {
		n++
	}
	return n >= 2
}

// framedAnnouncements are words that, on a framed line, announce the returned
// message.
var framedAnnouncements = []string{
	"copy of the message", "copy of your message", "copy of the original", "copy of your mail", "copy of mail",
	"original message", "message header", "header of the", "headers of the", "headers follow", "header follows",
	"returned message", "unsent message", "undelivered message", "message text follows", "message follows", "message body",
	"body of the message", "rejected message", "returned mail", "your message was", "start of returned", "returned text",
	"original headers", "original header", "original mail", "bounced message", "message content", "failed message follows",
	"message contents", "lines of the message", "unsent mail", "included message", "forwarded message", "begin message", "original text",
	"mensaje original", "mensagem original", "message d'origine", "message original", "messaggio originale",
	"ursprüngliche nachricht", "originalnachricht", "ursprünglichen nachricht", "oorspronkelijk bericht", "kopie der nachricht",
	"исходное сообщение", "oryginalna wiadomość", "původní zpráva", "元のメッセージ", "原始邮件", "原邮件", "原始信件", "copia del mensaje",
}

// isAnnouncement says whether a line without frame announces the returned
// message: short, and nothing but that.
func isAnnouncement(line string) bool {
	line = strings.TrimRight(line, " \t:.>-")
	if len(line) < 12 || len(line) > 80 {
		return false
	}
	switch line[0] | 0x20 {
	case 'o':
		return equalsAny(line, announcementsO)
	case 't', 'u':
		return equalsAny(line, announcementsT)
	case 'm', 'r', 'h', 'b', 'c', 'f', 'y', 's':
		return equalsAny(line, announcements)
	}
	return false
}

var announcementsO = []string{
	"original message headers", "original message follows", "original message header", "original message headers follow",
	"original headers follow", "original message text follows", "original headers", "original message attached",
	"original mail follows", "original message is attached", "original message text",
}

var announcementsT = []string{
	"the header of the original message is following", "the headers of the original message follow",
	"this is a copy of the message, including all the headers", "this is a copy of your message, including all the headers",
	"the original message follows", "the original message headers follow", "the text of the original message follows",
	"this is a copy of the headers of the original message", "the returned message follows", "the message follows",
	"the following is a copy of the message", "the original mail is as follows", "the first lines of the message follow",
	"text of the original message follows", "unsent message follows", "undelivered message follows", "text of message follows",
	"the message header follows", "the headers of the message follow", "the header of your message follows",
}

var announcements = []string{
	"message headers follow", "message header follows", "message headers", "returned message follows", "headers follow",
	"below is a copy of the original message", "below are the headers of the message", "copy of the original message follows",
	"message follows", "message text follows", "here is the original message", "a copy of the message follows",
	"below this line is a copy of the message", "body of the message follows", "first lines of the original message",
	"full message headers", "your message follows", "your original message follows", "copy of your message follows",
	"received headers", "start of the original message", "source message follows", "message contents follow",
}

// headerStarts are the fields by which a returned message is known to begin:
// those that no report writes into its own prose.
var headerStarts = []string{
	"return-path:", "received:", "delivered-to:", "dkim-signature:", "x-originating-ip:", "x-received:", "x-envelope-from:",
	"envelope-to:", "authentication-results:", "x-spam-status:", "arc-seal:", "mime-version:", "domainkey-signature:",
}

// beginsHeader says whether a line, ending at end in text, begins the header
// of a returned message: a trace field with another field or a folded line
// behind it.
func beginsHeader(line, text string, end int) bool {
	line = strings.TrimLeft(line, "> \t|")
	if len(line) < 10 {
		return false
	}
	switch line[0] | 0x20 {
	case 'r', 'd', 'x', 'e', 'a', 'm':
	default:
		return false
	}
	if !hasAnyPrefixFold(line, headerStarts) || end+1 >= len(text) {
		return false
	}
	next := text[end+1 : lineEnd(text, end+1)]
	return isField(strings.TrimLeft(next, "> \t|")) || next != "" && (next[0] == ' ' || next[0] == '\t')
}

// isField says whether a line has the form of a header field, RFC 5322 section
// 2.2.
func isField(line string) bool {
	for i := 0; i < len(line) && i < 80; i++ {
		switch c := line[i]; {
		case c == ':':
			return i > 1
		case c <= ' ' || c >= 0x7f:
			return false
		}
	}
	return false
}

// parseReturned reads the header of a returned message that follows a report
// in the same text. Quote marks and a common indentation are taken off.
func parseReturned(rest string) mailpart.Header {
	rest = strings.TrimLeft(rest[:min(len(rest), maxReturnedHeader)], "\n")
	for skipped := 0; skipped < 12; skipped++ {
		first := rest[:lineEnd(rest, 0)]
		if isField(strings.TrimLeft(first, "> \t|")) {
			break
		}
		if rest = rest[min(len(first)+1, len(rest)):]; rest == "" {
			return mailpart.Header{}
		}
	}
	lead := rest[:len(rest)-len(strings.TrimLeft(rest, "> \t|"))]
	if i := strings.Index(rest, "\n\n"); i >= 0 && lead == "" {
		rest = rest[:i+2]
	}
	if lead != "" {
		rest = dedent(rest, lead)
	}
	h, _ := mailpart.ParseHeader([]byte(rest))
	return h
}

// dedent takes lead off the lines up to the first that is nothing else.
func dedent(text, lead string) string {
	var b strings.Builder
	for text != "" {
		end := lineEnd(text, 0)
		line := text[:end]
		text = text[min(end+1, len(text)):]
		if strings.TrimRight(line, " ") == strings.TrimRight(lead, " ") || strings.TrimSpace(line) == "" {
			break
		}
		b.WriteString(strings.TrimPrefix(line, lead))
		b.WriteByte('\n')
	}
	return b.String()
}
