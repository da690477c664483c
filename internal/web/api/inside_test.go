package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

func TestCursorsThatWereMadeUpAreRefused(t *testing.T) {
	s := newServer(t)
	s.fill(30)
	first := s.ask("GET", "/v1/suppressions?limit=10", "")
	var list pageOf[store.Suppression]
	if err := json.Unmarshal([]byte(first.body), &list); err != nil || list.NextCursor == "" {
		t.Fatal(first.body)
	}
	seen := map[string]bool{}
	for cursor := ""; ; cursor = list.NextCursor {
		got := s.ask("GET", "/v1/suppressions?limit=10&cursor="+url.QueryEscape(cursor), "")
		list = pageOf[store.Suppression]{}
		if err := json.Unmarshal([]byte(got.body), &list); err != nil || got.status != 200 {
			t.Fatal(got)
		}
		for i := range list.Items {
			seen[list.Items[i].Recipient] = true
		}
		if list.NextCursor == "" {
			break
		}
	}
	if len(seen) != 30 {
		t.Errorf("%d entries in all pages", len(seen))
	}
	for _, cursor := range [...]string{"x", "%00", "AAAA", "eA", "....", "' or 1=1--", strings.Repeat("A", 3000)} {
		for _, path := range [...]string{"/v1/suppressions", "/v1/events", "/v1/dead-letters", "/v1/parked"} {
			got := s.ask("GET", path+"?cursor="+url.QueryEscape(cursor), "")
			if got.status != 422 && got.status != 200 {
				t.Errorf("%s %q: %d %s", path, cursor, got.status, got.body)
			}
		}
	}
	if got := s.ask("GET", "/v1/suppressions?cursor=x", ""); got.typeOf() != "invalid-cursor" {
		t.Errorf("%v", got)
	}
}

func TestAnExportIsHarmlessInASpreadsheet(t *testing.T) {
	s := newServer(t)
	key, err := policy.NewKey(`=cmd|calc@example.org`, "", policy.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	block := store.Block{Recipient: key.Recipient, Block: policy.Block{By: "@by", Note: "+1\r\nx,y"}}
	if _, err := s.store.AddSuppressions(context.Background(), []store.Block{block}); err != nil {
		t.Fatal(err)
	}
	got := s.ask("GET", "/v1/suppressions/export?format=csv", "")
	want := "recipient,stream,ground,reason,since,until,by,note\n'=cmd|calc@example.org,,block,,"
	if !strings.HasPrefix(strings.ReplaceAll(got.body, "\r\n", "\n"), want) || !strings.Contains(got.body, `'@by,"'+1 x,y"`) {
		t.Errorf("%s", got.body)
	}
	if d := got.header.Get("Content-Disposition"); d != `attachment; filename="suppressions.csv"` {
		t.Errorf("%s", d)
	}
	other := newServer(t)
	if got := other.ask("POST", "/v1/suppressions/import", got.body, "Content-Type: text/csv"); !strings.Contains(got.body, `"added":1`) {
		t.Errorf("%s", got.body)
	}
	if got := other.ask("GET", "/v1/check?address="+url.QueryEscape("=cmd|calc@example.org"), ""); !strings.Contains(got.body, `"suppressed":true`) {
		t.Errorf("%s", got.body)
	}
}

func TestEvidenceIsAFileAndNoPage(t *testing.T) {
	s := newServer(t)
	ids := seed(t, s)
	got := s.ask("GET", "/v1/events/"+ids["event"]+"/evidence", "")
	if !strings.Contains(got.body, "<script>") || got.header.Get("Content-Type") != "text/plain; charset=utf-8" ||
		!strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") || got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%v", got)
	}
}

// broken is a store whose errors tell more than strangers may know.
type broken struct{ store.Store }

func (broken) Check(context.Context, []policy.Key) ([]policy.Answer, error) {
	return nil, fmt.Errorf("open /var/lib/rebound/rebound.db: secret")
}

func (broken) Events(context.Context, store.EventFilter, string, int) ([]store.Record, string, error) {
	panic("index out of secret")
}

func (broken) Stats(context.Context) (store.Stats, error) {
	return store.Stats{}, fmt.Errorf("%w: secret", store.ErrFull)
}

func TestNothingOfTheInsideIsTold(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Store = broken{o.Store} })
	for path, want := range map[string]int{"/v1/check?address=kim@example.org": 500, "/v1/events": 500, "/v1/status": 507} {
		got := s.ask("GET", path, "")
		if got.status != want || strings.Contains(got.body, "secret") || got.header.Get("Content-Type") != ProblemType {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	if got := s.ask("POST", "/v1/check", "kim@example.org\n", "Content-Type: "+ndjsonType); got.status != 500 || strings.Contains(got.body, "secret") {
		t.Errorf("%v", got)
	}
}

func TestLongRequestsHaveTheirPlaces(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Limits.Streams = 1 })
	s.api.long <- struct{}{}
	got := s.ask("GET", "/v1/suppressions/export", "")
	if got.status != 503 || got.typeOf() != "busy" || got.header.Get("Retry-After") != "1" {
		t.Errorf("%v", got)
	}
	<-s.api.long
	if got := s.ask("GET", "/v1/suppressions/export", ""); got.status != 200 || len(s.api.long) != 0 {
		t.Errorf("%v", got)
	}
}

func TestRevokingATokenEndsItAtOnce(t *testing.T) {
	s := newServer(t)
	made := s.ask("POST", "/v1/tokens", `{"name":"shop","scopes":["read"]}`)
	var m madeToken
	if err := json.Unmarshal([]byte(made.body), &m); err != nil || m.Secret == "" {
		t.Fatal(made)
	}
	if got := s.askAs(m.Secret, "GET", "/v1/status", ""); got.status != 200 {
		t.Fatal(got)
	}
	if got := s.ask("DELETE", "/v1/tokens/"+m.Token.ID, ""); got.status != 204 {
		t.Fatal(got)
	}
	if got := s.askAs(m.Secret, "GET", "/v1/status", ""); got.status != 401 {
		t.Errorf("%v", got)
	}
	if got := s.ask("GET", "/v1/tokens", ""); strings.Contains(got.body, m.Secret) || !strings.Contains(got.body, `"revoked"`) {
		t.Errorf("%v", got)
	}
	if got := s.ask("POST", "/v1/tokens", `{"name":"x","scopes":["root"]}`); got.status != 422 {
		t.Errorf("%v", got)
	}
	if got := s.ask("POST", "/v1/tokens", `{"name":"x","scopes":["read"],"expires":"2001-01-01T00:00:00Z"}`); got.status != 422 {
		t.Errorf("%v", got)
	}
}
