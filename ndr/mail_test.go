package ndr_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/ndr"
)

var updateMTA = flag.Bool("update-mta", false, "write testdata/mta/*.json from what is read now")

// readMail reads a mail; nil if it is no report.
func readMail(raw []byte) *wantReport {
	r, ok := ndr.Read(ndr.NewMail(mailpart.Parse(raw, mailpart.Limits{})))
	if !ok {
		return nil
	}
	w := wantOf(r)
	return &w
}

// TestMails reads each mail in testdata/mta and compares with the file of the
// same name; mails whose name begins with "none-" are no reports.
func TestMails(t *testing.T) {
	for _, path := range mails(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".eml")
		t.Run(name, func(t *testing.T) {
			got := readMail(content(t, path))
			if strings.HasPrefix(name, "none-") {
				if got != nil {
					t.Errorf("read as a report: %+v", got)
				}
				return
			}
			compare(t, strings.TrimSuffix(path, ".eml")+".json", got)
		})
	}
}

func compare(t *testing.T, path string, got *wantReport) {
	if *updateMTA {
		b, err := json.MarshalIndent(got, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := new(wantReport)
	if err := json.Unmarshal(content(t, path), want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func content(t testing.TB, path string) []byte {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func mails(t testing.TB) []string {
	paths, err := filepath.Glob("testdata/mta/*.eml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no mails in testdata/mta: %v", err)
	}
	return paths
}

// TestLineEnds reads each mail with other line ends and wants the same.
func TestLineEnds(t *testing.T) {
	for _, path := range mails(t) {
		raw := content(t, path)
		want := readMail(raw)
		for _, end := range []string{"\r\n", "\r"} {
			if diff := cmp.Diff(want, readMail(bytes.ReplaceAll(raw, []byte("\n"), []byte(end)))); diff != "" {
				t.Errorf("%s with %q (-want +got)\n%s", path, end, diff)
			}
		}
	}
}

// TestCutShort cuts each mail at many places: no recipient may appear that the
// mail does not name.
func TestCutShort(t *testing.T) {
	for _, path := range mails(t) {
		raw := content(t, path)
		for i := range 40 {
			got := readMail(raw[:len(raw)*i/40])
			if got == nil {
				continue
			}
			for _, f := range got.Failures {
				local, _, _ := strings.Cut(f.Recipient, "@")
				if !bytes.Contains(raw, []byte(local)) {
					t.Errorf("%s cut at %d/40: %q is not in the mail", path, i, f.Recipient)
				}
			}
		}
	}
}
