package maillog

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/rebound-mail/rebound/event"
)

// maxEntry bounds the text of one journal entry.
const maxEntry = 64 << 10

// journalEntry collects the fields of an entry in the Journal Export Format
// (https://systemd.io/JOURNAL_EXPORT_FORMATS/): one a line, an empty line ends
// it; values with line ends in them stand behind their length.
type journalEntry struct {
	open    bool
	fields  map[string]string // of those that matter
	name    string            // of a value behind its length
	length  int               // of that value, -1 as long as it is not known
	pending []byte            // its bytes so far, the length before them
}

// journalFields are the fields that matter.
var journalFields = []string{
	"MESSAGE", "SYSLOG_IDENTIFIER", "_COMM", "_HOSTNAME", "__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP", "SYSLOG_RAW",
}

func isJournalField(name string) bool {
	for _, f := range journalFields {
		if f == name {
			return true
		}
	}
	return false
}

// isExportField reports whether a line begins an entry: the cursor comes first.
func isExportField(line []byte) bool {
	return hasPrefix(line, "__CURSOR=") || hasPrefix(line, "__REALTIME_TIMESTAMP=")
}

// exportLine takes one line of an entry.
func (r *Reader) exportLine(dst []event.Event, line []byte) ([]event.Event, outcome) {
	e := &r.entry
	if !e.open {
		*e = journalEntry{open: true, fields: make(map[string]string, len(journalFields)), pending: e.pending[:0]}
	}
	if e.name != "" {
		e.binary(line)
		return dst, foreign
	}
	if len(line) == 0 {
		return r.flushEntry(dst)
	}
	name, value, ok := bytes.Cut(line, []byte("="))
	if !ok {
		e.name, e.length, e.pending = string(name[:min(len(name), 64)]), -1, e.pending[:0]
		return dst, foreign
	}
	if isJournalField(string(name)) {
		e.fields[string(name)] = string(value[:min(len(value), maxEntry)])
	}
	return dst, foreign
}

// binary takes a line of a value that stands behind its length: eight bytes,
// little endian.
func (e *journalEntry) binary(line []byte) {
	e.pending = append(append(e.pending, line...), '\n')
	if e.length < 0 && len(e.pending) >= 8 {
		n := binary.LittleEndian.Uint64(e.pending)
		if n > maxEntry {
			e.name, e.pending = "", e.pending[:0] // damaged, or not worth reading
			return
		}
		e.length = int(n)
	}
	if e.length >= 0 && len(e.pending) > 8+e.length || len(e.pending) > maxEntry+64 {
		if e.length >= 0 && isJournalField(e.name) {
			e.fields[e.name] = string(e.pending[8:min(8+e.length, len(e.pending))])
		}
		e.name, e.pending = "", e.pending[:0]
	}
}

// flushEntry reads the entry collected so far.
func (r *Reader) flushEntry(dst []event.Event) ([]event.Event, outcome) {
	if !r.entry.open {
		return dst, foreign
	}
	f := r.entry.fields
	r.entry = journalEntry{pending: r.entry.pending[:0]}
	return r.journal(dst, func(name string) string { return f[name] })
}

// journalObject reads an entry in JSON (journalctl -o json).
func (r *Reader) journalObject(dst []event.Event, o object) ([]event.Event, outcome) {
	return r.journal(dst, func(name string) string {
		if list, ok := o[name].([]any); ok && name == "MESSAGE" {
			return bytesOf(list) // not valid UTF-8: the numbers of the bytes
		}
		return o.text(name)
	})
}

// bytesOf makes a text of the numbers of its bytes.
func bytesOf(list []any) string {
	var b strings.Builder
	for _, x := range list {
		n, err := strconv.ParseUint(numberText(x), 10, 8)
		if err != nil {
			return b.String()
		}
		b.WriteByte(byte(n))
	}
	return b.String()
}

// journal reads an entry given by its fields.
func (r *Reader) journal(dst []event.Event, field func(string) string) ([]event.Event, outcome) {
	rec := record{host: []byte(field("_HOSTNAME")), program: []byte(field("SYSLOG_IDENTIFIER")), text: []byte(field("MESSAGE"))}
	if len(rec.program) == 0 {
		rec.program = []byte(field("_COMM"))
	}
	for _, name := range []string{"_SOURCE_REALTIME_TIMESTAMP", "__REALTIME_TIMESTAMP"} {
		if us, err := strconv.ParseInt(field(name), 10, 64); err == nil && us > 0 {
			rec.at = stamp{form: stampUnix, unix: us / 1_000_000, nano: us % 1_000_000 * 1000}
			break
		}
	}
	if i := bytes.IndexByte(rec.text, '\n'); i >= 0 {
		rec.text = bytes.ReplaceAll(rec.text, []byte("\n"), []byte(" "))
	}
	if len(rec.text) == 0 {
		return dst, foreign
	}
	return r.program(dst, &rec)
}
