package authoring

import (
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/codebook"
)

var mdLink = regexp.MustCompile(`\]\(([a-z0-9.-]*\.md(?:#[^)]*)?)\)`)

// small is a codebook that stands alone, with one of everything.
func small() codebook.Records {
	rec := base()
	rec.Codes = []codebook.Code{
		{Code: "541", Standing: codebook.Folklore, Title: "No answer, or policy", Reason: codebook.Undetermined, Strength: codebook.StrengthNone,
			Why: "The pages contradict each other.", Meanings: []codebook.Meaning{
				{Source: "S3", Says: "No answer | from <host>.", Label: codebook.LabelHard, Reason: codebook.ConnectionFailed},
				{Source: "rfc5321", Says: "Policy.", Label: codebook.LabelSoft, Reason: codebook.PolicyViolation}}},
		{Code: "X.7.10", Title: "Ten"}, {Code: "5.7.9", Title: "Nine"}, {Code: "X.7.9", Title: "Nine"}, {Code: "5xx", Title: "Failed"},
		{Code: "x.7.x", Title: "Security"}, {Code: "4.x.x", Title: "Later"},
	}
	rec.Providers = []codebook.Provider{
		{ID: "post", Name: "Post", Kind: "mailbox", Hosts: []string{"mx.example.net"}, Tokens: []string{"postsmtp"}},
		{ID: "list", Name: "List", Kind: "blocklist", Lists: "Spammers.", Delisting: "https://list.example/removal"},
	}
	rec.Phrases = []codebook.Phrase{
		{ID: "post/b", Provider: "post", Words: []string{"second words"}, Reason: codebook.Virus, Match: []string{"550 second|words"}},
		{ID: "generic/a", Words: []string{`the "first" words`}, Reason: codebook.Virus},
	}
	return rec
}

func generate(t *testing.T, rec codebook.Records) Output {
	t.Helper()
	out, err := Generate(rec)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestGenerateDependsOnTheRecordsOnly(t *testing.T) {
	rec := small()
	first := generate(t, rec)
	slices.Reverse(rec.Codes)
	slices.Reverse(rec.Phrases)
	slices.Reverse(rec.Reasons)
	if diff := cmp.Diff(first, generate(t, rec)); diff != "" {
		t.Errorf("the order of records shows: %s", diff)
	}
}

func TestGeneratedTablesAreMarkedAndFormatted(t *testing.T) {
	for name, text := range generate(t, small()) {
		if filepath.Ext(name) != ".go" {
			continue
		}
		if !strings.HasPrefix(string(text), "// Code generated ") || !strings.Contains(string(text), "DO NOT EDIT.\n") {
			t.Errorf("%s is not marked as generated", name)
		}
		formatted, err := format.Source(text)
		if err != nil || string(formatted) != string(text) {
			t.Errorf("%s is not gofmt-clean: %v", name, err)
		}
	}
}

func TestGenerateSplitsPhrasesByKindOfProvider(t *testing.T) {
	names := slices.Sorted(maps.Keys(generate(t, small())))
	for _, want := range []string{"codebook/gen_phrases_generic.go", "codebook/gen_phrases_mailbox.go", "codebook/phrases.bin", "docs/reference/reply-5xx.md"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not generated, only %q", want, names)
		}
	}
}

func TestWriteMakesStaleFilesFreshAndRemovesLeftovers(t *testing.T) {
	root := t.TempDir()
	out := generate(t, small())
	if err := out.Write(root); err != nil {
		t.Fatal(err)
	}
	stale, err := out.Stale(root)
	if err != nil || len(stale) > 0 {
		t.Fatalf("stale after writing: %q, %v", stale, err)
	}
	write(t, root, "codebook/gen_phrases_old.go", "package codebook")
	write(t, root, "codebook/gen_none.go", "package codebook") // written by hand: stays
	write(t, root, "codebook/codebook.go", "package codebook")
	write(t, root, "docs/reference/old.md", "# Old")
	write(t, root, "docs/reference/reasons.md", "# Edited by hand")
	if err := os.Remove(filepath.Join(root, "codebook", "phrases.bin")); err != nil {
		t.Fatal(err)
	}
	want := []string{"codebook/gen_phrases_old.go", "codebook/phrases.bin", "docs/reference/old.md", "docs/reference/reasons.md"}
	if stale, err = out.Stale(root); err != nil || !slices.Equal(stale, want) {
		t.Errorf("stale: got %q, %v, want %q", stale, err, want)
	}
	if err := out.Write(root); err != nil {
		t.Fatal(err)
	}
	if stale, err = out.Stale(root); err != nil || len(stale) > 0 {
		t.Errorf("still stale: %q, %v", stale, err)
	}
	if _, err := os.Stat(filepath.Join(root, "codebook", "gen_none.go")); err != nil {
		t.Error("a file written by hand was removed")
	}
}

func write(t *testing.T, root, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(name)), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestReferenceShowsDisagreementsSideBySide(t *testing.T) {
	out := generate(t, small())
	page := string(out["docs/reference/reply-5xx.md"])
	for _, want := range []string{
		"## 541 No answer, or policy", `| [S3](sources.md#s3) | No answer \| from &lt;host&gt;. | hard | [` + "`connection-failed`",
		"| [rfc5321](sources.md#rfc5321) | Policy. | soft |", "**Why this reading:** The pages contradict each other.", "Known from reference pages only",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("reply-5xx.md lacks %q:\n%s", want, page)
		}
	}
	if index := string(out["docs/reference/README.md"]); !strings.Contains(index, "[541](reply-5xx.md#c541)") {
		t.Errorf("the index does not list 541 among the disagreements:\n%s", index)
	}
}

func TestReferenceOrdersCodesAsNumbers(t *testing.T) {
	page := string(generate(t, small())["docs/reference/status-x.7.x.md"])
	last := -1
	for _, id := range []string{"cx-7-x", "cx-7-9", "c5-7-9", "cx-7-10"} {
		at := strings.Index(page, `<a id="`+id+`">`)
		if at < last || at < 0 {
			t.Errorf("%s stands at %d, after %d:\n%s", id, at, last, page)
		}
		last = at
	}
}

func TestReferenceLinksLeadSomewhere(t *testing.T) {
	book, _, err := Load(os.DirFS(dataDir))
	if err != nil {
		t.Fatal(err)
	}
	sound, wrong := Sound(book.Records())
	if sound == nil {
		t.Fatal(wrong)
	}
	out := generate(t, sound.Records())
	links := 0
	for name, text := range out {
		if filepath.Ext(name) != ".md" {
			continue
		}
		for _, m := range mdLink.FindAllStringSubmatch(string(text), -1) {
			links++
			page, anchor, _ := strings.Cut(m[1], "#")
			target, ok := out[referenceDir+"/"+page]
			if !ok || anchor != "" && !strings.Contains(string(target), `<a id="`+anchor+`">`) {
				t.Errorf("%s: dead link %s", name, m[1])
			}
		}
	}
	if links == 0 {
		t.Error("no links found")
	}
}
