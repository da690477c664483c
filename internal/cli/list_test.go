package cli

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/rebound-mail/rebound/internal/store"
)

func TestAListIsReadAsPeopleHaveIt(t *testing.T) {
	const text = "email,reason\nkim@example.org,zu spät\n"
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	var wide []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	for name, tt := range map[string]struct{ in, wrong string }{
		"plain":       {in: text},
		"gzip":        {in: packed.String()},
		"UTF-16":      {in: string(wide)},
		"spreadsheet": {in: "PK\x03\x04...", wrong: "a ZIP archive or a spreadsheet; save the list in it as CSV"},
		"binary":      {in: "\x00\x01\x02\x03", wrong: "no text"},
		"cut gzip":    {in: "\x1f\x8b\x08", wrong: "damaged"},
	} {
		r, err := readList("list", strings.NewReader(tt.in))
		if tt.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != text {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]store.Format{"a.ndjson.gz": store.NDJSON, "a.json": store.NDJSON, "a.csv.gz": store.CSV, "a.gz": store.CSV, "-": store.CSV} {
		if got := formatOf("", name); got != want {
			t.Errorf("%s is taken for %s", name, got)
		}
	}
	if r, err := readList("empty", strings.NewReader("")); err != nil || r == nil {
		t.Error(err)
	}
}
