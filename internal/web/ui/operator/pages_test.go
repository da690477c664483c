package operator_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/ui/htmlcheck"
	"github.com/rebound-mail/rebound/internal/web/ui/operator"
	"github.com/rebound-mail/rebound/internal/web/ui/operator/operatortest"
	"github.com/rebound-mail/rebound/policy"
)

// loggedIn is a site with a month of mail, and somebody who is logged in.
func loggedIn(t *testing.T) (*operatortest.Site, *visitor) {
	t.Helper()
	site, v := visit(t, operatortest.Options{})
	v.logIn(site.Secret)
	return site, v
}

// shows fails unless a page shows all of the texts.
func (p page) shows(t *testing.T, texts ...string) {
	t.Helper()
	if p.status != http.StatusOK {
		t.Errorf("%s: %d", p.path, p.status)
	}
	for _, text := range texts {
		if !strings.Contains(p.body, text) {
			t.Errorf("%s does not show %q", p.path, text)
		}
	}
}

// hides fails if a page shows one of the texts.
func (p page) hides(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(p.body, text) {
			t.Errorf("%s shows %q", p.path, text)
		}
	}
}

// All pages over a full store and over an empty one are valid HTML, and no text from
// outside becomes markup.
func TestPagesAreValid(t *testing.T) {
	for _, empty := range []bool{false, true} {
		site, v := visit(t, operatortest.Options{Empty: empty})
		v.logIn(site.Secret)
		for _, path := range append(pages(), firstLinks(v)...) {
			p := v.get(path)
			if p.status != http.StatusOK {
				t.Errorf("%s: %d", path, p.status)
			}
			for _, problem := range htmlcheck.Page([]byte(p.body)) {
				t.Errorf("%s: %v", path, problem)
			}
			p.hides(t, "<script>document", "<img src=x", "<script>alert", "\u202e", "\x1b", "ZgotmplZ")
		}
	}
}

// firstLinks are pages that lists lead to.
func firstLinks(v *visitor) []string {
	var list []string
	for page, prefix := range map[string]string{"/operator/recipients?address=" + operatortest.Hostile: "/operator/events/", "/operator/parked": "/operator/parked/"} {
		if found := between(v.get(page).body, `href="`+prefix, `"`); found != "" {
			list = append(list, prefix+found)
		}
	}
	return list
}

func TestTheDashboardShowsHowTheMailFares(t *testing.T) {
	_, v := loggedIn(t)
	p := v.get("/operator/")
	p.shows(t, "bounce rate", "critical", "Messages attempted", "1.14 % the day before", "warning 2 %", "critical 5 %", "critical 0.3 %", "What changed since yesterday", "news.example.com: the bounce rate rose from", "116 bounces for this reason, 8 the day before",
		"Sending IP is on a blocklist", "Microsoft 365", "news.example.com", "198.51.100.7", "newsletter", "zebra crossing closed", "nothing waits", "imap bounces@mail.example.com",
		"the server refuses the password", "2, which wait for a decision", "3 given up", `role="img"`, "The numbers")
	v.get("/operator/?window=30d").shows(t, "the 30 days before", "22 Oct 2026")
	v.get("/operator/?window=7d").shows(t, "the week before")
	v.get("/operator/?window=nonsense").shows(t, "the day before")
}

func TestAnEmptyDashboardSaysSo(t *testing.T) {
	site, v := visit(t, operatortest.Options{Empty: true})
	v.logIn(site.Secret)
	p := v.get("/operator/")
	p.shows(t, "Nothing was counted in this time", "Nothing that stands out", "Nothing bounced in this time", "None: everything that servers said was understood")
	p.hides(t, "NaN", "<svg class=\"chart wide\"")
}

