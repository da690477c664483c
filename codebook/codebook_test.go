package codebook

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/phrase"
	"github.com/rebound-mail/rebound/smtpcode"
)

// sample is a small codebook with one of everything.
func sample() Records {
	return Records{
		Sources: []Source{{ID: "rfc3463", Title: "RFC 3463"}, {ID: "S3", Title: "A page"}},
		Reasons: []ReasonInfo{{ID: MailboxFull, Title: "Mailbox full", Category: CategoryRecipient}, {ID: UserUnknown, Title: "No such mailbox"}},
		Codes: []Code{
			{Code: "X.2.2", Standing: Standard, Title: "Mailbox full", Reason: MailboxFull, Strength: StrengthStrong,
				Meanings: []Meaning{{Source: "rfc3463", Says: "Over quota."}}},
			{Code: "5.2.2", Why: "S3 is stricter.", Meanings: []Meaning{{Source: "S3", Says: "Full."}}},
			{Code: "550", Title: "Mailbox unavailable", Reason: UserUnknown, Strength: StrengthWeak},
			{Code: "5xx", Title: "Failed"},
			{Code: "x.1.x", Title: "Addresses"},
		},
		Providers: []Provider{
			{ID: "post", Name: "Post", Kind: "mailbox", Hosts: []string{"mx.example.net", "example.com"}, Tokens: []string{"postsmtp"},
				Domains: []string{"post.example", "*.mail.example"}, Codes: []ProviderCode{
					{Code: "550", Reason: Blocked}, {Code: "x.7.1", Reason: SpamContent}, {Code: "5.7.1", Reason: LowReputation},
					{Code: "421 4.7.0", Reason: RateLimited}, {Code: "4xx", Reason: Greylisted}}},
			{ID: "inner", Name: "Inner", Kind: "mta", Hosts: []string{"deep.mx.example.net"}},
		},
		Phrases: []Phrase{
			{ID: "z/wraps", Words: []string{"host said"}, Wrapper: true},
			{ID: "post/full", Provider: "post", Words: []string{"over quota", "{full}"}, Reason: MailboxFull, Strength: StrengthExact,
				Codes: []string{"5xx", "none"}, Regexp: "(?i)quota|full"},
			{ID: "a/later", Words: []string{"try again later"}, Lasting: Temporary},
			{ID: "a/gone", Words: []string{"was gone"}, Reason: UserUnknown, Withdrawn: "2020-01-01"},
			{ID: "a/unknown", Words: []string{"user unknown"}, Reason: UserUnknown, Strength: StrengthWeak},
		},
		Sets: []WordSet{{Name: "full", Words: []string{"mailbox full", "box is full"}}},
	}
}

