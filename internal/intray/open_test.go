package intray

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
)

const oneMail = "Subject: report\nX: y\n\nbody\n"

func gzipped(t testing.TB, data string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	io.WriteString(z, data)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstded(t testing.TB, data string) string {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(z.EncodeAll([]byte(data), nil))
}

func inUTF16(s string) string {
	b := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func TestContentTellsTheKind(t *testing.T) {
	for _, tc := range []struct {
		name, data string
		kind       Kind
		want       []string
	}{
		{"mail", oneMail, Mail, []string{oneMail}},
		{"mail after empty lines", "\r\n\r\n" + oneMail, Mail, []string{"\r\n\r\n" + oneMail}},
		{"mail with a byte order mark", "\xef\xbb\xbf" + oneMail, Mail, []string{oneMail}},
		{"mail in UTF-16", inUTF16(oneMail + "\U0001f600"), Mail, []string{oneMail + "\U0001f600"}},
		{"mail with NUL", "Subject: a\x00b\n\n\x00\x00", Mail, []string{"Subject: a\x00b\n\n\x00\x00"}},
		{"mbox", postmark + oneMail, Mbox, []string{oneMail}},
		{"gzip", gzipped(t, oneMail), Mail, []string{oneMail}},
		{"zstd", zstded(t, oneMail), Mail, []string{oneMail}},
		{"gzip in zstd, an mbox", zstded(t, gzipped(t, postmark+oneMail)), Mbox, []string{oneMail}},
		{"a reply", "550 5.1.1 no such user\n", Text, []string{"550 5.1.1 no such user"}},
		{"a reply of several lines", "550-5.1.1 no such\r\n550 5.1.1 user\r\n", Text, []string{"550-5.1.1 no such\r\n550 5.1.1 user"}},
		{"a reply that was wrapped", "550 5.1.1 no such\n  user\n", Text, []string{"550 5.1.1 no such\n  user"}},
		{"replies", "550 5.1.1 no such user\n\n452-4.2.2 full\n452 4.2.2 later\n421 busy", Text,
			[]string{"550 5.1.1 no such user", "452-4.2.2 full\n452 4.2.2 later", "421 busy"}},
		{"prose", "This is the mail system at host mx.example.com.\n", Mail, []string{"This is the mail system at host mx.example.com.\n"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fromReader, err := Open(strings.NewReader(tc.data), Options{})
			if err != nil {
				t.Fatal(err)
			}
			fromBytes, err := OpenBytes([]byte(tc.data), Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, src := range []Source{fromReader, fromBytes} {
				if src.Kind() != tc.kind {
					t.Errorf("kind %q, want %q", src.Kind(), tc.kind)
				}
				if diff := cmp.Diff(tc.want, bodies(t, src)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestWhatIsNoMailSaysWhy(t *testing.T) {
	for _, tc := range []struct{ data, why string }{
		{"", "empty"}, {" \r\n\t\n", "empty"}, {gzipped(t, ""), "empty"},
		{"%PDF-1.7\n", "a PDF document, no mail"},
		{"PK\x03\x04....", "a ZIP archive, no mail: unpack it first"},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "an Outlook or Office file (OLE), no mail: save the mail as .eml or as text"},
		{strings.Repeat("\x01\x02 ", 100), "binary data, no mail"},
		{`{"event":"bounce"}`, "JSON that no provider and no mail server is known to write, no mail"},
		{"\x1f\x8b\x08", "damaged gzip data: unexpected EOF"},
		{gzipped(t, gzipped(t, gzipped(t, oneMail))), "data compressed more than three times, no mail"},
	} {
		for _, open := range []func() (Source, error){
			func() (Source, error) { return Open(strings.NewReader(tc.data), Options{}) },
			func() (Source, error) { return OpenBytes([]byte(tc.data), Options{}) },
		} {
			if _, err := open(); err == nil || err.Error() != tc.why {
				t.Errorf("%.20q: %v, want %s", tc.data, err, tc.why)
			}
		}
	}
}

func TestDamagedCompressionGivesWhatCameBefore(t *testing.T) {
	mails := strings.Repeat(postmark+oneMail+"\n", 5000)
	for format, data := range map[string]string{"gzip": gzipped(t, mails), "zstd": zstded(t, mails)} {
		n := 0
		src, err := Open(strings.NewReader(data[:len(data)*2/3]), Options{})
		for err == nil {
			if _, err = src.Next(); err == nil {
				n++
			}
		}
		var damaged *DamagedError
		if !errors.As(err, &damaged) || damaged.Format != format {
			t.Errorf("%s: ended with %v", format, err)
		}
		if format == "gzip" && n == 0 {
			t.Errorf("%s: nothing was read of what came before the damage", format)
		}
	}
}

func TestSingleMailIsBounded(t *testing.T) {
	data := "Subject: long\n\n" + strings.Repeat("x", 5000)
	for _, open := range []func() (Source, error){
		func() (Source, error) { return Open(strings.NewReader(data), Options{MaxRecord: 100}) },
		func() (Source, error) { return OpenBytes([]byte(data), Options{MaxRecord: 100}) },
	} {
		src, err := open()
		if err != nil {
			t.Fatal(err)
		}
		r, err := src.Next()
		if err != nil || len(r.Raw) != 100 || r.Size != int64(len(data)) {
			t.Errorf("kept %d of %d bytes, %v", len(r.Raw), r.Size, err)
		}
	}
}

func write(t *testing.T, dir, name, data string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

func names(paths ...string) []string {
	var list []string
	Walk(paths, func(f File) bool {
		list = append(list, f.Name)
		return true
	})
	return list
}

func TestWalkIsInOrderAndKnowsMaildirs(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{
		"b.eml", "a/2.eml", "a/1.eml", "a/.hidden", "z/tmp/mail",
		"maildir/cur/1:2,S", "maildir/new/2", "maildir/tmp/3", "maildir/dovecot.index", "maildir/.Junk/cur/4", "maildir/.Junk/new/5",
		"maildir/.Junk/maildirfolder",
	} {
		write(t, ".", name, oneMail)
	}
	got := names("b.eml", ".", "a/")
	want := []string{"b.eml",
		"./a/.hidden", "./a/1.eml", "./a/2.eml", "./b.eml", "./maildir/.Junk/cur/4", "./maildir/.Junk/new/5", "./maildir/cur/1:2,S",
		"./maildir/new/2", "./z/tmp/mail",
		"a/.hidden", "a/1.eml", "a/2.eml"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWalkTellsWhatCannotBeRead(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, ".", "good.eml", oneMail)
	if err := os.Symlink("nowhere", "dangling"); err != nil {
		t.Skip("no links here:", err)
	}
	if err := os.Symlink(".", "loop"); err != nil {
		t.Fatal(err)
	}
	var got []string
	Walk([]string{".", "absent", Stdin}, func(f File) bool {
		line := f.Name
		if f.Err != nil {
			line += ": " + f.Err.Error()
		}
		got = append(got, line)
		return true
	})
	want := []string{"./dangling: no such file or directory", "./good.eml", "absent: no such file or directory", "-"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWalkStopsWhenAsked(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/1", "a/2", "b"} {
		write(t, dir, name, oneMail)
	}
	n := 0
	Walk([]string{dir, dir}, func(File) bool { n++; return false })
	if n != 1 {
		t.Errorf("%d files after the first", n)
	}
}