func TestWhatIsKnownOfAProvider(t *testing.T) {
	_, v := loggedIn(t)
	v.get("/operator/reputation?dimension=provider&value=exchange-online").shows(t, "Microsoft 365", "Bounce rate", "/operator/events?provider=exchange-online", "/providers/exchange-online")
	v.get("/operator/reputation?dimension=sender-domain&value=never-seen.example").shows(t, "Nothing was counted in this time")
	for _, path := range []string{"/operator/reputation", "/operator/reputation?dimension=total", "/operator/reputation?dimension=x&value=y"} {
		if p := v.get(path); p.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, p.status)
		}
	}
	if p := v.get("/operator/reputation?dimension=provider&order=x"); p.status != http.StatusBadRequest {
		t.Errorf("an order that is none: %d", p.status)
	}
}

func TestARecipientFromFailureToRelease(t *testing.T) {
	site, v := loggedIn(t)
	p := v.get("/operator/recipients?address=" + url.QueryEscape("<SAM@Shop.Example>"))
	p.shows(t, "suppressed", "No such mailbox", "since", "Mailbox full", "event and evidence", "/operator/events/")
	if p := v.post("/operator/recipients/release", url.Values{"csrf": {p.csrf(t)}, "address": {operatortest.Sam}, "note": {" "}}); p.status != http.StatusUnprocessableEntity {
		t.Errorf("a release without a note: %d", p.status)
	}
	after := v.post("/operator/recipients/release", url.Values{"csrf": {p.csrf(t)}, "address": {operatortest.Sam}, "note": {"works again <b>"}})
	after.shows(t, "Released.", "may be mailed")
	v.get(after.path).hides(t, "Released.")
	answer, err := site.Store.Recipient(t.Context(), policy.Key{Recipient: operatortest.Sam})
	if err != nil || answer.Answer.Suppressed || answer.Answer.By != "operator" || answer.Answer.Note != "works again <b>" {
		t.Errorf("%+v %v", answer.Answer, err)
	}
}

func TestARecipientSuppressedByHandAndForgotten(t *testing.T) {
	site, v := loggedIn(t)
	const who = "new+tag@example.org"
	p := v.get("/operator/recipients?address=" + url.QueryEscape(who))
	p.shows(t, "nothing is known", "may be mailed")
	form := url.Values{"csrf": {p.csrf(t)}, "address": {who}}
	if p := v.post("/operator/recipients/suppress", form); p.status != http.StatusUnprocessableEntity {
		t.Errorf("neither reason nor note: %d", p.status)
	}
	form.Set("reason", "no-such-reason")
	if p := v.post("/operator/recipients/suppress", form); p.status != http.StatusUnprocessableEntity {
		t.Errorf("a reason that is none: %d", p.status)
	}
	form.Set("reason", "complaint")
	v.post("/operator/recipients/suppress", form).shows(t, "Suppressed, until somebody releases it", "by operator")
	form.Set("typed", "other@example.org")
	if p := v.post("/operator/recipients/forget", form); p.status != http.StatusUnprocessableEntity {
		t.Errorf("another address typed: %d", p.status)
	}
	form.Set("typed", " NEW+tag@example.org ")
	v.post("/operator/recipients/forget", form).shows(t, "Forgotten", "nothing is known")
	if r, err := site.Store.Recipient(t.Context(), policy.Key{Recipient: who}); err != nil || r.Known {
		t.Errorf("%+v %v", r, err)
	}
}

func TestAnEventWithItsEvidence(t *testing.T) {
	site, v := loggedIn(t)
	list, _, err := site.Store.Events(t.Context(), store.EventFilter{Recipient: operatortest.Hostile}, "", 1)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	path := "/operator/events/" + list[0].ID
	p := v.get(path)
	p.shows(t, "No such mailbox", "Why do you say so?", "&lt;script&gt;", `<span class="ctl">\u202e</span>`, `<span class="ctl">^[</span>`, "The report as it arrived", "trusted")
	file := v.get(path + "/evidence")
	if h := file.header; !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") || !strings.HasPrefix(h.Get("Content-Type"), "text/plain") || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("evidence is sent with %v", h)
	}
	if want := operatortest.Mail(&list[0].Event); file.body != want {
		t.Errorf("evidence is %q, want %q", file.body, want)
	}
	for _, path := range []string{"/operator/events/none", "/operator/events/none/evidence"} {
		if p := v.get(path); p.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, p.status)
		}
	}
}

