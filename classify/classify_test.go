package classify

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// small is a codebook with one record for each rule of weighing.
func small(t testing.TB) *Classifier {
	t.Helper()
	decisions := func(permanent codebook.Decision) codebook.Decisions {
		return codebook.Decisions{Permanent: permanent, Temporary: codebook.Retry, Unknown: codebook.Review}
	}
	book, err := codebook.New(codebook.Records{
		Sources: []codebook.Source{{ID: "src", Title: "A source", Kind: "observed"}},
		Reasons: []codebook.ReasonInfo{
			{ID: codebook.UserUnknown, Category: codebook.CategoryRecipient, Nature: codebook.Permanent, Decision: decisions(codebook.Suppress), Remedy: []string{"Remove {mailbox}."}},
			{ID: codebook.MailboxFull, Category: codebook.CategoryRecipient, Nature: codebook.Temporary, Decision: decisions(codebook.Count)},
			{ID: codebook.IPBlocklisted, Category: codebook.CategoryReputation, Nature: codebook.Permanent, Decision: decisions(codebook.FixSender), Remedy: []string{"Ask {dnsbl} to release your address ({ip})."}},
			{ID: codebook.Blocked, Category: codebook.CategoryReputation, Nature: codebook.Permanent, Decision: decisions(codebook.Suppress)},
			{ID: codebook.RateLimited, Category: codebook.CategoryRate, Decision: decisions(codebook.SlowDown)},
			{ID: codebook.PolicyViolation, Category: codebook.CategoryPolicy, Decision: decisions(codebook.Review)},
			{ID: codebook.Expired, Category: codebook.CategoryNetwork, Decision: decisions(codebook.Count)},
			{ID: codebook.Undetermined, Category: codebook.CategoryUnknown, Decision: decisions(codebook.Review)},
			{ID: codebook.Complaint, Category: codebook.CategoryReport, Decision: codebook.Decisions{Permanent: codebook.NoAction, Temporary: codebook.NoAction, Unknown: codebook.NoAction}},
		},
		Codes: []codebook.Code{
			{Code: "550", Reason: codebook.UserUnknown, Strength: codebook.StrengthWeak, Meanings: []codebook.Meaning{{Source: "src", Reason: codebook.UserUnknown}}},
			{Code: "521", Reason: codebook.Blocked, Strength: codebook.StrengthStrong},
			{Code: "X.1.1", Reason: codebook.UserUnknown, Strength: codebook.StrengthStrong},
			{Code: "X.2.2", Reason: codebook.MailboxFull, Strength: codebook.StrengthStrong},
			{Code: "5.7.1", Reason: codebook.PolicyViolation, Strength: codebook.StrengthWeak},
			{Code: "x.7.x", Reason: codebook.PolicyViolation, Strength: codebook.StrengthWeak},
		},
		Providers: []codebook.Provider{
			{ID: "big", Kind: "mailbox", Hosts: []string{"mx.big.example"}, Domains: []string{"big.example"}, Tokens: []string{"bigtoken"},
				Codes: []codebook.ProviderCode{{Code: "5.1.1", Reason: codebook.RateLimited, Sources: []string{"src"}}}},
			{ID: "other", Kind: "mailbox", Tokens: []string{"othertoken"}},
		},
		Phrases: []codebook.Phrase{
			{ID: "g/unknown", Words: []string{"no such user", "user <mailbox:word> unknown"}, Reason: codebook.UserUnknown},
			{ID: "g/full", Words: []string{"mailbox full"}, Reason: codebook.MailboxFull},
			{ID: "g/listed", Words: []string{"<ip>? (is )?(listed|blocked) (at|using) <dnsbl>"}, Reason: codebook.IPBlocklisted},
			{ID: "g/rejected", Words: []string{"message rejected"}, Reason: codebook.PolicyViolation, Strength: codebook.StrengthWeak},
			{ID: "g/expired", Words: []string{"retry time ran out"}, Reason: codebook.Expired},
			{ID: "g/blocked-4xx", Words: []string{"go away"}, Codes: []string{"4xx"}, Reason: codebook.RateLimited},
			{ID: "g/blocked", Words: []string{"go away"}, Reason: codebook.Blocked},
			{ID: "g/forever", Words: []string{"permanently deferred"}, Reason: codebook.RateLimited, Lasting: codebook.Permanent},
			{ID: "g/later", Words: []string{"try again later"}, Lasting: codebook.Temporary},
			{ID: "g/said", Words: []string{"host <host> said", "last failure", "no such user error"}, Wrapper: true},
			{ID: "big/go", Provider: "big", Words: []string{"no such user"}, Reason: codebook.RateLimited, ProviderOnly: true},
			{ID: "big/exact", Provider: "big", Words: []string{"B42"}, Reason: codebook.IPBlocklisted, Strength: codebook.StrengthExact},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return New(book)
}

func TestWeighing(t *testing.T) {
	c := small(t)
	tests := []struct {
		name   string
		in     Input
		reason codebook.Reason
		rule   string
	}{
		{"a phrase names the cause", Input{Text: "550 no such user"}, codebook.UserUnknown, "g/unknown"},
		{"a phrase outweighs a contrary status", Input{Text: "550 5.1.1 mailbox full"}, codebook.MailboxFull, "g/full"},
		{"a telling status outweighs a weak phrase", Input{Text: "550 5.1.1 message rejected"}, codebook.UserUnknown, "X.1.1"},
		{"a weak phrase outweighs a reply code", Input{Text: "550 message rejected"}, codebook.PolicyViolation, "g/rejected"},
		{"a bare reply code counts", Input{Text: "550"}, codebook.UserUnknown, "550"},
		{"a reply code beside unknown words does not", Input{Text: "550 flurb of the gnarl"}, codebook.Undetermined, ""},
		{"a clear reply code does", Input{Text: "521 flurb of the gnarl"}, codebook.Blocked, "521"},
		{"a detail that nobody defined falls back to its subject", Input{Text: "5.7.999"}, codebook.PolicyViolation, "x.7.x"},
		{"the longer phrase wins", Input{Text: "550 no such user, 192.0.2.1 is blocked using bl.example.org"}, codebook.IPBlocklisted, "g/listed"},
		{"the provider's own words need the provider", Input{Text: "550 no such user", RemoteHost: "a.mx.big.example [192.0.2.1]"}, codebook.RateLimited, "big/go"},
		{"... known by a token", Input{Text: "550 no such user - bigtoken"}, codebook.RateLimited, "big/go"},
		{"... or by the recipient's domain", Input{Text: "550 no such user", Recipient: "kim@Big.example"}, codebook.RateLimited, "big/go"},
		{"... and not another one", Input{Text: "550 no such user - othertoken"}, codebook.UserUnknown, "g/unknown"},
		{"an exact token outweighs words", Input{Text: "550 no such user B42"}, codebook.IPBlocklisted, "big/exact"},
		{"the provider's reading of a code", Input{Text: "550 5.1.1", RemoteHost: "mx.big.example"}, codebook.RateLimited, "big 5.1.1"},
		{"limits to codes", Input{Text: "450 go away"}, codebook.RateLimited, "g/blocked-4xx"},
		{"limits to codes, others", Input{Text: "550 go away"}, codebook.Blocked, "g/blocked"},
		{"the inner reply outweighs the words around it", Input{Text: "mailbox full at host mx.example.org said: 550 no such user"}, codebook.UserUnknown, "g/unknown"},
		{"words within those that announce a reply yield to what it says", Input{Text: "mail box trouble: no such user error '554 5.7.1 message rejected'"}, codebook.PolicyViolation, "g/rejected"},
		{"... and count where it says nothing", Input{Text: "mail box trouble: no such user error '554 flurb'"}, codebook.UserUnknown, "g/unknown"},
		{"a quoted code ends the prose", Input{Text: "the mailbox full of letters was not reached: 550 5.1.1 whatever"}, codebook.UserUnknown, "X.1.1"},
		{"the inner code counts", Input{Text: "554 5.7.1 retry time ran out (last failure: 452 4.2.2 gone)"}, codebook.MailboxFull, "X.2.2"},
		{"expiry counts if nothing else does", Input{Text: "450 retry time ran out"}, codebook.Expired, "g/expired"},
		{"expiry is no cause beside one", Input{Text: "retry time ran out: mailbox full"}, codebook.MailboxFull, "g/full"},
		{"a decoder's knowledge", Input{Text: "flurb", Hint: event.Hint{Reason: codebook.MailboxFull}}, codebook.MailboxFull, "decoder"},
		{"... yields to words", Input{Text: "no such user", Hint: event.Hint{Reason: codebook.MailboxFull}}, codebook.UserUnknown, "g/unknown"},
		{"a weak hint yields to a status", Input{Text: "550 5.1.1", Hint: event.Hint{Reason: codebook.Blocked, Weak: true}}, codebook.UserUnknown, "X.1.1"},
		{"a weak hint where nothing else speaks", Input{Text: "flurb", Hint: event.Hint{Reason: codebook.Blocked, Weak: true}}, codebook.Blocked, "decoder"},
		{"codes known apart from the text", Input{Code: 550, Status: smtpcode.Status{Class: 5, Subject: 1, Detail: 1}}, codebook.UserUnknown, "X.1.1"},
		{"nothing", Input{}, codebook.Undetermined, ""},
		{"a 354 before the failure", Input{Text: "354 go ahead 550 5.1.1 x"}, codebook.UserUnknown, "X.1.1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, trace := c.Explain(tt.in)
			if v.Reason != tt.reason || v.Rule != tt.rule {
				t.Errorf("%q: %s by %q, want %s by %q; trace %+v", tt.in.Text, v.Reason, v.Rule, tt.reason, tt.rule, trace)
			}
			if again := c.Classify(tt.in); again.Reason != v.Reason || again.Rule != v.Rule || again.Lasting != v.Lasting {
				t.Errorf("Classify and Explain disagree: %+v and %+v", again, v)
			}
		})
	}
}

func TestLasting(t *testing.T) {
	c := small(t)
	tests := []struct {
		text string
		want codebook.Lasting
	}{
		{"550 no such user", codebook.Permanent},
		{"450 no such user", codebook.Temporary},
		{"550 no such user, try again later", codebook.Temporary},
		{"421 permanently deferred", codebook.Permanent},
		{"550 4.2.2 mailbox full", codebook.Temporary},
		{"450 5.1.1 x", codebook.Permanent},
		{"no such user", codebook.Permanent},
		{"mailbox full", codebook.Temporary},
		{"go away", codebook.Permanent},
		{"flurb", codebook.LastingUnknown},
	}
	for _, tt := range tests {
		if v := c.Classify(Input{Text: tt.text}); v.Lasting != tt.want {
			t.Errorf("%q: %s, want %s (%s)", tt.text, v.Lasting, tt.want, v.Reason)
		}
	}
}

func TestSuppressNeedsPermanentAgainstTheAddress(t *testing.T) {
	c := small(t)
	tests := []struct {
		in   Input
		want codebook.Decision
	}{
		{Input{Text: "550 5.1.1 no such user"}, codebook.Suppress},
		{Input{Text: "450 4.1.1 no such user"}, codebook.Retry},
		{Input{Text: "550 5.1.1 no such user, try again later"}, codebook.Retry},
		{Input{Text: "550"}, codebook.Count},                                                 // a guess
		{Input{Text: "550 go away"}, codebook.Count},                                         // the record says suppress, the reason must not
		{Input{Text: "550 5.2.2 mailbox full"}, codebook.Count},                              // never on one report
		{Input{Text: "550 is listed at bl.example"}, codebook.FixSender},                     // the sender's problem
		{Input{Text: "", Hint: event.Hint{Reason: codebook.UserUnknown}}, codebook.Suppress}, // permanent by nature
	}
	for _, tt := range tests {
		if v := c.Classify(tt.in); v.Decision != tt.want {
			t.Errorf("%q: %s, want %s (%s, %s, %s)", tt.in.Text, v.Decision, tt.want, v.Reason, v.Lasting, v.Confidence)
		}
	}
}

func TestBounceLabel(t *testing.T) {
	c := small(t)
	for text, want := range map[string]event.BounceLabel{
		"550 no such user":         event.Hard,
		"450 no such user":         event.Soft,
		"552 5.2.2 mailbox full":   event.Soft,
		"554 permanently deferred": event.Soft,
		"flurb":                    event.Soft,
	} {
		if v := c.Classify(Input{Text: text}); v.Bounce != want {
			t.Errorf("%q: %s, want %s", text, v.Bounce, want)
		}
	}
	e := event.Event{Kind: event.Complaint}
	c.Event(&e)
	if e.Verdict.Bounce != event.NoBounce || e.Verdict.Reason != codebook.Complaint {
		t.Errorf("complaint: %+v", e.Verdict)
	}
}

func TestSuccessIsNoFailureWhateverItsWords(t *testing.T) {
	c := New(codebook.Default())
	for _, tt := range []struct {
		in     Input
		reason codebook.Reason
		bounce event.BounceLabel
	}{
		{Input{Text: "251 User not local; will forward to <kim@example.org>"}, codebook.Delivered, event.NoBounce},
		{Input{Text: "250 ok 1700000000 qp 12345"}, codebook.Delivered, event.NoBounce},
		{Input{Text: "221 Service closing transmission channel"}, codebook.Undetermined, event.NoBounce},
		{Input{Text: "354 Start mail input"}, codebook.Undetermined, event.NoBounce},
		{Input{Text: "250 ok\n550 5.1.1 user unknown"}, codebook.UserUnknown, event.Hard},
		{Input{Text: "220 mx.example.org ready 552 5.2.2 mailbox full"}, codebook.MailboxFull, event.Soft},
		{Input{Text: "250 user unknown", Code: 550}, codebook.UserUnknown, event.Hard},
		{Input{Text: "250 user unknown", Status: smtpcode.Status{Class: 5}}, codebook.UserUnknown, event.Hard},
	} {
		v := c.Classify(tt.in)
		if v.Reason != tt.reason || v.Bounce != tt.bounce || (v.Decision == codebook.NoAction) != (tt.bounce == event.NoBounce) {
			t.Errorf("%q: %s, %s, %s", tt.in.Text, v.Reason, v.Bounce, v.Decision)
		}
	}
}

func TestOnePieceOfEvidenceWins(t *testing.T) {
	c := New(codebook.Default())
	for _, text := range []string{"450 4.7.1 <kim@example.org>: Recipient address rejected: Access denied", "550", "550 flurb", "250 ok", "554 5.7.1 blocked using zen.spamhaus.org"} {
		v, trace := c.Explain(Input{Text: text})
		won := 0
		for _, s := range trace.Steps {
			if s.Won {
				won++
				if s.Rule != v.Rule {
					t.Errorf("%q: %s won, the verdict says %s", text, s.Rule, v.Rule)
				}
			}
		}
		if want := min(len(v.Rule), 1); won != want {
			t.Errorf("%q: %d pieces of evidence won, want %d: %+v", text, won, want, trace.Steps)
		}
	}
}

func TestCodeThatTellsNothingTellsHowToFindOut(t *testing.T) {
	book := codebook.Default()
	v := New(book).Classify(Input{Text: "541"})
	code, _ := book.Code("541")
	if v.Reason != codebook.Undetermined || v.Rule != "" || len(code.Remedy) == 0 || !slices.Equal(v.Remedy, code.Remedy) {
		t.Errorf("%s by %q: %q", v.Reason, v.Rule, v.Remedy)
	}
}

func TestFactsFillTheRemedy(t *testing.T) {
	c := small(t)
	v := c.Classify(Input{Text: "554 [192.0.2.9] is listed at bl.example.org; go away"})
	if v.Facts.Get("ip") != "192.0.2.9" || v.Facts.Get("dnsbl") != "bl.example.org" {
		t.Fatalf("facts = %v", v.Facts)
	}
	if got, want := v.Steps()[0], "Ask bl.example.org to release your address (192.0.2.9)."; got != want {
		t.Errorf("step = %q, want %q", got, want)
	}
	v = c.Classify(Input{Text: "554 listed at bl.example.org"})
	if got, want := v.Steps()[0], "Ask bl.example.org to release your address."; got != want {
		t.Errorf("step = %q, want %q", got, want)
	}
}

// TestExamplesNeverSuppressForTheSender checks the first promise on all that
// the codebook knows: only reasons that speak against the address suppress it.
func TestExamplesNeverSuppressForTheSender(t *testing.T) {
	c := New(codebook.Default())
	for _, p := range c.Book().Records().Phrases {
		for _, text := range p.Match {
			v := c.Classify(Input{Text: text})
			if v.Decision == codebook.Suppress && (!againstAddress(v.Reason) || v.Lasting != codebook.Permanent) {
				t.Errorf("%q suppresses for %s, %s", text, v.Reason, v.Lasting)
			}
			if againstAddress(p.Reason) || p.Reason == "" {
				continue
			}
			if v.Decision == codebook.Suppress {
				t.Errorf("%s: %q suppresses the address for %s by %s", p.ID, text, v.Reason, v.Rule)
			}
		}
	}
}

func TestConcurrentUseGivesTheSame(t *testing.T) {
	c := New(codebook.Default())
	texts := strings.Split("550 5.1.1 user unknown\n452 4.2.2 mailbox full\n554 5.7.1 blocked using zen.spamhaus.org\n421 try again later", "\n")
	want := make([]event.Verdict, len(texts))
	for i, s := range texts {
		want[i] = New(codebook.Default()).Classify(Input{Text: s})
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for n := range 400 {
				i := n % len(texts)
				if v := c.Classify(Input{Text: texts[i]}); v.Rule != want[i].Rule || v.Lasting != want[i].Lasting {
					t.Errorf("%q: %s, want %s", texts[i], v.Rule, want[i].Rule)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestClassifyAllocatesAtMostOnce(t *testing.T) {
	if raceEnabled {
		t.Skip("allocations cannot be counted with the race detector")
	}
	c := New(codebook.Default())
	for _, s := range []string{"550 5.1.1 user unknown", "554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org", "450"} {
		c.Classify(Input{Text: s})
		if n := testing.AllocsPerRun(100, func() { c.Classify(Input{Text: s}) }); n > 1 {
			t.Errorf("%q: %.1f allocations, want at most 1", s, n)
		}
	}
}

func FuzzClassify(f *testing.F) {
	for _, s := range []string{"550 5.1.1 x", "host mx.example said: 554 5.4.7 (last failure: 452 4.2.2 y)", "<a@b.example>: \xff\xfe 4.2.2\r\n550-x"} {
		f.Add(s, "mx.big.example", "a@big.example")
	}
	c := New(codebook.Default())
	f.Fuzz(func(t *testing.T, text, host, recipient string) {
		in := Input{Text: text, RemoteHost: host, Recipient: recipient}
		v, trace := c.Explain(in)
		if v.Reason == "" || v.Category == "" || v.Lasting == "" || v.Bounce == "" || v.Decision == "" || v.Confidence == "" {
			t.Fatalf("incomplete verdict %+v", v)
		}
		if v.Decision == codebook.Suppress && (v.Lasting != codebook.Permanent || !againstAddress(v.Reason)) {
			t.Fatalf("suppresses for %s, %s", v.Reason, v.Lasting)
		}
		for _, s := range trace.Steps {
			if s.Text != text[s.Start:s.End] {
				t.Fatalf("step %+v does not lie in the text", s)
			}
		}
		if w := c.Classify(in); w.Rule != v.Rule || w.Lasting != v.Lasting {
			t.Fatalf("Classify and Explain disagree: %+v and %+v", w, v)
		}
	})
}
