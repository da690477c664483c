package intray

import (
	"bytes"

	"github.com/rebound-mail/rebound/smtpcode"
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

// sniff tells what a file is by its first bytes. whole says that head is all of
// it.
func sniff(head []byte, whole bool) (Kind, error) {
	for _, m := range magics {
		if len(head) >= m.at && bytes.HasPrefix(head[m.at:], []byte(m.begins)) {
			return "", &UnreadableError{m.what, m.remedy}
		}
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, utf8BOM), " \t\r\n")
	if len(text) == 0 && whole {
		return "", ErrEmpty
	}
	first, rest := cutLine(text)
	switch {
	case isFromLine(first) && (looksLikeHeader(rest) || isPostmark(first)):
		return Mbox, nil
	case beginsWithCode(text) && whole:
		return Text, nil
	case looksLikeJSON(text):
		return "", &UnreadableError{What: "JSON"}
	case looksLikeHeader(first):
		return Mail, nil
	case isBinary(head):
		return "", &UnreadableError{What: "binary data"}
	}
	return Mail, nil // a body without a header is for the parser to judge
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
