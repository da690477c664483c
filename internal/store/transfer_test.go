package store

import (
	"context"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/policy"
)

func TestCellsAreNoFormulasAndComeBack(t *testing.T) {
	for _, s := range []string{"", "kim@example.org", "=1+1", "+1", "-x", "@x", "'", "'=x", "''", "it's"} {
		guarded := guardCell(s)
		if guarded != "" && strings.ContainsRune("=+-@", rune(guarded[0])) {
			t.Errorf("%q is written as %q", s, guarded)
		}
		if back := unguardCell(guarded); back != s {
			t.Errorf("%q comes back as %q", s, back)
		}
	}
}

func TestParseWhen(t *testing.T) {
	want := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for _, s := range []string{"2026-03-02T10:00:00Z", "2026-03-02T11:00:00+01:00", "2026-03-02 10:00:00", "1772445600"} {
		if got := parseWhen(s); !got.Equal(want) {
			t.Errorf("parseWhen(%q) = %v", s, got)
		}
	}
	for _, s := range []string{"", "yesterday", "-5", "99x", "0"} {
		if got := parseWhen(s); !got.IsZero() {
			t.Errorf("parseWhen(%q) = %v", s, got)
		}
	}
}

// nowhere takes everything.
type nowhere struct{ blocks int }

func (n *nowhere) Check(_ context.Context, keys []policy.Key) ([]policy.Answer, error) {
	return make([]policy.Answer, len(keys)), nil
}

func (n *nowhere) AddSuppressions(_ context.Context, blocks []Block) ([]policy.Answer, error) {
	n.blocks += len(blocks)
	return make([]policy.Answer, len(blocks)), nil
}

func FuzzImport(f *testing.F) {
	f.Add("email,reason\nkim@example.org,x\n", true)
	f.Add("\"a@example.org\nb;c@example.org\n\x00", true)
	f.Add(`{"email":"kim@example.org","created":1}`+"\n\"lee@example.org\"\n{", false)
	f.Fuzz(func(t *testing.T, text string, isCSV bool) {
		im := Import{Format: NDJSON, Now: time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)}
		if isCSV {
			im.Format = CSV
		}
		to := &nowhere{}
		report, err := im.Read(t.Context(), to, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if report.Lines != report.Added+report.Already+report.Temporary+report.Bad || int64(to.blocks) != report.Added {
			t.Errorf("%+v, %d blocks", report, to.blocks)
		}
		if lines := int64(strings.Count(text, "\n") + 1); report.Lines > lines {
			t.Errorf("%d lines of %d", report.Lines, lines)
		}
	})
}

// onePage is a list of one page.
type onePage []Suppression

func (p onePage) Suppressions(context.Context, SuppressionFilter, string, int) ([]Suppression, string, error) {
	return p, "", nil
}

func (p onePage) AddSuppressions(context.Context, []Block) ([]policy.Answer, error) { return nil, nil }

func (p onePage) Release(context.Context, string, policy.Lift) (policy.Answer, error) {
	return policy.Answer{}, nil
}

func FuzzExport(f *testing.F) {
	f.Add("kim@example.org", "=cmd|x", "two\r\nlines")
	f.Fuzz(func(t *testing.T, address, by, note string) {
		var out strings.Builder
		n, err := Export(t.Context(), onePage{{Recipient: address, By: by, Note: note}}, &out, CSV, SuppressionFilter{})
		if err != nil || n != 1 {
			t.Fatal(n, err)
		}
		rows, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, %v in %q", len(rows), err, out.String())
		}
		for _, cell := range rows[1] {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("a formula: %q", cell)
			}
		}
	})
}
