package intray

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
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