func mustNew(t testing.TB, rec Records) *Codebook {
	t.Helper()
	c, err := New(rec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestStatusInheritsFromTheRecordForBothClasses(t *testing.T) {
	c := mustNew(t, sample())
	own := c.Status(smtpcode.Status{Class: 5, Subject: 2, Detail: 2})
	want := &Code{Code: "5.2.2", Standing: Standard, Title: "Mailbox full", Reason: MailboxFull, Strength: StrengthStrong, Why: "S3 is stricter.",
		Meanings: []Meaning{{Source: "S3", Says: "Full."}, {Source: "rfc3463", Says: "Over quota."}}}
	if diff := cmp.Diff(want, own); diff != "" {
		t.Error(diff)
	}
	if byID, ok := c.Code("5.2.2"); !ok || byID != own {
		t.Error("Code and Status differ on 5.2.2")
	}
	if got := c.Status(smtpcode.Status{Class: 4, Subject: 2, Detail: 2}); got == nil || got.Code != "X.2.2" {
		t.Errorf("4.2.2: got %v, want the record X.2.2", got)
	}
	if got := c.Status(smtpcode.Status{Class: 4, Subject: 9, Detail: 9}); got != nil {
		t.Errorf("4.9.9: got %v, want none", got)
	}
	if got := c.Status(smtpcode.Status{}); got != nil {
		t.Errorf("no status: got %v, want none", got)
	}
	if rec := c.Records(); rec.Codes[0].Code != "5.2.2" || rec.Codes[0].Title != "" {
		t.Error("inheriting changed the record itself")
	}
}

func TestCodesAreFoundAsTheyAreWritten(t *testing.T) {
	c := mustNew(t, sample())
	for id, title := range map[string]string{"550": "Mailbox unavailable", "5XX": "Failed", "X.1.x": "Addresses", "x.2.2": "Mailbox full", "4.2.2": "", "": ""} {
		got, ok := c.Code(id)
		if ok != (title != "") || ok && got.Title != title {
			t.Errorf("%q: got %v, want title %q", id, got, title)
		}
	}
	for code, want := range map[smtpcode.Code]bool{550: true, 551: false, 0: false, 999: false} {
		if got := c.ReplyCode(code); (got != nil) != want {
			t.Errorf("reply code %d: got %v", code, got)
		}
	}
}

func TestProviderByHostTakesTheLongestSuffixOfLabels(t *testing.T) {
	c := mustNew(t, sample())
	for host, want := range map[string]string{
		"mx.example.net": "post", "a.mx.example.net.": "post", "DEEP.mx.Example.NET": "inner", "x.deep.mx.example.net": "inner",
		"notmx.example.net": "", "example.net": "", "net": "", "": "", ".": "", "mail.example.com": "post", "badexample.com": "",
		strings.Repeat("a.", 4000) + "example.com": "",
	} {
		got := ""
		if p := c.ProviderByHost(host); p != nil {
			got = p.ID
		}
		if got != want {
			t.Errorf("%.60q: got %q, want %q", host, got, want)
		}
	}
}

func TestProviderByDomain(t *testing.T) {
	c := mustNew(t, sample())
	for domain, want := range map[string]string{
		"post.example": "post", "Post.Example.": "post", "sub.post.example": "", "a.mail.example": "post", "b.a.mail.example": "post",
		"mail.example": "", "": "",
	} {
		got := ""
		if p := c.ProviderByDomain(domain); p != nil {
			got = p.ID
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", domain, got, want)
		}
	}
}

func TestProviderCodeTakesTheMostExactReading(t *testing.T) {
	c := mustNew(t, sample())
	for _, tc := range []struct {
		code   smtpcode.Code
		status string
		want   Reason
	}{
		{550, "", Blocked}, {550, "5.7.1", LowReputation}, {0, "4.7.1", SpamContent}, {421, "4.7.0", RateLimited}, {421, "", Greylisted},
		{0, "4.7.0", ""}, {0, "", ""}, {250, "2.0.0", ""},
	} {
		var status smtpcode.Status
		if tc.status != "" {
			var err error
			if status, err = smtpcode.ParseStatus(tc.status); err != nil {
				t.Fatal(err)
			}
		}
		got := Reason("")
		if own, ok := c.ProviderCode("post", tc.code, status); ok {
			got = own.Reason
		}
		if got != tc.want {
			t.Errorf("%d %s: got %q, want %q", tc.code, tc.status, got, tc.want)
		}
	}
	if _, ok := c.ProviderCode("nobody", 550, smtpcode.Status{}); ok {
		t.Error("an unknown provider has a reading")
	}
}

func TestRulesStandForWhatMatched(t *testing.T) {
	c := mustNew(t, sample())
	for text, want := range map[string]struct {
		kind RuleKind
		id   string
		rank uint8
	}{
		"552 mailbox full":           {Cause, "post/full", 2},
		"you are over quota":         {Cause, "post/full", 2},
		"please try again later":     {Modifier, "a/later", 1},
		"550 user unknown":           {Cause, "a/unknown", 0},
		"host said: 550":             {Wrapper, "z/wraps", 1},
		"250 ok 1234 postsmtp":       {Marker, "", 0},
		"the mailbox that was gone?": {},
	} {
		matches := c.Set().Scan(text, new(phrase.Scratch))
		if want.kind == 0 {
			if len(matches) > 0 {
				t.Errorf("%q: matched %v, want nothing", text, matches)
			}
			continue
		}
		if len(matches) != 1 {
			t.Errorf("%q: got %d matches, want 1", text, len(matches))
			continue
		}
		r := c.Rule(int(matches[0].ID))
		id := ""
		if r.Phrase != nil {
			id = r.Phrase.ID
		}
		if r.Kind != want.kind || id != want.id || r.Rank != want.rank {
			t.Errorf("%q: got %v %q rank %d, want %v %q rank %d", text, r.Kind, id, r.Rank, want.kind, want.id, want.rank)
		}
		if r.Kind == Marker && r.Provider.ID != "post" {
			t.Errorf("%q: marks %q", text, r.Provider.ID)
		}
	}
}

func TestRuleLimits(t *testing.T) {
	c := mustNew(t, sample())
	for i := range c.Rules() {
		r := c.Rule(i)
		if r.Phrase == nil || r.Phrase.ID != "post/full" {
			if !r.AllowsCode(450, smtpcode.Status{}) || r.Regexp() != nil {
				t.Errorf("rule %d has limits", i)
			}
			continue
		}
		if !r.AllowsCode(550, smtpcode.Status{}) || r.AllowsCode(450, smtpcode.Status{}) || !r.AllowsCode(0, smtpcode.Status{}) {
			t.Error("limits 5xx and none are not kept")
		}
		if r.AllowsCode(0, smtpcode.Status{Class: 5, Subject: 2, Detail: 2}) {
			t.Error("a text with another code was taken for one without")
		}
		if !r.Regexp().MatchString("QUOTA") || r.Provider.ID != "post" {
			t.Error("regexp or provider lost")
		}
	}
}

func TestNewSaysWhichRecordIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		change      func(*Records)
		kind        Kind
		id, field   string
		syntaxError bool
	}{
		"pattern":   {func(r *Records) { r.Phrases[0].Words = []string{"fine", "(open"} }, KindPhrase, "z/wraps", "words.1", true},
		"token":     {func(r *Records) { r.Providers[0].Tokens = []string{"fine", "{nosuchset} x"} }, KindProvider, "post", "tokens.1", true},
		"code":      {func(r *Records) { r.Codes[0].Code = "5.2" }, KindCode, "5.2", "code", false},
		"limit":     {func(r *Records) { r.Phrases[1].Codes = []string{"6xx"} }, KindPhrase, "post/full", "codes", false},
		"regexp":    {func(r *Records) { r.Phrases[1].Regexp = "(" }, KindPhrase, "post/full", "regexp", false},
		"own code":  {func(r *Records) { r.Providers[0].Codes[0].Code = "5.7.1 550" }, KindProvider, "post", "codes", false},
		"own pair":  {func(r *Records) { r.Providers[0].Codes[0].Code = "550 551" }, KindProvider, "post", "codes", false},
		"no digits": {func(r *Records) { r.Providers[0].Codes[0].Code = "" }, KindProvider, "post", "codes", false},
	} {
		t.Run(name, func(t *testing.T) {
			rec := sample()
			tc.change(&rec)
			_, err := New(rec)
			var record *RecordError
			if !errors.As(err, &record) {
				t.Fatalf("got %v, want a RecordError", err)
			}
			if record.Kind != tc.kind || record.ID != tc.id || record.Field != tc.field {
				t.Errorf("got %s %q %s, want %s %q %s", record.Kind, record.ID, record.Field, tc.kind, tc.id, tc.field)
			}
			var syntax *phrase.SyntaxError
			if errors.As(err, &syntax) != tc.syntaxError {
				t.Errorf("a SyntaxError within: %v, want %v", !tc.syntaxError, tc.syntaxError)
			}
		})
	}
}

