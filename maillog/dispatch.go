package maillog

import (
	"bytes"

	"github.com/rebound-mail/rebound/event"
)

// dispatch reads one line by its form.
func (r *Reader) dispatch(dst []event.Event, line []byte) ([]event.Event, outcome) {
	if r.entry.open {
		return r.exportLine(dst, line)
	}
	if len(line) == 0 {
		return dst, foreign
	}
	if r.table.open {
		return r.tableLine(dst, line)
	}
	rec, ok := parseSyslog(line)
	if ok {
		dst, o := r.program(dst, &rec)
		if o != foreign || r.table.kind == Unknown {
			return dst, o
		}
		return r.tableLine(dst, line)
	}
	dst, o, known := r.plain(dst, line)
	if known && (o != foreign || r.table.kind == Unknown) {
		return dst, o
	}
	return r.tableLine(dst, line)
}

// allows reports whether the options let lines of a format be read.
func (r *Reader) allows(f Format) bool { return r.opt.Format == Unknown || r.opt.Format == f }

// program reads what a program said through syslog.
func (r *Reader) program(dst []event.Event, rec *record) ([]event.Event, outcome) {
	if d := postfixDaemon(rec.program); d != noDaemon {
		if !r.allows(Postfix) {
			return dst, foreign
		}
		return r.postfix(dst, rec, d)
	}
	switch formatOfProgram(rec.program) {
	case Exim:
		if id, text, ok := r.eximRecord(rec.text, rec); ok && r.allows(Exim) {
			return r.exim(dst, rec, id, text)
		}
	case Sendmail:
		if r.allows(Sendmail) {
			return r.sendmail(dst, rec)
		}
	case OpenSMTPD:
		if r.allows(OpenSMTPD) {
			return r.opensmtpd(dst, rec)
		}
	case Qmail:
		if r.allows(Qmail) {
			return r.qmail(dst, rec)
		}
	case Haraka:
		if r.allows(Haraka) {
			return r.haraka(dst, rec)
		}
	}
	return dst, foreign
}

// formatOfProgram tells by the tag who speaks.
func formatOfProgram(program []byte) Format {
	switch string(program) {
	case "exim", "exim4", "exim-out", "exim-in":
		return Exim
	case "smtpd":
		return OpenSMTPD
	case "qmail", "qmail-send", "splogger", "s6-log", "notqmail":
		return Qmail
	case "haraka", "Haraka":
		return Haraka
	case "sendmail", "sm-mta", "sm-msp-queue", "sm-msp", "sendmail-in", "sendmail-out":
		return Sendmail
	}
	switch {
	case hasPrefix(program, "sm-"), hasPrefix(program, "sendmail"):
		return Sendmail
	case hasPrefix(program, "exim"):
		return Exim
	case hasPrefix(program, "qmail"):
		return Qmail
	}
	return Unknown
}

// plain reads a line that no syslog wrote. known tells whether its form was
// recognised.
func (r *Reader) plain(dst []event.Event, line []byte) (_ []event.Event, o outcome, known bool) {
	var rec record
	switch c := line[0]; {
	case c == '{' || c == '[' && r.json.depth > 0:
		dst, o = r.jsonLine(dst, line)
		return dst, o, true
	case r.json.depth > 0:
		dst, o = r.jsonLine(dst, line)
		return dst, o, true
	case c == '[':
		if isHarakaLine(line) && r.allows(Haraka) {
			rec.text = line
			dst, o = r.haraka(dst, &rec)
			return dst, o, true
		}
		dst, o = r.jsonLine(dst, line)
		return dst, o, true
	case c == '#':
		return dst, r.tableComment(line), true
	case c == '@':
		return r.stampedQmail(dst, line)
	case isDate(line):
		return r.dated(dst, line)
	case isDigit(c):
		return r.stampedQmail(dst, line)
	case c == 'l' && isHarakaLine(line) && r.allows(Haraka):
		rec.text = line
		dst, o = r.haraka(dst, &rec)
		return dst, o, true
	case isExportField(line):
		dst, o = r.exportLine(dst, line)
		return dst, o, true
	case isQmailText(line) && r.allows(Qmail):
		rec.text = line
		dst, o = r.qmail(dst, &rec)
		return dst, o, true
	}
	if r.allows(Exim) {
		if id, text, ok := r.eximRecord(line, &rec); ok {
			dst, o = r.exim(dst, &rec, id, text)
			return dst, o, true
		}
	}
	// A syslog line whose stamp and host somebody took off.
	if tag, text := cutBlank(line); bytes.IndexByte(tag, '/') > 0 && tag[len(tag)-1] == ':' {
		rec.program, _, _ = bytes.Cut(tag[:len(tag)-1], []byte("["))
		rec.text = text
		dst, o = r.program(dst, &rec)
		return dst, o, o != foreign
	}
	return dst, foreign, false
}

// dated reads a line that begins with a date of four digits for the year: of
// Exim, of Haraka with stamps, or of qmail's log made legible by tai64nlocal or
// written by svlogd.
func (r *Reader) dated(dst []event.Event, line []byte) (_ []event.Event, o outcome, known bool) {
	var rec record
	if line[10] == ' ' && r.allows(Exim) {
		if id, text, ok := r.eximRecord(line, &rec); ok {
			dst, o = r.exim(dst, &rec, id, text)
			return dst, o, true
		}
	}
	n := isoEnd(line)
	if n >= len(line) || line[n] != ' ' && line[n] != ':' {
		return dst, foreign, false
	}
	rec = record{at: stamp{form: stampISO, text: line[:n]}}
	rest := line[n+1:]
	switch {
	case isHarakaLine(rest) && r.allows(Haraka):
		rec.text = rest
		dst, o = r.haraka(dst, &rec)
		return dst, o, true
	case isQmailText(rest) && r.allows(Qmail):
		rec.text = rest
		dst, o = r.qmail(dst, &rec)
		return dst, o, true
	}
	// Syslog with a blank for the "T".
	if tagged, ok := parseTagged(rec.at, line[n:]); ok {
		dst, o = r.program(dst, &tagged)
		return dst, o, o != foreign
	}
	return dst, foreign, false
}

// stampedQmail reads a line behind a TAI64N label or Unix seconds.
func (r *Reader) stampedQmail(dst []event.Event, line []byte) (_ []event.Event, o outcome, known bool) {
	at, n, ok := parseTAI64N(line)
	if !ok {
		at, n, ok = parseUnix(line)
	}
	if !ok || n >= len(line) || line[n] != ' ' || !r.allows(Qmail) {
		return dst, foreign, false
	}
	dst, o = r.qmail(dst, &record{at: at, text: line[n+1:]})
	return dst, o, true
}
