package ndr

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/mailpart"
)

// FuzzDecoders gives a mail to every decoder, whether its marks occur or not.
func FuzzDecoders(f *testing.F) {
	files, _ := filepath.Glob("testdata/hosted/*.eml")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := NewMail(mailpart.Parse(raw, mailpart.Limits{}))
		for i := range table {
			r, ok := table[i].read(m)
			if ok && len(r.Failures) == 0 {
				t.Errorf("%s: a report without a failure", table[i].format)
			}
			for _, failure := range finish(m, r, table[i].format).Failures {
				if strings.ContainsAny(failure.Recipient, "\n\r") {
					t.Errorf("%s: recipient %q", table[i].format, failure.Recipient)
				}
				if !utf8.ValidString(failure.Diagnostic) || strings.ContainsAny(failure.Diagnostic, "\n\r") || len(failure.Diagnostic) > 4*maxDiagnostic {
					t.Errorf("%s: diagnostic of %d bytes: %.80q", table[i].format, len(failure.Diagnostic), failure.Diagnostic)
				}
			}
		}
	})
}