func TestALargeReportIsCut(t *testing.T) {
	site, v := visit(t, operatortest.Options{Empty: true, Limits: operator.Limits{Raw: 1000}})
	v.logIn(site.Secret)
	for name, body := range map[string]string{
		"a1": strings.Repeat("ä", 1200), "a2": strings.Repeat("\n", 999) + strings.Repeat("x", 100), "a3": "\x00\x01", "a4": "", "a5": strings.Repeat("x\r\n", 5) + "\xff\xfe"} {
		e := event.Event{ID: name, Kind: event.Bounce, Recipient: "kim@example.org"}
		if err := site.Store.Apply(t.Context(), []store.Entry{{Event: e, Trusted: true, Report: &store.Report{ID: "r" + name, Body: []byte(body)}}}); err != nil {
			t.Fatal(err)
		}
		p := v.get("/operator/events/" + name)
		p.shows(t, "The report as it arrived")
		if len(p.body) > 60_000 || !utf8.ValidString(p.body) {
			t.Errorf("%s: %d bytes", name, len(p.body))
		}
	}
	v.get("/operator/events/a1").shows(t, "1.4 kB more are not shown")
	v.get("/operator/events/a3").shows(t, "It is no text")
}

func TestEventsAreSearchedAndPaged(t *testing.T) {
	_, v := loggedIn(t)
	seen, path := map[string]bool{}, "/operator/events?kind=complaint"
	for pages := 0; path != ""; pages++ {
		p := v.get(path)
		rows := strings.Split(p.body, `<th scope="row" class="time"><a href="/operator/events/`)[1:]
		for _, row := range rows {
			id, _, _ := strings.Cut(row, `"`)
			if seen[id] {
				t.Errorf("%s twice", id)
			}
			seen[id] = true
			if !strings.Contains(row, ">"+string(event.Complaint)+"<") {
				t.Errorf("%s is no complaint", id)
			}
		}
		path = strings.ReplaceAll(between(p.body, `<a class="button quiet" href="`, `"`), "&amp;", "&")
		if pages > 20 {
			t.Fatal("the list has no end")
		}
	}
	if len(seen) < 100 {
		t.Errorf("%d complaints", len(seen))
	}
	v.get("/operator/events?recipient=nobody").shows(t, "no mail address")
	v.get("/operator/events?from=yesterday").shows(t, "no date")
	v.get("/operator/events?text=zebra&from=2026-11-01&to=2026-11-20").shows(t, "zebra crossing closed")
	v.get("/operator/events?provider=nobody").shows(t, "No event fits")
	for _, path := range []string{"/operator/events?cursor=damaged", "/operator/suppressions?cursor=damaged", "/operator/parked?cursor=damaged", "/operator/dead-letters?cursor=damaged"} {
		if p := v.get(path); p.status != http.StatusBadRequest {
			t.Errorf("%s: %d", path, p.status)
		}
	}
}

func TestSuppressionsAreFilteredPagedAndExported(t *testing.T) {
	site, v := loggedIn(t)
	seen, path := 0, "/operator/suppressions?domain=gmx.example"
	for path != "" {
		p := v.get(path)
		seen += strings.Count(p.body, `@gmx.example</a>`)
		p.hides(t, `@shop.example</a>`)
		path = strings.ReplaceAll(between(p.body, `<a class="button quiet" href="`, `"`), "&amp;", "&")
	}
	want := 0
	csv := v.get("/operator/suppressions/export?format=csv&domain=gmx.example")
	if want = strings.Count(csv.body, "@gmx.example,"); want < 50 || want != seen || !strings.HasPrefix(csv.body, "recipient,") {
		t.Errorf("%d shown, %d exported", seen, want)
	}
	if !strings.HasPrefix(csv.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v", csv.header)
	}
	all := v.get("/operator/suppressions/export?format=ndjson")
	stats, err := site.Store.Stats(t.Context())
	if n := strings.Count(all.body, "\n"); err != nil || int64(n) < stats.Suppressions*9/10 {
		t.Errorf("%d of %d exported, %v", n, stats.Suppressions, err)
	}
	v.get("/operator/suppressions?ground=block").shows(t, "ceo@example.org", "asked by telephone")
}