func TestMergeOverridesByIDAndLeavesItsArgumentsAlone(t *testing.T) {
	base, over := sample(), Records{
		Codes:     []Code{{Code: "x.2.2", Title: "Ours"}},
		Providers: []Provider{{ID: "post", Codes: []ProviderCode{{Code: "550", Reason: Virus}, {Code: "551", Reason: Blocked}}}, {ID: "inner", Name: "New"}},
		Phrases:   []Phrase{{ID: "a/unknown", Words: []string{"who"}, Reason: UserUnknown}, {ID: "mine/x", Words: []string{"x y"}, Reason: Virus}},
	}
	c := mustNew(t, Merge(base, over))
	if code, _ := c.Code("X.2.2"); code.Title != "Ours" {
		t.Errorf("code: got %q", code.Title)
	}
	if p, _ := c.Provider("post"); p.Name != "Post" || len(p.Codes) != 6 {
		t.Errorf("a provider without a name must only add: got %q with %d codes", p.Name, len(p.Codes))
	}
	if own, _ := c.ProviderCode("post", 550, smtpcode.Status{}); own.Reason != Virus {
		t.Errorf("the provider's code is not overridden: %v", own.Reason)
	}
	if p, _ := c.Provider("inner"); p.Name != "New" || len(p.Hosts) != 0 {
		t.Errorf("a provider with a name must replace: got %+v", p)
	}
	if p, _ := c.Phrase("a/unknown"); p.Words[0] != "who" {
		t.Errorf("phrase: got %q", p.Words)
	}
	if _, ok := c.Phrase("mine/x"); !ok {
		t.Error("the added phrase is missing")
	}
	if diff := cmp.Diff(sample(), base); diff != "" {
		t.Errorf("Merge changed its argument: %s", diff)
	}
}

func TestBlobBelongsToItsRecords(t *testing.T) {
	c := mustNew(t, sample())
	blob := string(c.AppendBlob(nil))
	set, err := loadBlob(blob, c.Fingerprint())
	if err != nil {
		t.Fatal(err)
	}
	text := "552 mailbox full, try again later"
	want := c.Set().Scan(text, new(phrase.Scratch))
	if got := set.Scan(text, new(phrase.Scratch)); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("the loaded automaton finds %v, the compiled one %v", got, want)
	}
	for _, bad := range []string{"", "short", blob[1:], blob[:len(blob)-1]} {
		if _, err := loadBlob(bad, c.Fingerprint()); err == nil {
			t.Errorf("a damaged blob of %d bytes was taken", len(bad))
		}
	}
	if _, err := loadBlob(blob, c.Fingerprint()+1); !errors.Is(err, errBlob) {
		t.Errorf("a blob of other records: got %v", err)
	}
}

func TestSourcesOfLeavesOutWhatIsUnknownOrRepeated(t *testing.T) {
	c := mustNew(t, sample())
	got := c.SourcesOf([]string{"S3", "nobody", "rfc3463", "S3"})
	if len(got) != 2 || got[0].ID != "S3" || got[1].ID != "rfc3463" {
		t.Errorf("got %v", got)
	}
}
