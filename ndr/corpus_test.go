package ndr_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/ndr"
)

// corpusDir gives the folder of the evaluation mails, which are no part of the
// repository.
func corpusDir(t testing.TB) string {
	dir := os.Getenv("REBOUND_CORPUS")
	if dir == "" {
		dir = "../../shared/corpus"
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no evaluation mails: set REBOUND_CORPUS (%v)", err)
	}
	return dir
}

// sample is a mail of a corpus and the addresses that failed in it.
type sample struct {
	path string
	want []string
}

// samples reads the expectations of one set: those mails without a
// message/delivery-status part for which addresses are known.
func samples(t testing.TB, dir, set string) []sample {
	b, err := os.ReadFile(filepath.Join(dir, set, "expected.jsonl"))
	if err != nil {
		t.Skipf("no set %s: %v", set, err)
	}
	var list []sample
	for line := range strings.Lines(string(b)) {
		var row struct {
			File       string
			Recipients json.RawMessage
			Addresses  []string
			Recipient  string
			IsBounce   *bool `json:"is_bounce"`
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%s: %v", set, err)
		}
		want, known := wanted(row.Recipients, row.Addresses)
		if row.Recipient != "" {
			want, known = []string{strings.ToLower(row.Recipient)}, true
		}
		known = known || row.IsBounce != nil && !*row.IsBounce
		known = known && !slices.Contains(want, "") // an address that the label does not know
		if !known || row.IsBounce != nil && *row.IsBounce && len(want) == 0 {
			continue
		}
		list = append(list, sample{filepath.Join(dir, set, row.File), want})
	}
	return list
}

func wanted(raw json.RawMessage, addresses []string) (want []string, known bool) {
	var asObjects []struct {
		Recipient string
		Action    string
		Reason    string `json:"sisimai_reason"`
	}
	var asKinds struct{ Permanent, Temporary []string }
	var asStrings []string
	switch {
	case json.Unmarshal(raw, &asObjects) == nil && asObjects != nil:
		for _, o := range asObjects {
			if o.Reason == "feedback" || o.Reason == "vacation" {
				return nil, false
			}
			want = append(want, o.Recipient)
		}
	case json.Unmarshal(raw, &asStrings) == nil && asStrings != nil:
		want = asStrings
	case json.Unmarshal(raw, &asKinds) == nil:
		want = append(asKinds.Permanent, asKinds.Temporary...)
	case addresses != nil:
		want = addresses
	default:
		return nil, false
	}
	for i := range want {
		want[i] = strings.ToLower(strings.Trim(want[i], "<> "))
	}
	sort.Strings(want)
	return want, true
}

// readFile reads a mail of a corpus; standard says that it carries a standard
// report, which other packages read.
func readFile(t testing.TB, path string) (r ndr.Report, ok, standard bool) {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lower := bytes.ToLower(raw)
	for _, mediaType := range []string{"message/delivery-status", "message/feedback-report", "message/global-delivery-status"} {
		standard = standard || bytes.Contains(lower, []byte(mediaType))
	}
	r, ok = ndr.Read(ndr.NewMail(mailpart.Parse(raw, mailpart.Limits{})))
	return r, ok, standard
}

func recipientsOf(r ndr.Report) []string {
	var list []string
	for _, f := range r.Failures {
		list = append(list, strings.ToLower(f.Recipient))
	}
	sort.Strings(list)
	return list
}

// TestCorpus counts the mails of each set whose failed addresses are exactly
// those expected.
func TestCorpus(t *testing.T) {
	dir := corpusDir(t)
	for _, set := range []struct {
		name  string
		floor float64 // share of the mails that must come out right
	}{
		{"mtalab/notqmail", 1}, {"sisimai", 0.95}, {"flufl", 0.95}, {"bounceparser", 1}, {"bounce_email", 1}, {"dada-mail", 1},
		{"exim-testsuite", 1},
	} {
		t.Run(set.name, func(t *testing.T) {
			right, all := 0, 0
			for _, s := range samples(t, dir, set.name) {
				r, _, standard := readFile(t, s.path)
				if standard {
					continue
				}
				all++
				got := recipientsOf(r)
				if strings.Join(got, " ") == strings.Join(s.want, " ") {
					right++
					continue
				}
				t.Logf("%s: %s: got %q, want %q", s.path, r.Format, got, s.want)
			}
			t.Logf("%d of %d right", right, all)
			if float64(right) < set.floor*float64(all) {
				t.Errorf("only %d of %d right", right, all)
			}
		})
	}
}

// TestNegatives wants nothing out of mails that are no bounces.
func TestNegatives(t *testing.T) {
	for _, s := range samples(t, corpusDir(t), "negatives") {
		if r, ok, _ := readFile(t, s.path); ok && len(s.want) == 0 {
			t.Errorf("%s: %s: %q is no bounce", s.path, r.Format, recipientsOf(r))
		}
	}
}
