package mailpart_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/mailpart"
)

func readTestMail(tb testing.TB, name string) []byte {
	tb.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

func BenchmarkParse(b *testing.B) {
	raw := readTestMail(b, "dsn.eml")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		mailpart.Parse(raw, mailpart.Limits{})
	}
}

func BenchmarkParseCRLF(b *testing.B) {
	raw := bytes.ReplaceAll(readTestMail(b, "dsn.eml"), []byte("\n"), []byte("\r\n"))
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		mailpart.Parse(raw, mailpart.Limits{})
	}
}

// BenchmarkParseAndRead does what a reader of bounces does: some header fields, the text, the delivery status, the returned header.
func BenchmarkParseAndRead(b *testing.B) {
	raw := readTestMail(b, "dsn.eml")
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		root := mailpart.Parse(raw, mailpart.Limits{})
		for _, name := range []string{"From", "To", "Subject", "Date", "Message-Id", "Auto-Submitted"} {
			root.Header.Get(name)
		}
		root.Find("text/plain").Text()
		for _, block := range root.Find("message/delivery-status").Blocks() {
			block.Unfolded("Diagnostic-Code")
		}
		root.Find("message/rfc822").Children[0].Header.Get("Message-ID")
	}
}

// BenchmarkParseSize shows that twice the size takes twice the time.
func BenchmarkParseSize(b *testing.B) {
	for _, kind := range []struct {
		name string
		make func(size int) []byte
	}{
		{"flat", func(n int) []byte {
			return []byte("Subject: x\n\n" + strings.Repeat("some text, as people write it\n", n/30))
		}},
		{"parts", func(n int) []byte {
			return []byte("Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: text/plain\n\nx\n", n/32))
		}},
		{"dashes", func(n int) []byte {
			return []byte("Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--c\n", n/4))
		}},
		{"lone CR", func(n int) []byte { return []byte(strings.Repeat("A: b\r", n/5)) }},
		{"nested", func(n int) []byte { return nested(100, n) }},
	} {
		for _, size := range []struct {
			name  string
			bytes int
		}{{"1MB", 1 << 20}, {"2MB", 2 << 20}, {"4MB", 4 << 20}} {
			raw := kind.make(size.bytes)
			b.Run(kind.name+"/"+size.name, func(b *testing.B) {
				b.SetBytes(int64(len(raw)))
				b.ReportAllocs()
				for b.Loop() {
					mailpart.Parse(raw, mailpart.Limits{})
				}
			})
		}
	}
}

// nested makes a mail of multiparts within each other, with a text of about size bytes in the innermost.
func nested(levels, size int) []byte {
	var out bytes.Buffer
	for i := range levels {
		b := "b" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26)
		out.WriteString("Content-Type: multipart/mixed; boundary=\"" + b + "\"\n\n--" + b + "\n")
	}
	out.WriteString("Content-Type: text/plain\n\ninnermost\n")
	for out.Len() < size {
		out.WriteString("--a line of text that begins with hyphens\nand one that does not\n")
	}
	return out.Bytes()
}
