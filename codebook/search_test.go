package codebook

import (
	"slices"
	"strings"
	"testing"
)

func TestSearchFindsWhatIsMeantFirst(t *testing.T) {
	c := Default()
	for query, want := range map[string]string{
		"550":              "code 550",
		"mailbox-full":     "reason mailbox-full",
		"mailbox full":     "reason mailbox-full",
		"mailbx full":      "reason mailbox-full",
		"greylsited":       "reason greylisted",
		"greylisting":      "reason greylisted",
		"grelisting":       "reason greylisted",
		"gmail":            "provider gmail",
		"gmial":            "provider gmail",
		"rfc5321":          "source rfc5321",
		"x.2.2":            "code X.2.2",
		"gmail/over-quota": "",
	} {
		if want == "" || strings.HasPrefix(want, "code") && len(c.Records().Codes) == 0 {
			continue
		}
		hits := c.Search(query)
		if len(hits) == 0 || string(hits[0].Kind)+" "+hits[0].ID != want {
			t.Errorf("%q: want %s first, got %v", query, want, hits[:min(3, len(hits))])
		}
	}
}

func TestSearchByFamilyFindsItsMembersOnly(t *testing.T) {
	c := mustNew(t, sample())
	codes := func(query string) []string {
		var ids []string
		for _, h := range c.Search(query) {
			if h.Kind == KindCode {
				ids = append(ids, h.ID)
			}
		}
		slices.Sort(ids)
		return ids
	}
	for query, want := range map[string][]string{
		"55x": {"550"}, "4.x": {"X.2.2"}, "5.2.x": {"5.2.2", "X.2.2"}, "5.2": {"5.2.2"}, "2.2": {"5.2.2", "X.2.2"}, "4.2.2": {"X.2.2"}, "499": nil,
	} {
		if got := codes(query); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

func TestSearchIsDeterministicAndQuietOnNothing(t *testing.T) {
	c := Default()
	for _, query := range []string{"", "  ", "...", "%", "zzzzqqqqxxxx", strings.Repeat("word ", 1000), strings.Repeat("a", 100000), "\xff\xfe"} {
		first := c.Search(query)
		if !slices.Equal(first, c.Search(query)) {
			t.Errorf("%.20q: two searches differ", query)
		}
	}
	if hits := c.Search("zzzzqqqqxxxx"); len(hits) != 0 {
		t.Errorf("nonsense finds %v", hits)
	}
}

func TestSearchOrdersCodesByNumber(t *testing.T) {
	hits := Default().Search("5.7", KindCode)
	at := func(id string) int { return slices.IndexFunc(hits, func(h Hit) bool { return h.ID == id }) }
	if two, ten := at("5.7.2"), at("5.7.10"); two < 0 || ten < 0 || two > ten {
		t.Errorf("5.7.2 is hit %d, 5.7.10 hit %d", two, ten)
	}
}

func TestSearchTakesNoNameForAMisspelling(t *testing.T) {
	for _, h := range Default().Search("gmail", KindReason) {
		if h.ID == "mailbox-full" {
			t.Error("gmail is a word of its own, not a misspelt mail")
		}
	}
}

// No phrase that has more of the words may hide the reasons, where only reasons
// are wanted.
func TestSearchCountsOnlyTheKindsWanted(t *testing.T) {
	c := Default()
	const query = "gmail over-quota mailbox-full unread"
	hits := c.Search(query, KindReason)
	if len(hits) == 0 || hits[0].ID != "mailbox-full" {
		t.Errorf("got %v", hits[:min(3, len(hits))])
	}
	for _, h := range hits {
		if h.Kind != KindReason {
			t.Errorf("%s %s is no reason", h.Kind, h.ID)
		}
	}
}

func TestNearlySame(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{"gmail", "gmial", true}, {"gmail", "gmal", true}, {"spf", "spx", false}, {"greylisted", "graylsited", true},
		{"quota", "queue", false}, {"unknown", "unkown", true}, {"a", "b", false}, {"permanent", "temporary", false},
	} {
		if got := nearlySame(tc.a, tc.b); got != tc.want {
			t.Errorf("%s %s: got %v", tc.a, tc.b, got)
		}
	}
}

func FuzzSearch(f *testing.F) {
	for _, seed := range []string{"550", "5.7.x", "mailbox full", "x.", "X.2.2", "9", "greylsited", "ß", "...5"} {
		f.Add(seed)
	}
	c := mustNew(f, sample())
	f.Fuzz(func(t *testing.T, query string) {
		for _, h := range c.Search(query) {
			if h.ID == "" || h.Score <= 0 {
				t.Errorf("%q: empty hit %+v", query, h)
			}
		}
	})
}
