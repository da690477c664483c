package codebook

import (
	"bytes"
	"slices"
	"testing"

	"github.com/rebound-mail/rebound/smtpcode"
)

func TestDefaultIsWhatNewMakesOfItsRecords(t *testing.T) {
	c := Default()
	rebuilt := mustNew(t, c.Records())
	if !bytes.Equal(rebuilt.AppendBlob(nil), []byte(generatedBlob)) {
		t.Error("the embedded automaton is not that of the tables; run make generate")
	}
	if len(c.Rules()) != len(rebuilt.Rules()) || len(c.Rules()) == 0 {
		t.Errorf("%d rules, rebuilt %d", len(c.Rules()), len(rebuilt.Rules()))
	}
}

func TestDefaultTablesAreSorted(t *testing.T) {
	rec := Default().Records()
	sorted(t, rec.Sources, sourceKey)
	sorted(t, rec.Reasons, reasonKey)
	sorted(t, rec.Codes, codeKey)
	sorted(t, rec.Providers, providerKey)
	sorted(t, rec.Phrases, phraseKey)
	sorted(t, rec.Sets, setKey)
}

func sorted[T any](t *testing.T, list []T, key func(*T) string) {
	t.Helper()
	for i := 1; i < len(list); i++ {
		if key(&list[i-1]) >= key(&list[i]) {
			t.Errorf("%T: %q stands before %q", list, key(&list[i-1]), key(&list[i]))
		}
	}
}

func TestDefaultExplainsEveryReason(t *testing.T) {
	for _, r := range Reasons() {
		if info, ok := Default().Reason(r); !ok || info.Title == "" {
			t.Errorf("%s is not explained", r)
		}
	}
	if _, ok := Default().Reason("no-such"); ok {
		t.Error("an unknown reason is explained")
	}
}

func TestLookUpsOnTheHotPathDoNotAllocate(t *testing.T) {
	c := Default()
	status := smtpcode.Status{Class: 5, Subject: 7, Detail: 26}
	allocs := testing.AllocsPerRun(100, func() {
		c.ProviderByHost("gmail-smtp-in.l.google.com")
		c.ProviderByDomain("gmail.com")
		c.ProviderCode("gmail", 550, status)
		c.Status(status)
		c.ReplyCode(550)
		c.Reason(MailboxFull)
		c.Rule(0)
	})
	if allocs != 0 {
		t.Errorf("%v allocations, want none", allocs)
	}
}

func TestIdsAreUniqueAmongRules(t *testing.T) {
	var ids []string
	for _, r := range Default().Rules() {
		if r.Phrase != nil {
			ids = append(ids, r.Phrase.ID)
		}
	}
	n := len(ids)
	slices.Sort(ids)
	if len(slices.Compact(ids)) != n {
		t.Error("a phrase has two rules")
	}
}

// BenchmarkBuild is what a process pays once: indexes, automaton, rules.
func BenchmarkBuild(b *testing.B) {
	rec := generatedRecords()
	b.ReportAllocs()
	for b.Loop() {
		c := newCodebook(rec)
		if _, err := loadBlob(generatedBlob, generatedFingerprint); err != nil {
			b.Fatal(err)
		}
		newRules(&c.records)
	}
}

func BenchmarkProviderByHost(b *testing.B) {
	c := Default()
	b.ReportAllocs()
	for b.Loop() {
		c.ProviderByHost("mail-sor-f41.google.com")
	}
}

func BenchmarkSearch(b *testing.B) {
	c := Default()
	b.ReportAllocs()
	for b.Loop() {
		c.Search("mailbx full")
	}
}
