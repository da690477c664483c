package house

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/smtpcode"
)

// Every code of the five reference pages has a meaning that cites its page.
func TestEveryCodeOfTheReferencePagesCitesItsPage(t *testing.T) {
	book := codebook.Default()
	for page, codes := range seedCodes(t) {
		for code := range codes {
			if len(meaningsOf(book, code, page)) == 0 {
				t.Errorf("%s lists %s: codebook/data/codes has no meaning of %s for it", page, code, page)
			}
		}
	}
}

// The list of codes in testdata is what the pages have, no more and no less.
func TestListOfSeedCodesIsThatOfThePages(t *testing.T) {
	for page, listed := range seedCodes(t) {
		found := codesIn(seedPage(t, page))
		for _, code := range slices.Sorted(maps.Keys(found)) {
			if !listed[code] {
				t.Errorf("%s has %s: testdata/seed-codes.txt has not", page, code)
			}
		}
		for _, code := range slices.Sorted(maps.Keys(listed)) {
			if !found[code] {
				t.Errorf("testdata/seed-codes.txt gives %s to %s, which has it not", code, page)
			}
		}
	}
}

// The page of labels says hard, soft or info below each of its codes.
func TestLabelsOfTheLookupPageStandInTheCodebook(t *testing.T) {
	entry := regexp.MustCompile(`(?m)^([2-5][0-9]{2}|[245]\.[0-9]+\.[0-9]+)\n\n.+\n\n.+\n\n(Hard|Soft|Info)$`)
	entries := entry.FindAllStringSubmatch(seedPage(t, "S4"), -1)
	if len(entries) < 50 {
		t.Fatalf("only %d entries found", len(entries))
	}
	book := codebook.Default()
	for _, e := range entries {
		code, label := e[1], codebook.Label(strings.ToLower(e[2]))
		labelled := func(m codebook.Meaning) bool { return m.Label == label }
		if !slices.ContainsFunc(meaningsOf(book, code, "S4"), labelled) {
			t.Errorf("S4 labels %s %s: no meaning of S4 does", code, label)
		}
	}
}

// A seedReply is a reply that S3 explains, and the reason it gets.
type seedReply struct {
	code, status, word string
	reason             codebook.Reason
	deviates           bool // from S3's own explanation; the list says why
}

// The replies that S3 explains one by one get the reason that S3's explanation
// gives, or the one that the list in testdata gives grounds for.
func TestRepliesOfTheHostingPageAreReadAsItExplainsThem(t *testing.T) {
	line := regexp.MustCompile(`(?m)^[45][0-9]{2}(?: [45]\.[0-9]+\.[0-9]+|-[a-z0-9.]+ ESMTP) .*$`)
	texts := line.FindAllString(seedPage(t, "S3"), -1)
	book := codebook.Default()
	classifier := classify.New(book)
	for _, reply := range seedReplies(t) {
		own := slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return !reply.is(text) })
		if len(own) == 0 {
			t.Errorf("%s %s %s: no such reply on the page", reply.code, reply.status, reply.word)
		}
		for _, text := range own {
			verdict := classifier.Classify(classify.Input{Text: text})
			if verdict.Reason != reply.reason {
				t.Errorf("%s\n\tis %s by %s, want %s", text, verdict.Reason, verdict.Rule, reply.reason)
			}
		}
		if explained := reply.explained(book); explained == reply.deviates {
			t.Errorf("%s %s %s: a meaning of S3 with reason %s is in the codebook: %v; the list says otherwise",
				reply.code, reply.status, reply.word, reply.reason, explained)
		}
		texts = slices.DeleteFunc(texts, reply.is)
	}
	for _, text := range texts {
		t.Errorf("testdata/seed-replies.txt does not have: %s", text)
	}
}

func (r seedReply) is(text string) bool {
	found := smtpcode.Find(text)
	return found.Code.String() == r.code && (r.status == "-" || found.Status.String() == r.status) &&
		(r.word == "-" || strings.Contains(strings.ToLower(text), r.word))
}

// explained reports whether the codebook has the reason as a meaning of S3, for
// the reply code or the enhanced status code.
func (r seedReply) explained(book *codebook.Codebook) bool {
	given := append(meaningsOf(book, r.code, "S3"), meaningsOf(book, r.status, "S3")...)
	return slices.ContainsFunc(given, func(m codebook.Meaning) bool { return m.Reason == r.reason })
}

func seedReplies(t *testing.T) []seedReply {
	t.Helper()
	text, err := os.ReadFile("testdata/seed-replies.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []seedReply
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		if len(f) < 4 || !codebook.Reason(f[3]).IsKnown() {
			t.Fatalf("testdata/seed-replies.txt: %q", line)
		}
		list = append(list, seedReply{f[0], f[1], f[2], codebook.Reason(f[3]), len(f) > 4})
	}
	return list
}

// meaningsOf returns what a source says of a code, its record for both classes
// included.
func meaningsOf(book *codebook.Codebook, code, source string) []codebook.Meaning {
	record, ok := book.Code(code)
	if status, err := smtpcode.ParseStatus(code); !ok && err == nil {
		record = book.Status(status)
	}
	if record == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(record.Meanings), func(m codebook.Meaning) bool { return m.Source != source })
}

// seedCodes reads the list of codes by page.
func seedCodes(t *testing.T) map[string]map[string]bool {
	t.Helper()
	text, err := os.ReadFile("testdata/seed-codes.txt")
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]map[string]bool{}
	for line := range strings.Lines(string(text)) {
		page, codes, ok := strings.Cut(line, ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if pages[page] == nil {
			pages[page] = map[string]bool{}
		}
		for code := range strings.FieldsSeq(codes) {
			pages[page][code] = true
		}
	}
	if len(pages) != 5 {
		t.Fatalf("codes of %d pages, want 5", len(pages))
	}
	return pages
}

// seedPage returns the text of a reference page. The pages are not part of the
// repository: where they are not at hand the test is skipped.
func seedPage(t *testing.T, page string) string {
	t.Helper()
	folder := os.Getenv("REBOUND_SEEDS")
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "seeds")
	}
	names, err := filepath.Glob(filepath.Join(folder, page+"-*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Skipf("no reference page %s in %s; REBOUND_SEEDS names the folder", page, folder)
	}
	text, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// codesIn finds the reply codes, enhanced status codes and classes of either
// that a page writes, in the form of the codebook.
func codesIn(page string) map[string]bool {
	found := map[string]bool{}
	reply := regexp.MustCompile(`(?:^|[^0-9A-Za-z.?/-])([2-5](?:[0-9]{2}|xx))( (?:Error )?Codes|[^0-9]|$)`)
	for _, m := range reply.FindAllStringSubmatch(page, -1) {
		if isHeading := strings.HasSuffix(m[2], "Codes"); !isHeading {
			found[m[1]] = true
		}
	}
	status := regexp.MustCompile(`(?:^|[^0-9A-Za-z.])([245X])\.([0-9]{1,3}|[XxYy]+)\.([0-9]{1,3}|[XxYy]+)`)
	for _, m := range status.FindAllStringSubmatch(page, -1) {
		code := place(m[1]) + "." + place(m[2]) + "." + place(m[3])
		if code != "x.x.x" {
			found[code] = true
		}
	}
	return found
}

// place is x for a place that the page leaves open.
func place(s string) string {
	if s[0] >= '0' && s[0] <= '9' {
		return s
	}
	return "x"
}
