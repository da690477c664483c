package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

func key(k string) string { return keyHeader + ": " + k }

func TestARequestWithAKeyIsCarriedOutOnce(t *testing.T) {
	s := newServer(t)
	body := `{"recipient":"kim@example.org"}`
	first := s.ask("POST", "/v1/suppressions", body, key("k1"))
	again := s.ask("POST", "/v1/suppressions", body, key("k1"))
	if first.status != 201 || again.status != 201 || again.body != first.body || again.header.Get("Content-Type") != first.header.Get("Content-Type") {
		t.Errorf("%v, then %v", first, again)
	}
	if first.header.Get(replayHeader) != "" || again.header.Get(replayHeader) != "true" {
		t.Errorf("%q, then %q", first.header.Get(replayHeader), again.header.Get(replayHeader))
	}
	if got := s.ask("POST", "/v1/suppressions", body, key("k2")); got.body == first.body || !strings.Contains(got.body, `"changed":false`) {
		t.Errorf("another key: %v", got)
	}
}

func TestAKeyBelongsToOneRequest(t *testing.T) {
	s := newServer(t)
	if got := s.ask("POST", "/v1/suppressions", `{"recipient":"kim@example.org"}`, key("k")); got.status != 201 {
		t.Fatal(got)
	}
	for _, c := range [...]struct{ path, body string }{
		{"/v1/suppressions", `{"recipient":"jo@example.org"}`},
		{"/v1/suppressions", `{"recipient": "kim@example.org"}`},
		{"/v1/suppressions/kim%40example.org/release", `{"recipient":"kim@example.org"}`},
		{"/v1/attempts", `{"recipient":"kim@example.org"}`},
		{"/v1/reports?stream=x", `{"recipient":"kim@example.org"}`},
	} {
		if got := s.ask("POST", c.path, c.body, key("k")); got.status != 422 || got.typeOf() != "key-reused" {
			t.Errorf("%v: %v", c, got)
		}
	}
	secret, tok := store.NewToken("other", []store.Scope{store.ScopeAdmin}, time.Now())
	if err := s.store.AddToken(context.Background(), tok); err != nil {
		t.Fatal(err)
	}
	if got := s.askAs(secret, "POST", "/v1/suppressions", `{"recipient":"jo@example.org"}`, key("k")); got.status != 201 {
		t.Errorf("the same key of another token: %v", got)
	}
}

func TestKeysThatAreOddAreRefused(t *testing.T) {
	s := newServer(t)
	for _, k := range [...]string{strings.Repeat("k", 256), "a b", "k\xc3\xa9"} {
		if got := s.ask("POST", "/v1/suppressions", `{"recipient":"kim@example.org"}`, key(k)); got.status != 400 || got.typeOf() != "bad-request" {
			t.Errorf("%q: %v", k, got)
		}
	}
	if got := s.ask("POST", "/v1/suppressions", `{"recipient":"kim@example.org"}`, key("a"), key("b")); got.status != 400 {
		t.Errorf("two keys: %v", got)
	}
	if got := s.ask("POST", "/v1/suppressions", `{"recipient":"kim@example.org"}`, key(strings.Repeat("k", 255))); got.status != 201 {
		t.Errorf("the longest: %v", got)
	}
}

func TestWhatFailedMayBeTriedAgainWithItsKey(t *testing.T) {
	s := newServer(t)
	if got := s.ask("POST", "/v1/suppressions", `{"recipient":"kim"}`, key("k")); got.status != 422 {
		t.Fatal(got)
	}
	if got := s.ask("POST", "/v1/suppressions", `{"recipient":"kim@example.org"}`, key("k")); got.status != 201 {
		t.Errorf("%v", got)
	}
}

func TestAnAnswerWithoutABodyIsRepeatedToo(t *testing.T) {
	s := newServer(t)
	seed(t, s)
	for range 2 {
		if got := s.ask("POST", "/v1/parked/parked1/requeue", "", key("k")); got.status != 204 || got.body != "" {
			t.Errorf("%v", got)
		}
	}
	if got := s.ask("POST", "/v1/parked/parked1/requeue", ""); got.status != 404 {
		t.Errorf("without a key: %v", got)
	}
}

// waiting is a store that adds suppressions when it is told to.
type waiting struct {
	store.Store
	entered, leave chan struct{}
}

func (w waiting) AddSuppressions(ctx context.Context, blocks []store.Block) ([]policy.Answer, error) {
	w.entered <- struct{}{}
	<-w.leave
	return w.Store.AddSuppressions(ctx, blocks)
}

func TestARepetitionDuringTheFirstIsRefused(t *testing.T) {
	w := waiting{entered: make(chan struct{}), leave: make(chan struct{})}
	s := newServer(t, func(o *Options) { w.Store = o.Store; o.Store = w })
	body := `{"recipient":"kim@example.org"}`
	var wg sync.WaitGroup
	wg.Go(func() {
		if got := s.ask("POST", "/v1/suppressions", body, key("k")); got.status != 201 {
			t.Errorf("the first: %v", got)
		}
	})
	<-w.entered
	if got := s.ask("POST", "/v1/suppressions", body, key("k")); got.status != 409 || got.typeOf() != "request-running" || got.header.Get("Retry-After") == "" {
		t.Errorf("%v", got)
	}
	w.leave <- struct{}{}
	wg.Wait()
	if got := s.ask("POST", "/v1/suppressions", body, key("k")); got.status != 201 || got.header.Get(replayHeader) != "true" {
		t.Errorf("afterwards: %v", got)
	}
}

