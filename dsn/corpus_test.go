package dsn_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rebound-mail/rebound/dsn"
	"github.com/rebound-mail/rebound/mailpart"
)

// TestCorpus reads every mail that has a delivery status by its media type: each must give recipients with an address and an action, the same ones with
// any line ends. The corpora are not part of the repository.
func TestCorpus(t *testing.T) {
	root := os.Getenv("REBOUND_CORPUS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "corpus")
	}
	reports, recipients, complete := 0, 0, 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) == ".jsonl" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
		report, ok := dsn.Read(mailpart.Parse(raw, mailpart.Limits{}))
		if !ok {
			return nil
		}
		reports++
		for _, r := range report.Recipients {
			recipients++
			if (!r.Final.IsZero() || !r.Original.IsZero()) && r.Action != dsn.ActionUnknown {
				complete++
			}
		}
		again, ok := dsn.Read(mailpart.Parse(bytes.ReplaceAll(raw, []byte("\n"), []byte("\r")), mailpart.Limits{}))
		if !ok {
			t.Errorf("%s: with lone CRs there is no report", path)
			return nil
		}
		if diff := cmp.Diff(report, again, cmpopts.IgnoreFields(dsn.Report{}, "Part", "Text", "Returned")); diff != "" {
			t.Errorf("%s: with lone CRs (-LF +CR):\n%s", path, diff)
		}
		return nil
	})
	if err != nil || reports == 0 {
		t.Skipf("no corpora (set REBOUND_CORPUS): %v", err)
	}
	if complete*100 < recipients*98 {
		t.Errorf("%d reports: only %d of %d recipients have an address and an action", reports, complete, recipients)
	}
	t.Logf("%d reports, %d recipients, %d complete", reports, recipients, complete)
}
