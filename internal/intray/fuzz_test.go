package intray

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/rebound-mail/rebound/webhook"
)

// FuzzMbox checks of any file that it is read to its end without a panic, that
// mails are numbered, bounded and hold nothing that was not there, and that the
// outcome does not depend on how the input arrives.
func FuzzMbox(f *testing.F) {
	for _, seed := range []string{
		postmark + "A: 1\n\none\n\n" + postmark + "B: 2\n\ntwo\n",
		withLength(40, "said:\n\n"+postmark+"X: y\n\nquoted\n"),
		withLength(12, "said:\n\n"+postmark+"X: y\n\nquoted\n") + withLength(1<<20, postmark+"X: y\n\n"),
		strings.ReplaceAll(postmark+"A: 1\n\n>From x\n\n"+postmark+"B: 2\n", "\n", "\r\n"),
		postmark + "\n" + postmark + postmark + "A: 1\nContent-Length: 0\n\n" + postmark + "B: 2\n",
		"550 5.1.1 no\n550-x\n", "\xff\xfeA\x00:\x00", "BZh9", "\x28\xb5\x2f\xfd", gzipped(f, postmark+oneMail),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const most = 200
		if src, err := Open(bytes.NewReader(data), Options{}); err == nil && src.Kind() == Log {
			return // its records are blocks: FuzzLog
		}
		got, err := readAll(bytes.NewReader(data), most)
		again, errAgain := readAll(iotest.OneByteReader(bytes.NewReader(data)), most)
		if (err == nil) != (errAgain == nil) || len(got) != len(again) {
			t.Fatalf("%d records, %v; byte by byte %d, %v", len(got), err, len(again), errAgain)
		}
		total := 0
		for i, r := range got {
			if r.Index != i || len(r.Raw) > most || r.Size < int64(len(r.Raw)) {
				t.Fatalf("record %d: index %d, %d of %d bytes", i, r.Index, len(r.Raw), r.Size)
			}
			if !bytes.Equal(r.Raw, again[i].Raw) || r.Line != again[i].Line {
				t.Fatalf("record %d differs byte by byte: %q, %q", i, r.Raw, again[i].Raw)
			}
			total += len(r.Raw)
		}
		if !isPacked(data) && utf16Order(data) == nil && total > len(data) {
			t.Fatalf("%d bytes out of %d", total, len(data))
		}
	})
}

func readAll(in io.Reader, most int64) ([]Record, error) {
	src, err := Open(in, Options{MaxRecord: most})
	if err != nil {
		return nil, err
	}
	var list []Record
	for {
		r, err := src.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if len(r.Raw) > 0 || err == nil {
			list = append(list, r)
		}
		if err != nil {
			return list, err
		}
	}
}

// FuzzUnquoteFrom checks that only > goes, one a line, and only before From.
func FuzzUnquoteFrom(f *testing.F) {
	for _, seed := range []string{">From a\n>>From b\n> From c\n", "x>From \n\n>>>From \r>From ", ">From >From \n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, mail string) {
		var want []string
		for line := range lines(mail) {
			if strings.HasPrefix(strings.TrimLeft(line, ">"), "From ") && line[0] == '>' {
				line = line[1:]
			}
			want = append(want, line)
		}
		if got := string(unquoteFrom([]byte(mail))); got != strings.Join(want, "") {
			t.Fatalf("%q gives %q", mail, got)
		}
	})
}

// lines gives lines with their ends.
func lines(s string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for s != "" {
			i := strings.IndexAny(s, "\r\n") + 1
			if i == 0 {
				i = len(s)
			}
			if !yield(s[:i]) {
				return
			}
			s = s[i:]
		}
	}
}

// FuzzLog checks that a log is given whole and in order, however it arrives.
func FuzzLog(f *testing.F) {
	for _, seed := range []string{postfixLine + cronLine, "a\n\nb", "\r\n\x00\n", strings.Repeat("x", 5000)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, in := range []io.Reader{bytes.NewReader(data), iotest.HalfReader(bytes.NewReader(data)), iotest.DataErrReader(bytes.NewReader(data))} {
			if got := logText(t, in); got != string(data) {
				t.Fatalf("%q gives %q", data, got)
			}
		}
		firstTime(data, time.Unix(1<<30, 0))
		isStamped(data)
	})
}

// FuzzPayloads checks that payloads are pieces of the file, in order and bounded,
// however it arrives.
func FuzzPayloads(f *testing.F) {
	for _, seed := range []string{bouncePost + "\n" + bouncePost, "[" + bouncePost + ", " + bouncePost + "]", bouncePost[:50] + "\n" + bouncePost, `{"a":"\\"}{}`, "a=b&c=d\ne=f", "--x\r\n\r\n"} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, form bool) {
		const most = 300
		open := func(in io.Reader) []Record {
			return records(t, newPayloadSource(bufio.NewReaderSize(in, 16), webhook.Postmark, form, Options{MaxRecord: most}))
		}
		got, again := open(bytes.NewReader(data)), open(iotest.OneByteReader(bytes.NewReader(data)))
		rest := data
		for i, r := range got {
			at := bytes.Index(rest, r.Raw)
			if at < 0 || len(r.Raw) > most || len(r.Raw) == 0 || r.Index != i || r.Line < 1 {
				t.Fatalf("record %d: %+v", i, r)
			}
			rest = rest[at+len(r.Raw):]
		}
		if len(got) != len(again) {
			t.Fatalf("%d records, byte by byte %d", len(got), len(again))
		}
	})
}

func records(t *testing.T, src Source) (list []Record) {
	for {
		r, err := src.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
}
