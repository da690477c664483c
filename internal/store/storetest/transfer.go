package storetest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

func testTransfer(t *testing.T, b *bench) {
	b.apply(t, Bounce("kim@example.org", codebook.UserUnknown, "1@s.example", began), Kind(event.Complaint, "lee@example.org", "news", "1@s.example", began))
	_, err := b.AddSuppressions(t.Context(), []store.Block{{Recipient: "=x@example.org", Block: policy.Block{By: "ops", Note: "-1, \"quoted\"\nlines", Reason: codebook.Complaint}}})
	ok(t, err)
	for _, id := range []string{"1", "2", "3"} {
		b.apply(t, Bounce("soft@example.org", codebook.MailboxFull, id+"@s.example", began))
	}
	want := listAll(t, b, store.SuppressionFilter{}, 10)
	for _, format := range []store.Format{store.CSV, store.NDJSON} {
		var file bytes.Buffer
		n, err := store.Export(t.Context(), b, &file, format, store.SuppressionFilter{})
		ok(t, err)
		if n != 4 {
			t.Errorf("%s: %d entries", format, n)
		}
		other := newBench(t, b.make)
		im := store.Import{Format: format, DryRun: true, By: "import", Now: b.now()}
		report, err := im.Read(t.Context(), other, bytes.NewReader(file.Bytes()))
		ok(t, err)
		expect := store.ImportReport{Lines: 4, Added: 3, Temporary: 1}
		if diff := cmp.Diff(expect, report); diff != "" {
			t.Errorf("%s, dry: %s", format, diff)
		}
		if list := listAll(t, other, store.SuppressionFilter{}, 10); len(list) != 0 {
			t.Errorf("%s: a dry run added %+v", format, list)
		}
		im.DryRun = false
		report, err = im.Read(t.Context(), other, bytes.NewReader(file.Bytes()))
		ok(t, err)
		if diff := cmp.Diff(expect, report); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
		list := listAll(t, other, store.SuppressionFilter{}, 10)
		if len(list) != 3 {
			t.Fatalf("%s: %+v", format, list)
		}
		for i, got := range list {
			if got.Recipient != want[i].Recipient || got.Stream != want[i].Stream || got.Reason != want[i].Reason || got.Ground != policy.GroundBlock {
				t.Errorf("%s: got %+v, want %+v", format, got, want[i])
			}
		}
		if report, err = im.Read(t.Context(), other, &file); err != nil || report.Added != 0 || report.Already != 3 {
			t.Errorf("%s again: %+v, %v", format, report, err)
		}
	}
	testForeignLists(t, b)
}

// testForeignLists imports lists as other systems write them, damaged ones too.
func testForeignLists(t *testing.T, b *bench) {
	for name, c := range map[string]struct {
		format store.Format
		text   string
		want   store.ImportReport
	}{
		"bare addresses": {store.CSV, "a1@example.org\r\n\r\na2@example.org\na1@EXAMPLE.org", store.ImportReport{Lines: 3, Added: 2, Already: 1}},
		"a header":       {store.CSV, "\ufeffStatus;Email Address;Reason\nx;b1@example.org;Invalid\ny;;none\n", store.ImportReport{Lines: 2, Added: 1, Bad: 1}},
		"quotes":         {store.CSV, "email,reason\n\"c1@example.org\",\"a, b\"\n\"c2@example.org,x\nc3@example.org,y\n", store.ImportReport{Lines: 3, Added: 2, Bad: 1}},
		"objects":        {store.NDJSON, `{"email":"d1@example.org","created":1700000000}` + "\n" + `"d2@example.org"` + "\n{}\n{\n", store.ImportReport{Lines: 4, Added: 2, Bad: 2}},
		"a long line":    {store.CSV, "e1@example.org\n" + strings.Repeat("x", 1<<20) + "\ne2@example.org\n", store.ImportReport{Lines: 3, Added: 2, Bad: 1}},
		"nothing":        {store.CSV, "", store.ImportReport{}},
	} {
		for _, dry := range []bool{true, false} {
			im := store.Import{Format: c.format, DryRun: dry, Now: b.now()}
			got, err := im.Read(t.Context(), b, strings.NewReader(c.text))
			ok(t, err)
			if int64(len(got.Problems)) != got.Bad {
				t.Errorf("%s: %d problems told, %d bad lines", name, len(got.Problems), got.Bad)
			}
			got.Problems = nil
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (dry %v): %s", name, dry, diff)
			}
		}
	}
	b.sound(t)
}
