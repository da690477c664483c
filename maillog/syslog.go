package maillog

import (
	"bytes"
)

// record is what one program said: a line with its syslog header taken off.
type record struct {
	at      stamp
	host    []byte
	program []byte // the tag without the process id: "postfix/smtp"
	text    []byte
}

// parseSyslog takes the header off a line: RFC 3164 as files have it, RFC 5424,
// or an ISO 8601 stamp with host and tag behind it.
func parseSyslog(line []byte) (record, bool) {
	if len(line) > 3 && line[0] == '<' {
		end := bytes.IndexByte(line[:min(len(line), 6)], '>')
		if end < 2 || !isDigit(line[1]) {
			return record{}, false
		}
		line = line[end+1:]
	}
	switch {
	case isSyslogStamp(line):
		return parseTagged(stamp{form: stampSyslog, text: line[:15]}, line[15:])
	case isYearStamp(line):
		return parseTagged(stamp{form: stampYear, text: line[:20]}, line[20:])
	case len(line) > 20 && isDigit(line[0]) && line[1] == ' ':
		return parse5424(line[2:])
	case isDate(line):
		n := isoEnd(line)
		if n >= len(line) || line[10] != 'T' {
			return record{}, false
		}
		return parseTagged(stamp{form: stampISO, text: line[:n]}, line[n:])
	}
	return record{}, false
}

// isoEnd gives where the ISO 8601 stamp that b begins with ends.
func isoEnd(b []byte) int {
	_, n := fraction(b, 19)
	_, end, ok := zone(b, n)
	if ok {
		return end
	}
	return n
}

// parseTagged reads " host tag[pid]: text". The host may be missing.
func parseTagged(at stamp, b []byte) (record, bool) {
	if len(b) < 2 || b[0] != ' ' || b[1] == '[' || hasPrefix(b[1:], harakaLogfmt) {
		return record{}, false // a line of Haraka
	}
	rec := record{at: at}
	word, rest := cutBlank(b[1:])
	if len(word) > 2 && word[0] == '<' && word[len(word)-1] == '>' {
		word, rest = cutBlank(rest) // QUIRK: FreeBSD's syslogd -v writes <facility.level>
	}
	if n := len(word); n > 0 && word[n-1] != ':' {
		rec.host = word
		word, rest = cutBlank(rest)
	}
	rec.text = rest
	n := len(word)
	if n == 0 {
		return record{}, false
	}
	rec.program = word
	if word[n-1] == ':' {
		rec.program = word[:n-1]
	} else if i := bytes.IndexByte(word, ':'); i > 0 {
		// QUIRK: some relays leave out the blank behind the colon.
		rec.program = word[:i]
		rec.text = b[len(b)-len(rest)-(n-i-1)-min(1, len(rest)):]
		rec.text = bytes.TrimLeft(rec.text, " ")
	}
	if i := bytes.IndexByte(rec.program, '['); i > 0 {
		rec.program = rec.program[:i]
	}
	rec.text = skipMessageID(rec.text)
	return rec, true
}

// skipMessageID passes over "[ID 197553 mail.info]".
//
// QUIRK: the syslogd of Solaris puts it before every message.
func skipMessageID(text []byte) []byte {
	if !hasPrefix(text, "[ID ") {
		return text
	}
	if i := bytes.IndexByte(text, ']'); i > 0 {
		return bytes.TrimLeft(text[i+1:], " ")
	}
	return text
}

// cutBlank splits b at its first blank, leaving out further ones.
func cutBlank(b []byte) (word, rest []byte) {
	i := bytes.IndexByte(b, ' ')
	if i < 0 {
		return b, nil
	}
	word, rest = b[:i], b[i+1:]
	for len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	return word, rest
}

// parse5424 reads what follows the version (RFC 5424 section 6).
func parse5424(b []byte) (record, bool) {
	var rec record
	when, b := cutBlank(b)
	host, b := cutBlank(b)
	program, b := cutBlank(b)
	_, b = cutBlank(b) // PROCID
	_, b = cutBlank(b) // MSGID
	if len(b) == 0 {
		return rec, false
	}
	if isDate(when) {
		rec.at = stamp{form: stampISO, text: when}
	} else if string(when) != "-" {
		return rec, false
	}
	if string(host) != "-" {
		rec.host = host
	}
	rec.program = program
	rec.text = bytes.TrimPrefix(skipStructured(b), []byte("\xef\xbb\xbf"))
	// QUIRK: relays of RFC 3164 messages leave the tag in the text as well.
	if n := len(program); len(rec.text) > n && bytes.HasPrefix(rec.text, program) && (rec.text[n] == '[' || rec.text[n] == ':') {
		if i := bytes.Index(rec.text, []byte(": ")); i > 0 {
			rec.text = rec.text[i+2:]
		}
	}
	return rec, true
}

// skipStructured passes over STRUCTURED-DATA: "-", or elements in brackets with
// quoted values (RFC 5424 section 6.3).
func skipStructured(b []byte) []byte {
	if b[0] == '-' {
		return bytes.TrimLeft(b[1:], " ")
	}
	quoted := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ']' && !quoted && (i+1 == len(b) || b[i+1] != '['):
			return bytes.TrimLeft(b[i+1:], " ")
		}
	}
	return nil
}
