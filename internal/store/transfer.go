package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Format is how a list of suppressions is written.
type Format string

// The formats.
const (
	CSV    Format = "csv"    // RFC 4180, with a header
	NDJSON Format = "ndjson" // a JSON object a line
)

// exportAtOnce is how many entries are read at once.
const exportAtOnce = 1000

// columns are those of an exported list.
func columns() []string {
	return []string{"recipient", "stream", "ground", "reason", "since", "until", "by", "note"}
}

// Export writes the suppressions that a filter chooses, as a stream, and returns
// how many there were. What changes meanwhile may be in it or not.
//
// Spreadsheets take a cell that begins with =, +, - or @ for a formula, and the
// list holds what strangers made up: in CSV, such a cell has an apostrophe before
// it, which Import removes.
func Export(ctx context.Context, s Suppressions, w io.Writer, format Format, f SuppressionFilter) (n int64, err error) {
	out := bufio.NewWriter(w)
	write := jsonWriter(out)
	if format == CSV {
		if write, err = csvWriter(out); err != nil {
			return 0, err
		}
	}
	for cursor, more := "", true; more; more = cursor != "" {
		var list []Suppression
		if list, cursor, err = s.Suppressions(ctx, f, cursor, exportAtOnce); err != nil {
			return n, err
		}
		for i := range list {
			if err := write(&list[i]); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, out.Flush()
}

func jsonWriter(w io.Writer) func(*Suppression) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return func(s *Suppression) error { return enc.Encode(s) }
}

func csvWriter(w io.Writer) (func(*Suppression) error, error) {
	out := csv.NewWriter(w)
	write := func(cells []string) error {
		if err := out.Write(cells); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	}
	if err := write(columns()); err != nil {
		return nil, err
	}
	return func(s *Suppression) error {
		cells := []string{s.Recipient, s.Stream, string(s.Ground), string(s.Reason), stamp(s.Since), stamp(s.Until), s.By, s.Note}
		for i := range cells {
			cells[i] = guardCell(cells[i])
		}
		return write(cells)
	}, nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

const formula = "=+-@\t\r'"

// guardCell makes a cell one line that is no formula.
func guardCell(s string) string {
	if strings.ContainsAny(s, "\r\n") {
		s = strings.Join(strings.Fields(s), " ")
	}
	if s != "" && strings.IndexByte(formula, s[0]) >= 0 {
		return "'" + s
	}
	return s
}

func unguardCell(s string) string {
	if len(s) >= 2 && s[0] == '\'' && strings.IndexByte(formula, s[1]) >= 0 {
		return s[1:]
	}
	return s
}

// maxLine is how long a line of a list may be, in bytes.
const maxLine = 64 << 10

// errLong is that a line is longer.
var errLong = errors.New("the line is too long")

// eachLine shows the lines of a text, without their ends; a line that is too
// long is shown as an error. Show's error ends the reading.
func eachLine(r io.Reader, show func(n int64, line []byte, err error) error) error {
	in := bufio.NewReaderSize(r, maxLine)
	for n := int64(1); ; n++ {
		line, err := in.ReadSlice('\n')
		long := errors.Is(err, bufio.ErrBufferFull)
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		var wrong error
		if long {
			line, wrong = nil, errLong
		}
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(bytes.TrimSpace(line)) > 0 || wrong != nil {
			if err := show(n, line, wrong); err != nil {
				return err
			}
		}
		if err != nil {
			return nil
		}
	}
}

// importLine is what a line of a list says.
type importLine struct {
	Recipient string    `json:"recipient"`
	Email     string    `json:"email"`
	Address   string    `json:"address"`
	Stream    string    `json:"stream"`
	Reason    string    `json:"reason"`
	Since     time.Time `json:"since"`
	Created   when      `json:"created"`
	CreatedAt when      `json:"created_at"`
	Until     time.Time `json:"until"`
	Note      string    `json:"note"`
}

func (l *importLine) address() string {
	return strings.TrimSpace(firstOf(l.Recipient, l.Email, l.Address))
}

func firstOf(list ...string) string {
	i := slices.IndexFunc(list, func(s string) bool { return s != "" })
	if i < 0 {
		return ""
	}
	return list[i]
}

// when is a time as other systems write it: RFC 3339 or seconds since 1970. One
// that is neither is no time.
type when struct{ time.Time }

// UnmarshalJSON reads it.
func (w *when) UnmarshalJSON(b []byte) error {
	w.Time = parseWhen(string(bytes.Trim(b, `"`)))
	return nil
}

func parseWhen(s string) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02 15:04:05 MST", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	var sec int64
	if n, err := fmt.Sscanf(s, "%d", &sec); n == 1 && err == nil && sec > 0 && digits(s) {
		return time.Unix(sec, 0).UTC()
	}
	return time.Time{}
}
