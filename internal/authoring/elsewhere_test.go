package authoring

import (
	"os"
	"slices"
	"testing"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
)

// What generic phrases make of replies that they were not written for. The
// counts may rise: then raise them here. A change that lowers them has made the
// phrases narrower for servers that nobody has seen yet.
const (
	rightElsewhere     = 1232 // of the providers' examples, read without the providers' phrases
	forgottenElsewhere = 88   // at most this many are read as undetermined
)

// TestGenericPhrasesReadWhatProvidersSay stands for servers that are unknown:
// the codebook loses what it knows of providers, phrases and codes, and reads the providers' examples.
// Some of them nobody could read without knowing the provider ("RTR:BL"); none
// of them may cost a good address.
func TestGenericPhrasesReadWhatProvidersSay(t *testing.T) {
	generic, examples := withoutProviders(t)
	classifier := classify.New(generic)
	right, forgotten, total := 0, 0, 0
	for _, p := range examples {
		for _, text := range p.Match {
			v := classifier.Classify(classify.Input{Text: text})
			total++
			switch {
			case v.Reason == p.Reason:
				right++
			case v.Reason == codebook.Undetermined:
				forgotten++
			}
			if v.Decision == codebook.Suppress && !againstAddress(generic, p.Reason) {
				t.Errorf("%s is %s, but %s suppresses the recipient as %s: %q", p.ID, p.Reason, v.Rule, v.Reason, text)
			}
		}
	}
	t.Logf("%d of %d right, %d undetermined", right, total, forgotten)
	if right < rightElsewhere {
		t.Errorf("%d of %d examples read right, want at least %d", right, total, rightElsewhere)
	}
	if forgotten > forgottenElsewhere {
		t.Errorf("%d of %d examples undetermined, want at most %d", forgotten, total, forgottenElsewhere)
	}
}

// withoutProviders loads the codebook without the phrases and codes of
// providers, and returns those phrases that do not need the provider to be known.
func withoutProviders(t *testing.T) (*codebook.Codebook, []codebook.Phrase) {
	t.Helper()
	book, _, err := Load(os.DirFS(dataDir))
	if err != nil {
		t.Fatal(err)
	}
	records := book.Records()
	var examples []codebook.Phrase
	records.Phrases = slices.DeleteFunc(records.Phrases, func(p codebook.Phrase) bool {
		if p.Provider != "" && p.Reason != "" && !p.ProviderOnly {
			examples = append(examples, p)
		}
		return p.Provider != ""
	})
	records.Providers = slices.Clone(records.Providers)
	for i := range records.Providers {
		records.Providers[i].Codes = nil
	}
	generic, err := codebook.New(records)
	if err != nil {
		t.Fatal(err)
	}
	return generic, examples
}

// againstAddress reports whether a reason may suppress at all.
func againstAddress(book *codebook.Codebook, id codebook.Reason) bool {
	info, ok := book.Reason(id)
	return ok && info.Decision.Permanent == codebook.Suppress
}
