package pipeline

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/decode"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const postfixLines = "Mar  4 11:06:01 mx postfix/qmgr[7]: 4F1A2B3C4D: from=<news@sender.example>, size=999, nrcpt=1 (queue active)\n" +
	"Mar  4 11:06:03 mx postfix/smtp[8]: 4F1A2B3C4D: to=<kim@example.org>, relay=mail.example.org[192.0.2.7]:25, delay=1, delays=0/0/1/0, dsn=5.1.1, status=bounced (host mail.example.org[192.0.2.7] said: 550 5.1.1 no such user (in reply to RCPT TO command))\n"

const payload = `[{"email":"kim@example.org","timestamp":1772600760,"event":"bounce","sg_event_id":"e1","sg_message_id":"m1","reason":"550 5.1.1 no such user","status":"5.1.1","type":"bounce"}]`

func TestEveryWayLeadsToAVerdictInTheStore(t *testing.T) {
	reports := map[string]spool.Report{
		"mail":   fromInternet("r", bounce("kim@example.org", "1")),
		"posted": posted("r", bounce("kim@example.org", "1")),
		"log":    {ID: "r", Source: spool.HTTP, Received: noon(), Trust: spool.TrustSource, Kind: spool.KindLog, Body: []byte(postfixLines), Meta: map[string]string{spool.MetaFormat: "postfix-log"}},
		"hook": {ID: "r", Source: spool.Webhook, Received: noon(), Trust: spool.TrustSource, Kind: spool.KindHook, Body: []byte(payload),
			Meta: map[string]string{spool.MetaProvider: string(webhook.SendGrid)}},
		"events": {ID: "r", Source: spool.Tail, Received: noon(), Trust: spool.TrustSource, Kind: spool.KindJSON,
			Body: decode.EncodeEvents([]event.Event{{ID: "x", Kind: event.Bounce, Recipient: "kim@example.org", Diagnostic: "550 5.1.1 no such user", Time: noon()}})},
	}
	for name, r := range reports {
		m, h := process(t, nil, r)
		if diff := cmp.Diff([]string{"kim@example.org"}, m.suppressed()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		got := m.all()
		if len(got) != 1 || !got[0].Trusted || got[0].Event.Verdict.Reason != codebook.UserUnknown {
			t.Fatalf("%s: %+v", name, got)
		}
		if kept := got[0].Report != nil; kept != (r.Source != spool.Tail) || kept && (got[0].Report.ID != "r" || string(got[0].Report.Body) != string(r.Body)) {
			t.Errorf("%s: evidence %+v", name, got[0].Report)
		}
		if diff := cmp.Diff([]string{"r"}, h.done); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// What is reported twice, by one way or by several, is one event.
func TestWhatComesTwiceCountsOnce(t *testing.T) {
	m, _ := process(t, nil, posted("a", bounce("kim@example.org", "1")), fromInternet("b", bounce("kim@example.org", "1")), posted("c", bounce("kim@example.org", "2")))
	if len(m.entries) != 2 {
		t.Errorf("%d events, want 2", len(m.entries))
	}
}

func TestTheStreamOfTheSourceIsTheEvents(t *testing.T) {
	own := `{"kind":"complaint","id":"a","recipient":"kim@example.org","stream":"offers","time":"2026-03-04T10:00:00Z"}`
	named := posted("b", strings.Replace(own, `"a"`, `"b"`, 1))
	named.Meta = map[string]string{spool.MetaStream: " receipts "}
	m, _ := process(t, nil, posted("a", own), named)
	if m.entries["a"].Event.Stream != "offers" || m.entries["b"].Event.Stream != "receipts" {
		t.Errorf("streams %q and %q", m.entries["a"].Event.Stream, m.entries["b"].Event.Stream)
	}
}

func TestAReportFromTheFutureWasReceivedNow(t *testing.T) {
	early, late := posted("a", bounce("kim@example.org", "1")), posted("b", bounce("lee@example.org", "2"))
	early.Received, late.Received = noon().Add(-time.Hour), noon().Add(time.Hour)
	m, _ := process(t, nil, early, late)
	for _, en := range m.entries {
		want := early.Received
		if en.Event.Recipient == "lee@example.org" {
			want = noon()
		}
		if !en.Received.Equal(want) {
			t.Errorf("%s: received %s, want %s", en.Event.Recipient, en.Received, want)
		}
	}
}

func TestALongReportGoesToTheStoreInPieces(t *testing.T) {
	var lines strings.Builder
	for i := range 1000 {
		lines.WriteString(strings.NewReplacer("4F1A2B3C4D", "4F1A2B"+string(rune('A'+i%26))+string(rune('A'+i/26%26))+string(rune('A'+i/676)), "kim@", "kim"+string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676))+"@").Replace(postfixLines))
	}
	most := 0
	m, h := newMemory(), newHeap(spool.Report{ID: "r", Source: spool.HTTP, Received: noon(), Trust: spool.TrustSource, Kind: spool.KindLog, Body: []byte(lines.String())})
	opt := options(h, &watched{m, &most})
	opt.Events = 100
	drain(t, h, start(t, opt))
	if len(m.entries) != 1000 || most > 100+256 || m.calls < 3 {
		t.Errorf("%d events in %d calls of %d at most", len(m.entries), m.calls, most)
	}
}

func TestEvidenceIsBounded(t *testing.T) {
	long := bounce("kim@example.org", "1") + strings.Repeat("x", 2000)
	log := spool.Report{ID: "log", Source: spool.HTTP, Received: noon(), Trust: spool.TrustSource, Kind: spool.KindLog, Body: []byte(postfixLines)}
	m, _ := process(t, func(o *Options) { o.Evidence = 100 }, fromInternet("long", long), log)
	for _, en := range m.entries {
		if en.Event.Source.Format == "dsn" && (en.Report == nil || string(en.Report.Body) != long[:100]) {
			t.Errorf("of a mail %+v is kept", en.Report)
		}
		if en.Event.Source.Format != "dsn" && en.Report != nil {
			t.Errorf("of a log %+v is kept", en.Report)
		}
	}
	m, _ = process(t, func(o *Options) { o.Evidence = -1 }, fromInternet("long", long))
	for _, en := range m.entries {
		if en.Report != nil {
			t.Errorf("%+v is kept", en.Report)
		}
	}
}

func TestLessIsKeptOfWhatStrangersSend(t *testing.T) {
	k := keyring(t, key('k'))
	long := bounce("kim@example.org", "1") + strings.Repeat("x", 100_000)
	genuine := to(signed(t, k, "kim@example.org", 0), long)
	genuine.ID = "genuine"
	m, _ := process(t, func(o *Options) { o.Keyring = k }, genuine, fromInternet("forged", long))
	for _, en := range m.entries {
		if want := map[bool]int{true: len(long), false: 64 << 10}[en.Trusted]; len(en.Report.Body) != want {
			t.Errorf("trusted %t: %d bytes are kept, want %d", en.Trusted, len(en.Report.Body), want)
		}
	}
}

func TestWhatTellsNothingIsDone(t *testing.T) {
	letter := "From: lee@example.org\nTo: news@sender.example\nSubject: Tuesday\n\nShall we meet?\n"
	m, h := process(t, nil, fromInternet("a", letter), fromInternet("b", " "), posted("c", "\n"), fromInternet("d", postfixLines))
	if len(m.entries) != 0 || len(h.parked) != 0 || len(h.done) != 4 {
		t.Errorf("%d events, parked %v, done %v", len(m.entries), h.parked, h.done)
	}
}

func TestRequiredOptionsAreRequired(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("an empty pipeline was made")
	}
}

// watched notes the largest transaction.
type watched struct {
	*memory
	most *int
}

func (w *watched) Apply(ctx context.Context, entries []store.Entry) error {
	*w.most = max(*w.most, len(entries))
	return w.memory.Apply(ctx, entries)
}
