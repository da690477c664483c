package intray

import (
	"bytes"

	"github.com/rebound-mail/rebound/maillog"
	"github.com/rebound-mail/rebound/smtpcode"
	"github.com/rebound-mail/rebound/webhook"
)

// sniffed is how much of a file is looked at to tell what it is.
const sniffed = 8 << 10

// magic is how a kind of file that holds no mail begins.
type magic struct {
	at           int
	begins       string
	what, remedy string
}

const unpack = "unpack it first"

// magics are the files that people keep beside mails.
var magics = [...]magic{
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Outlook or Office file (OLE)", "save the mail as .eml or as text"},
	{0, "!BDN", "an Outlook data file (PST or OST)", "export it as mbox, for instance with readpst"},
	{0, "PK\x03\x04", "a ZIP archive", unpack},
	{0, "\xfd7zXZ\x00", "xz-compressed data", "decompress it first"},
	{0, "7z\xbc\xaf\x27\x1c", "a 7z archive", unpack},
	{0, "Rar!\x1a\x07", "a RAR archive", unpack},
	{257, "ustar", "a tar archive", unpack},
	{0, "%PDF-", "a PDF document", ""},
	{0, "\x89PNG\r\n", "a PNG image", ""},
	{0, "GIF8", "a GIF image", ""},
	{0, "\xff\xd8\xff", "a JPEG image", ""},
	{0, "\x7fELF", "a program (ELF)", ""},
	{0, "MZ\x90\x00", "a program (PE)", ""},
	{0, "SQLite format 3\x00", "an SQLite database", ""},
	{0, "\x00\x00\x00\x01Bud1", "a folder's view settings (.DS_Store)", ""},
}

// finding is what a file turned out to be.
type finding struct {
	kind     Kind
	provider webhook.Provider // of payloads
	form     bool             // payloads that are forms
}

// sniff tells what a file is by its first bytes. whole says that head is all of
// it; wide gives more of it.
func sniff(head []byte, whole bool, wide func() []byte) (finding, error) {
	for _, m := range magics {
		if len(head) >= m.at && bytes.HasPrefix(head[m.at:], []byte(m.begins)) {
			return finding{}, &UnreadableError{m.what, m.remedy}
		}
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, utf8BOM), " \t\r\n")
	if len(text) == 0 && whole {
		return finding{}, ErrEmpty
	}
	first, rest := cutLine(text)
	switch {
	case isFromLine(first) && (looksLikeHeader(rest) || isPostmark(first)):
		return finding{kind: Mbox}, nil
	case beginsMail(first, rest):
		return finding{kind: Mail}, nil
	case beginsWithCode(text) && whole:
		return finding{kind: Text}, nil
	}
	if found, ok := sniffRecords(text, wide); ok {
		return found, nil
	}
	switch {
	case looksLikeJSON(text):
		return finding{}, &UnreadableError{What: "JSON that no provider and no mail server is known to write"}
	case looksLikeHeader(first):
		return finding{kind: Mail}, nil
	case isBinary(head):
		return finding{}, &UnreadableError{What: "binary data"}
	}
	return finding{kind: Mail}, nil // a body without a header is for the parser to judge
}

// sniffRecords tells logs and payloads. What begins as lines of logs do is read
// as one even if nothing of a mail server is among the first lines.
func sniffRecords(text []byte, wide func() []byte) (finding, bool) {
	if isStamped(text) {
		return finding{kind: Log}, true
	}
	if provider, ok := ownEvents(text); ok {
		return finding{kind: Payload, provider: provider}, true
	}
	wideText := wide()
	if _, ok := maillog.Detect(wideText); ok {
		return finding{kind: Log}, true
	}
	if text[0] != '{' && text[0] != '[' && !mayBeForm(text) {
		return finding{}, false
	}
	provider, ok := webhook.Detect(wideText, nil)
	return finding{kind: Payload, provider: provider, form: text[0] != '{' && text[0] != '['}, ok
}

// ownEvents tells Rebound's own events, one a line, by the first: they come in
// great numbers, and no log is written like that.
func ownEvents(text []byte) (webhook.Provider, bool) {
	first, _ := cutLine(text)
	if text[0] != '{' || len(first) == len(text) {
		return "", false
	}
	provider, _ := webhook.Detect(first, nil)
	return provider, provider == webhook.Rebound
}

// mayBeForm reports text that begins with a name and an equals sign, as forms do
// (https://url.spec.whatwg.org/#application/x-www-form-urlencoded), or with the
// boundary of a form of several parts.
func mayBeForm(text []byte) bool {
	name, _, ok := bytes.Cut(text[:min(len(text), 256)], []byte("="))
	return ok && !bytes.ContainsAny(name, " \t\r\n<>{}[]:") || bytes.HasPrefix(text, []byte("--"))
}

// beginsMail reports a header of two fields at least, or of one that the empty
// line or more of the field follows. Some lines of logs look like a field.
func beginsMail(first, rest []byte) bool {
	if !isFieldName(first) {
		return false
	}
	second, _ := cutLine(rest)
	return len(rest) > 0 && (len(second) == 0 || second[0] == ' ' || second[0] == '\t' || isFieldName(second))
}

// isFieldName reports a line that begins with a name in letters, digits and
// hyphens, which begins with a capital letter, and a colon: as header fields are
// written, and no line of a log is.
func isFieldName(line []byte) bool {
	if len(line) == 0 || line[0] < 'A' || line[0] > 'Z' {
		return false
	}
	for i, c := range line {
		switch {
		case c == ':':
			return i > 1
		case c != '-' && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z'):
			return false
		}
	}
	return false
}

var utf8BOM = []byte("\xef\xbb\xbf")

// cutLine returns the first line without its end, and what comes after it. Lines
// end with LF, CRLF or CR.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexAny(b, "\r\n")
	if i < 0 {
		return b, nil
	}
	line, rest = b[:i], b[i+1:]
	if b[i] == '\r' && len(rest) > 0 && rest[0] == '\n' {
		rest = rest[1:]
	}
	return line, rest
}

// looksLikeHeader reports whether b begins with a header field: a name of
// printable characters and a colon (RFC 5322 section 2.2; RFC 5322 section 4.5
// allows blanks before the colon).
func looksLikeHeader(b []byte) bool {
	const longest = 256
	for i := 0; i < len(b) && i < longest; i++ {
		switch c := b[i]; {
		case c == ':':
			return i > 0
		case c == ' ' || c == '\t':
			return i > 0 && bytes.HasPrefix(bytes.TrimLeft(b[i:], " \t"), []byte(":"))
		case c <= ' ' || c >= 0x7f:
			return false
		}
	}
	return false
}

// looksLikeJSON reports an object, or an array of objects.
func looksLikeJSON(text []byte) bool {
	if text[0] == '[' {
		text = bytes.TrimLeft(text[1:], " \t\r\n")
	}
	inner, ok := bytes.CutPrefix(text, []byte("{"))
	inner = bytes.TrimLeft(inner, " \t\r\n")
	return ok && len(inner) > 0 && (inner[0] == '"' || inner[0] == '}')
}

// beginsWithCode reports the text of a reply: a reply code or an enhanced status
// code stands first.
func beginsWithCode(text []byte) bool {
	found := smtpcode.Find(string(text[:min(len(text), 64)]))
	return found.End > 0 && found.Start == 0
}

// isBinary reports bytes that no mail has: more than a few controls.
func isBinary(head []byte) bool {
	controls := 0
	for _, c := range head {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b || c == 0x7f {
			controls++
		}
	}
	return controls*32 > len(head)
}
