package intray

import (
	"bytes"
	"strconv"
	"time"
)

// stampedLines is how many lines at the beginning of a file are looked at for
// stamps.
const stampedLines = 40

// isStamped reports whether most of the first lines begin with a time, as all
// lines do that syslog writes, whosever they are, and entries of the journal.
func isStamped(text []byte) bool {
	lines, stamped, early := 0, 0, false
	for len(text) > 0 && lines < stampedLines {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole && lines > 0 {
			break // cut off where the beginning of the file ends
		}
		text = rest
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		lines++
		if _, ok := lineTime(line, time.Time{}); ok || isJournal(line) {
			stamped++
			early = early || lines <= 2 // the first line may have lost its beginning
		}
	}
	return early && stamped*2 > lines
}

// isJournal reports an entry of the systemd journal, in JSON or in the export
// form (https://systemd.io/JOURNAL_EXPORT_FORMATS/).
func isJournal(line []byte) bool {
	return bytes.HasPrefix(line, []byte("__CURSOR=")) || bytes.HasPrefix(line, []byte("__REALTIME_TIMESTAMP=")) ||
		line[0] == '{' && bytes.Contains(line, []byte(`"__REALTIME_TIMESTAMP"`))
}

// firstTime returns the time of the first line that has one.
func firstTime(head []byte, written time.Time) time.Time {
	for n := 0; len(head) > 0 && n < stampedLines; n++ {
		var line []byte
		line, head, _ = bytes.Cut(head, []byte("\n"))
		if t, ok := lineTime(line, written); ok {
			return t
		}
	}
	return time.Time{}
}

// lineTime reads the time that a line begins with: RFC 3164 (the year is the
// latest that does not lie in written's future, none if written is not known),
// ISO 8601, also behind a priority and a version (RFC 5424), and TAI64N.
func lineTime(line []byte, written time.Time) (time.Time, bool) {
	line = withoutPriority(line)
	const syslog, iso, tai = len(time.Stamp), len(time.DateTime), 25
	if len(line) < syslog {
		return time.Time{}, false
	}
	if line[0] == '@' && len(line) >= tai {
		sec, err := strconv.ParseUint(string(line[1:17]), 16, 64)
		return time.Unix(int64(sec-1<<62), 0).UTC(), err == nil && sec >= 1<<62 && sec < 1<<62+1<<40
	}
	if len(line) >= iso && line[4] == '-' {
		text := append(make([]byte, 0, iso), line[:iso]...)
		text[10] = ' '
		t, err := time.Parse(time.DateTime, string(text))
		return t, err == nil && (line[10] == 'T' || line[10] == ' ' || line[10] == '_')
	}
	if line[0] < 'A' || line[0] > 'Z' || line[3] != ' ' {
		return time.Time{}, false
	}
	// A leap year, so that February 29 can be read.
	t, err := time.Parse("2006 "+time.Stamp, "2000 "+string(line[:syslog]))
	if err != nil || written.IsZero() {
		return time.Time{}, err == nil
	}
	const ahead = 24 * time.Hour
	year := written.Add(ahead).UTC().Year()
	t = t.AddDate(year-2000, 0, 0)
	if t.After(written.Add(ahead)) {
		t = t.AddDate(-1, 0, 0)
	}
	return t, true
}

// withoutPriority takes "<22>" and "1 " off the beginning of a line.
func withoutPriority(line []byte) []byte {
	if len(line) == 0 || line[0] != '<' {
		return line
	}
	end := bytes.IndexByte(line[:min(len(line), 5)], '>')
	if end < 2 || !digits(line[1:end]) {
		return line
	}
	return bytes.TrimPrefix(line[end+1:], []byte("1 "))
}
