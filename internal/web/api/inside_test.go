package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/auth"
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

func TestTooManyRequestsAreToldWhenToComeAgain(t *testing.T) {
	s := newServer(t, func(o *Options) {
		gate, err := auth.New(auth.Options{Tokens: o.Store, Now: time.Now, Limits: auth.Limits{Token: 0.01, TokenBurst: 1, Client: 0.01, ClientBurst: 2}})
		if err != nil {
			t.Fatal(err)
		}
		o.Gate = gate
	})
	doc, list := documentOf(t, s)
	v := &validator{doc}
	s.ask("GET", "/v1/status", "")
	s.askAs("", "GET", "/openapi.json", "")
	for _, op := range list {
		got := s.ask(op.method, op.path, "")
		if got.status != 429 || got.header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %v", &op, got.status, got.header)
		}
		conforms(t, v, &op, got)
	}
}

func TestAReportSaysWhereItIsFrom(t *testing.T) {
	s := newServer(t)
	for _, path := range []string{"/v1/reports?stream=News&rcpt_to=b%2B1@example.com&mail_from=%3C%3E&open=true", "/v1/reports?format=postfix-log"} {
		if got := s.ask("POST", path, "From: x\r\n\r\n", "Content-Type: message/rfc822"); got.status != 202 {
			t.Fatal(got)
		}
	}
	if got := s.ask("POST", "/v1/reports?format=postfx-log", "x"); got.status != 422 || !strings.Contains(got.body, "did you mean postfix-log?") {
		t.Errorf("%v", got)
	}
	claimed, err := s.spool.Claim(context.Background(), 2)
	if err != nil || len(claimed) != 2 {
		t.Fatal(claimed, err)
	}
	mail, log := claimed[0], claimed[1]
	if mail.Trust != spool.TrustOpen || mail.Kind != spool.KindMail || mail.Source != spool.HTTP || mail.Meta[spool.MetaTo] != "b+1@example.com" ||
		mail.Meta[spool.MetaFrom] != "<>" || mail.Meta[spool.MetaStream] != "News" {
		t.Errorf("%+v", mail.Report)
	}
	if log.Trust != spool.TrustSource || log.Kind != spool.KindLog || log.Meta[spool.MetaFormat] != "postfix-log" {
		t.Errorf("%+v", log.Report)
	}
}

// stalled is a connection that notes when it was given time for.
type stalled struct {
	*httptest.ResponseRecorder
	write []time.Time
}

func (d *stalled) SetWriteDeadline(t time.Time) error {
	d.write = append(d.write, t)
	return nil
}

func TestTakingAnAnswerHasADeadlineThatTheNextRequestDoesNotInherit(t *testing.T) {
	s := newServer(t)
	r := httptest.NewRequest("GET", "/v1/status", nil)
	r.Header.Set("Authorization", "Bearer "+s.tokens[store.ScopeAdmin])
	d := &stalled{ResponseRecorder: httptest.NewRecorder()}
	s.api.ServeHTTP(d, r)
	if len(d.write) < 2 || d.write[0].After(time.Now().Add(2*paceTime)) || d.write[len(d.write)-1].Before(time.Now().Add(restTime/2)) {
		t.Errorf("deadlines %v", d.write)
	}
}

func TestAWholeReportIsExplainedForEachRecipient(t *testing.T) {
	s := newServer(t)
	doc, list := documentOf(t, s)
	op := &list[slices.IndexFunc(list, func(op operation) bool { return op.String() == "POST /v1/explain" })]
	mail := "From: <>\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" +
		"Reporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; kim@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n" +
		"Final-Recipient: rfc822; jo@example.org\r\nAction: failed\r\nStatus: 4.2.2\r\nDiagnostic-Code: smtp; 452 4.2.2 mailbox full\r\n\r\n--b--\r\n"
	for _, c := range [...]struct {
		request object
		says    []string
	}{
		{object{"text": mail}, []string{`"kind":"mail"`, "kim@example.org", "user-unknown", "jo@example.org", "mailbox-full"}},
		{object{"text": mail, "trace": true}, []string{`"trace"`}},
		{object{"text": "550-5.1.1 no such user\r\n550 5.1.1 try another"}, []string{`"reason":"user-unknown"`, `"codes"`}},
		{object{"code": "5.7.26"}, []string{`"reason":"unauthenticated"`}},
		{object{"texts": []string{"550 5.1.1 no such user", "what"}}, []string{`"results"`, "undetermined"}},
	} {
		body, _ := json.Marshal(c.request)
		got := s.ask("POST", "/v1/explain", string(body))
		for _, says := range c.says {
			if got.status != 200 || !strings.Contains(got.body, says) {
				t.Errorf("%.50s: %s is not in %d %.500s", body, says, got.status, got.body)
			}
		}
		conforms(t, &validator{doc}, op, got)
	}
	for _, body := range []string{`{}`, `{"text":"x","code":"550"}`, `{"code":"999"}`, `{"code":"words"}`, `{"text":"5.99999.1"}`} {
		if got := s.ask("POST", "/v1/explain", body); got.status != 422 {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	if s.spool.Stats().Appended != 0 {
		t.Error("something was kept")
	}
}
