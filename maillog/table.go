package maillog

import (
	"bytes"
	"strings"

	"github.com/rebound-mail/rebound/event"
)

// Limits of tables.
const (
	maxColumns = 512
	maxRecord  = 256 << 10 // of one record with line ends in it
	maxLines   = 1000      // of one record
)

// table is a log of comma-separated values (RFC 4180) whose columns a header
// names: the accounting file of PowerMTA, the tracking log of Exchange, the
// message trace of Microsoft 365. A header in the middle names other columns
// from there on.
type table struct {
	kind      Format
	columns   map[string]int
	separator byte
	old       bool // Exchange before 2013

	open    bool // a quoted field goes on over the end of the line
	pending []byte
	lines   int

	row    []string // scratch
	fields []byte   // scratch
}

func (t *table) reset() {
	*t = table{pending: t.pending[:0], row: t.row[:0], fields: t.fields[:0]}
}

// value returns the field in the named column, "" if there is none.
func (t *table) value(name string) string {
	i, ok := t.columns[name]
	if !ok || i >= len(t.row) {
		return ""
	}
	return t.row[i]
}

// first returns the first of the named fields that is not empty.
func (t *table) first(names ...string) string {
	for _, name := range names {
		if v := t.value(name); v != "" {
			return v
		}
	}
	return ""
}

// tableComment reads the lines of an Exchange log that begin with "#".
func (r *Reader) tableComment(line []byte) outcome {
	t := &r.table
	switch {
	case hasPrefix(line, "#Fields:"):
		if !r.allows(Exchange) {
			return foreign
		}
		old := t.old
		t.reset()
		t.kind, t.separator, t.old = Exchange, ',', old
		t.setColumns(splitCSV(nil, bytes.TrimLeft(line[len("#Fields:"):], " "), ','))
		return matched
	case hasPrefix(line, "#Version:"):
		version := string(bytes.TrimSpace(line[len("#Version:"):]))
		major, _, _ := strings.Cut(version, ".")
		t.old = major == "8" || major == "08" || major == "14"
		return matched
	case hasPrefix(line, "#Software:"), hasPrefix(line, "#Log-type:"), hasPrefix(line, "#Date:"), hasPrefix(line, "#TYPE "):
		return matched
	}
	return foreign
}

// setColumns notes the columns by their names, in lower case, with "_" as "-".
func (t *table) setColumns(names []string) {
	t.columns = make(map[string]int, len(names))
	for i, name := range names[:min(len(names), maxColumns)] {
		name = columnName(name)
		if _, twice := t.columns[name]; !twice {
			t.columns[name] = i
		}
	}
}

func columnName(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "_", "-")
}

// tableLine reads a line as a header or as a record under the header seen last.
func (r *Reader) tableLine(dst []event.Event, line []byte) ([]event.Event, outcome) {
	t := &r.table
	if t.open {
		t.pending = append(append(t.pending, '\n'), line...)
		t.lines++
		if oddQuotes(line) || len(t.pending) > maxRecord || t.lines > maxLines {
			return r.flushTable(dst)
		}
		return dst, foreign
	}
	if kind, separator := headerKind(line); kind != Unknown {
		if !r.allows(kind) {
			return dst, foreign
		}
		old := t.old
		t.reset()
		t.kind, t.separator, t.old = kind, separator, old
		t.setColumns(splitCSV(nil, line, separator))
		return dst, matched
	}
	if t.kind == Unknown {
		return dst, r.headless()
	}
	if oddQuotes(line) && bytes.IndexByte(line, t.separator) >= 0 {
		t.open, t.lines = true, 1
		t.pending = append(t.pending[:0], line...)
		return dst, foreign
	}
	return r.tableRecord(dst, line)
}

// headless reports accounting records without a header as damaged: their
// columns are the site's choice and cannot be guessed.
func (r *Reader) headless() outcome {
	if r.opt.Format == PowerMTA || r.opt.Format == Exchange || r.opt.Format == MessageTrace {
		return damaged
	}
	return foreign
}