func TestASecretIsNeitherKeptNorShownTwice(t *testing.T) {
	s := newServer(t)
	body := `{"name":"shop","scopes":["read"]}`
	first := s.ask("POST", "/v1/tokens", body, key("k"))
	var m madeToken
	if err := json.Unmarshal([]byte(first.body), &m); err != nil || first.status != 201 || m.Secret == "" {
		t.Fatal(first)
	}
	again := s.ask("POST", "/v1/tokens", body, key("k"))
	if again.status != 409 || again.typeOf() != "secret-shown" || strings.Contains(again.body, m.Secret) {
		t.Errorf("%v", again)
	}
	list, err := s.store.Tokens(context.Background())
	if err != nil || len(list) != len(scopes())+1 {
		t.Errorf("%d tokens, %v", len(list), err)
	}
}

// A report that was taken in just before a crash, and is sent again with its key,
// has the same id: it is the same report to the spool.
func TestTheIDOfAReportFollowsFromItsKey(t *testing.T) {
	s := newServer(t)
	send := func() accepted {
		var a accepted
		got := s.ask("POST", "/v1/reports", "550 5.1.1 no such user", key("k"))
		if err := json.Unmarshal([]byte(got.body), &a); err != nil || got.status != 202 {
			t.Fatal(got)
		}
		return a
	}
	first := send()
	other := newServer(t, func(o *Options) { o.Gate = s.gate })
	other.tokens = s.tokens
	var second accepted
	if err := json.Unmarshal([]byte(other.ask("POST", "/v1/reports", "550 5.1.1 no such user", key("k")).body), &second); err != nil {
		t.Fatal(err)
	}
	if again := send(); again != first || second != first || s.spool.Stats().Len != 1 {
		t.Errorf("%v, %v, %v; %d reports", first, again, second, s.spool.Stats().Len)
	}
}

func TestAKeyedImportIsBoundedAndKept(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits.Report = 1000 })
	for range 2 {
		if got := s.ask("POST", "/v1/suppressions/import", "kim@example.org\n", "Content-Type: text/csv", key("k")); got.status != 200 || !strings.Contains(got.body, `"added":1`) {
			t.Errorf("%v", got)
		}
	}
	if got := s.ask("POST", "/v1/suppressions/import", "jo@example.org\n", "Content-Type: text/csv", key("k")); got.status != 422 {
		t.Errorf("another list: %v", got)
	}
	if got := s.ask("POST", "/v1/suppressions/import", strings.Repeat("kim@example.org\n", 100), "Content-Type: text/csv", key("k2")); got.status != 413 {
		t.Errorf("a long list: %v", got)
	}
	if got := s.ask("POST", "/v1/suppressions/import", strings.Repeat("kim@example.org\n", 100), "Content-Type: text/csv"); got.status != 200 {
		t.Errorf("a long list without a key: %v", got)
	}
}

func TestAttemptsNeedAnIDOfTheirs(t *testing.T) {
	s := newServer(t)
	const body = `{"attempts":[{"sender":"example.com","count":5},{"sender":"example.com","count":7}]}`
	if got := s.ask("POST", "/v1/attempts", body); got.status != 422 || !strings.Contains(got.body, "body.attempts[0].id") {
		t.Errorf("%v", got)
	}
	for range 2 {
		if got := s.ask("POST", "/v1/attempts", body, key("k")); got.status != 200 || strings.TrimSpace(got.body) != `{"counts":2}` {
			t.Errorf("%v", got)
		}
	}
	if got := s.ask("GET", "/v1/reputation", ""); !strings.Contains(got.body, `"attempted":12`) {
		t.Errorf("%v", got)
	}
}

// fullSpool takes nothing.
type fullSpool struct{ spool.Spool }

func (fullSpool) Append(context.Context, ...spool.Report) error {
	return fmt.Errorf("%w: 4 GiB", spool.ErrFull)
}

func TestAFullSpoolIsSaidSo(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Spool = fullSpool{o.Spool} })
	got := s.ask("POST", "/v1/reports", "550 no such user", key("k"))
	if got.status != 507 || got.typeOf() != "storage-full" || got.header.Get("Retry-After") != "60" {
		t.Errorf("%v", got)
	}
}

func TestManyRequestsWithOneKeyMakeOneChange(t *testing.T) {
	s := newServer(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	count := map[int]int{}
	for range 16 {
		wg.Go(func() {
			got := s.ask("POST", "/v1/tokens", `{"name":"shop","scopes":["read"]}`, key("k"))
			mu.Lock()
			defer mu.Unlock()
			count[got.status]++
		})
	}
	wg.Wait()
	list, err := s.store.Tokens(context.Background())
	if err != nil || len(list) != len(scopes())+1 || count[201] != 1 || count[409] != 15 {
		t.Errorf("%d tokens, %v, %v", len(list), count, err)
	}
}

// brokenOnce is a store that panics in the middle of a request.
type brokenOnce struct {
	store.Store
	calls *int
}

func (b brokenOnce) AddSuppressions(ctx context.Context, blocks []store.Block) ([]policy.Answer, error) {
	if *b.calls++; *b.calls == 1 {
		panic(errors.New("a defect"))
	}
	return b.Store.AddSuppressions(ctx, blocks)
}

func TestAPanicGivesTheKeyUp(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Store = brokenOnce{o.Store, new(int)} })
	body := `{"recipient":"kim@example.org"}`
	if got := s.ask("POST", "/v1/suppressions", body, key("k")); got.status != 500 {
		t.Errorf("%v", got)
	}
	if got := s.ask("POST", "/v1/suppressions", body, key("k")); got.status != 201 {
		t.Errorf("%v", got)
	}
}
