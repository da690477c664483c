package ndr_test

import (
	"bytes"
	"testing"

	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/ndr"
)

// BenchmarkRead reads the test mails of the free MTAs, a different one each
// time, from the parsed mail on.
func BenchmarkRead(b *testing.B) {
	var raw [][]byte
	size := 0
	for _, path := range mails(b) {
		mail := content(b, path)
		raw = append(raw, mail)
		size += len(mail)
	}
	b.SetBytes(int64(size / len(raw)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		ndr.Read(ndr.NewMail(mailpart.Parse(raw[i%len(raw)], mailpart.Limits{})))
	}
}

// BenchmarkParse is what of BenchmarkRead is package mailpart's.
func BenchmarkParse(b *testing.B) {
	var raw [][]byte
	for _, path := range mails(b) {
		raw = append(raw, content(b, path))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for p := range mailpart.Parse(raw[i%len(raw)], mailpart.Limits{}).All() {
			p.Plain()
		}
	}
}

// BenchmarkNoReport reads a mail that is no report.
func BenchmarkNoReport(b *testing.B) {
	raw := content(b, "testdata/mta/none-order.eml")
	raw = append(raw, bytes.Repeat([]byte("Some more words that a person wrote to another one, on a line.\n"), 60)...)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		ndr.Read(ndr.NewMail(mailpart.Parse(raw, mailpart.Limits{})))
	}
}

// BenchmarkLarge reads a report that returns a message of 4 MB.
func BenchmarkLarge(b *testing.B) {
	raw := content(b, "testdata/mta/qmail-several.eml")
	raw = append(raw, bytes.Repeat([]byte("A line of the returned message, which nobody may read: <no@example.com>: 550\n"), 4<<20/77)...)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		ndr.Read(ndr.NewMail(mailpart.Parse(raw, mailpart.Limits{})))
	}
}