// flushTable reads the record that waits for its closing quote.
func (r *Reader) flushTable(dst []event.Event) ([]event.Event, outcome) {
	if !r.table.open {
		return dst, foreign
	}
	r.table.open = false
	return r.tableRecord(dst, r.table.pending)
}

func (r *Reader) tableRecord(dst []event.Event, line []byte) ([]event.Event, outcome) {
	t := &r.table
	t.row = splitCSV(t.row[:0], line, t.separator)
	if len(t.row)*2 < len(t.columns) && len(t.row) < 3 {
		return dst, foreign
	}
	switch t.kind {
	case PowerMTA:
		return r.powermta(dst)
	case Exchange:
		return r.exchange(dst)
	case MessageTrace:
		return r.traceRow(dst)
	}
	return dst, foreign
}

// headerKind tells whose header a line is, Unknown if it is none.
func headerKind(line []byte) (Format, byte) {
	separator := byte(',')
	if bytes.IndexByte(line, '\t') >= 0 && bytes.IndexByte(line, ',') < 0 {
		separator = '\t'
	} else if bytes.IndexByte(line, ',') < 0 && bytes.IndexByte(line, ';') >= 0 {
		separator = ';'
	}
	if bytes.IndexByte(line, separator) < 0 || len(line) > 32<<10 {
		return Unknown, 0
	}
	if !mayBeHeader(line) {
		return Unknown, 0
	}
	has := make(map[string]bool)
	for _, name := range splitCSV(nil, line, separator) {
		has[columnName(name)] = true
	}
	switch {
	case has["event-id"] && has["recipient-address"] && has["source"]:
		return Exchange, separator // an extended message trace has the same columns
	case has["recipientaddress"] && has["status"], has["recipient-status"] && has["sender-address"],
		has["recipient-address"] && has["status"] && has["sender-address"]:
		return MessageTrace, separator
	case has["type"] && (has["rcpt"] || has["orcpt"] || has["dsnstatus"] || has["reporteddomain"]):
		return PowerMTA, separator
	case has["rcpt"] && (has["dsnstatus"] || has["dsndiag"] || has["dsnaction"]):
		return PowerMTA, separator // one type a file, and the type not recorded
	}
	return Unknown, 0
}

// mayBeHeader reports whether a line holds nothing but what names of columns
// do.
func mayBeHeader(line []byte) bool {
	for _, c := range line {
		if !isAlnum(c) && c != ',' && c != '_' && c != '-' && c != '"' && c != ' ' && c != '\t' && c != ';' && c != '.' && c != '(' && c != ')' && c != '#' {
			return false
		}
	}
	return !isDigit(line[0])
}

// oddQuotes reports whether a line leaves a quoted field open.
func oddQuotes(line []byte) bool {
	return bytes.Count(line, []byte{'"'})%2 == 1
}

// splitCSV appends the fields of a record to row (RFC 4180 section 2). A quote
// within an unquoted field stands for itself; an unclosed one ends with the
// record.
func splitCSV(row []string, line []byte, separator byte) []string {
	s := string(line)
	for len(row) < maxColumns {
		if s == "" || s[0] != '"' {
			field, rest, more := strings.Cut(s, string(separator))
			row = append(row, field)
			if !more {
				return row
			}
			s = rest
			continue
		}
		field, rest, more := quotedField(s[1:], separator)
		row = append(row, field)
		if !more {
			return row
		}
		s = rest
	}
	return row
}

// quotedField reads a field behind its opening quote.
func quotedField(s string, separator byte) (field, rest string, more bool) {
	end, doubled := 0, false
	for end < len(s) {
		if s[end] != '"' {
			end++
			continue
		}
		if end+1 < len(s) && s[end+1] == '"' {
			doubled = true
			end += 2
			continue
		}
		break
	}
	field = s[:end]
	if doubled {
		field = strings.ReplaceAll(field, `""`, `"`)
	}
	if end >= len(s) {
		return field, "", false
	}
	after, rest, more := strings.Cut(s[end+1:], string(separator))
	return field + after, rest, more
}