func TestWhatWaitsForADecision(t *testing.T) {
	site, v := loggedIn(t)
	p := v.get("/operator/parked")
	p.shows(t, "the process died each time")
	id := between(p.body, `href="/operator/parked/`, `"`)
	report := v.get("/operator/parked/" + id)
	report.shows(t, "the open Internet", "203.0.113.99")
	if p := v.post("/operator/parked/"+id+"/drop", url.Values{"csrf": {report.csrf(t)}}); p.status != http.StatusUnprocessableEntity || site.Spool.Stats().Parked != 2 {
		t.Errorf("dropped without being sure: %d", p.status)
	}
	v.post("/operator/parked/"+id+"/drop", url.Values{"csrf": {report.csrf(t)}, "sure": {"yes"}}).shows(t, "The report is removed")
	if p := v.get("/operator/parked/" + id); p.status != http.StatusNotFound {
		t.Errorf("still there: %d", p.status)
	}
	other := between(v.get("/operator/parked").body, `href="/operator/parked/`, `"`)
	v.post("/operator/parked/"+other+"/requeue", url.Values{"csrf": {report.csrf(t)}}).shows(t, "processed again", "None: everything")
	if s := site.Spool.Stats(); s.Parked != 0 || s.Len != 1 {
		t.Errorf("%+v", s)
	}

	dead := v.get("/operator/dead-letters")
	dead.shows(t, "crm", "500 Internal Server Error", "kim@example.org")
	v.post("/operator/dead-letters/revive", url.Values{"csrf": {dead.csrf(t)}, "id": {"msg_0", "msg_1", "msg_2"}}).shows(t, "tried again now", "None.")
	if stats, err := site.Store.Stats(t.Context()); err != nil || stats.DeadLetters != 0 || stats.Outgoing != 3 {
		t.Errorf("%+v %v", stats, err)
	}

	unknown := v.get("/operator/unknowns")
	text := between(unknown.body, `name="text" value="`, `"`)
	v.post("/operator/unknowns/drop", url.Values{"csrf": {unknown.csrf(t)}, "text": {text}}).shows(t, "counted anew")
	v.get("/operator/unknowns").hides(t, `value="`+text+`"`)
}

func TestTokensAreMadeAndRevoked(t *testing.T) {
	site, v := loggedIn(t)
	csrf := v.get("/operator/tokens").csrf(t)
	for _, form := range []url.Values{{"name": {""}, "scope": {"read"}}, {"name": {"x"}}, {"name": {"x"}, "scope": {"everything"}}, {"name": {"x"}, "scope": {"read"}, "days": {"-1"}},
		{"name": {"x"}, "scope": {"read"}, "days": {"1e9"}}, {"name": {strings.Repeat("x", 101)}, "scope": {"read"}}} {
		form.Set("csrf", csrf)
		if p := v.post("/operator/tokens", form); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", form, p.status)
		}
	}
	p := v.post("/operator/tokens", url.Values{"csrf": {csrf}, "name": {"<i>news"}, "scope": {"read", "ingest"}})
	secret := "rbd_" + between(p.body, "<code>rbd_", "</code>")
	id := store.TokenID(secret)
	p.shows(t, "&lt;i&gt;news", "read, ingest")
	r, _ := http.NewRequest(http.MethodGet, v.base, nil)
	if who, err := site.Gate.Login(r, secret); err != nil || who.ID != id {
		t.Errorf("%+v %v", who, err)
	}
	v.post("/operator/tokens/revoke", url.Values{"csrf": {csrf}, "id": {id}}).shows(t, "Revoked.", ">revoked<")
	if _, err := site.Gate.Login(r, secret); err == nil {
		t.Error("a revoked token holds")
	}
}

func TestSettingsAreShown(t *testing.T) {
	_, v := loggedIn(t)
	v.get("/operator/settings").shows(t, "public-url", "https://bounces.example.com", "/etc/rebound.yaml:3", "****")
}
