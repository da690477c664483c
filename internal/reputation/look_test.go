package reputation_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

func expect(t *testing.T, what string, d *desk, want ...string) {
	t.Helper()
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, d.told()); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

func TestABounceRateIsToldOfAsItCrossesTheLinesAndOnceOnly(t *testing.T) {
	d := newDesk(t, nil)
	d.feed(elsewhere(6500), sent(990), bounced(19))
	expect(t, "below 2 %", d)
	d.feed(bounced(6))
	expect(t, "at 2.5 %", d,
		"raised bounce-rate ip 192.0.2.1: warning", "raised bounce-rate provider gmail: warning",
		"raised bounce-rate sender-domain a.example: warning", "raised bounce-rate stream news: warning")
	expect(t, "again", d)
	d.feed(bounced(100))
	expect(t, "above 5 %", d,
		"changed bounce-rate stream news: critical", "changed bounce-rate sender-domain a.example: critical",
		"changed bounce-rate provider gmail: critical", "changed bounce-rate ip 192.0.2.1: critical")
}

func TestWhatIsAllMailIsToldOfOnce(t *testing.T) {
	d := newDesk(t, nil)
	d.feed(sent(900), bounced(100))
	d.look()
	notices := d.take()
	if len(notices) != 1 || notices[0].Alert.Subject != "total" {
		t.Fatalf("%d notices: %+v", len(notices), notices)
	}
	n := notices[0]
	want := "10 % of all mail bounced: 100 of 1,000 messages in the last 24 hours; critical from 5 %. Most often: "
	if !strings.HasPrefix(n.Finding.Text, want) || n.Finding.Figure != 0.1 || n.Finding.Line != 0.05 || n.Finding.Window != reputation.Day ||
		len(n.Finding.Reasons) != 1 || n.Finding.Reasons[0].Reason != codebook.UserUnknown || n.Finding.Reasons[0].Count != 100 || len(n.Finding.Remedy) == 0 {
		t.Errorf("%+v", n.Finding)
	}
	if n.Was != "" || n.Happened != reputation.Raised || !n.Alert.Began.Equal(began) {
		t.Errorf("%+v", n)
	}
}

func TestTooFewMessagesSayNothing(t *testing.T) {
	d := newDesk(t, nil)
	d.feed(sent(49), bounced(50))
	expect(t, "99 messages", d)
	d.feed(sent(1))
	if got := d.told(); len(got) != 1 {
		t.Errorf("100 messages: %v", got)
	}
}

func TestWhereOnlyFailuresAreToldThereIsNoRate(t *testing.T) {
	d := newDesk(t, nil)
	d.feed(bounced(1000))
	expect(t, "bounces alone", d)
	if err := d.store.CountAttempts(t.Context(), []store.Attempts{{ID: "1", Time: began, Sender: "a.example", Count: 4000}}); err != nil {
		t.Fatal(err)
	}
	d.pass(time.Hour) // what is measured is remembered for a while
	expect(t, "with attempts", d, "raised bounce-rate total: critical")
}

func TestAnAlertEndsWellBelowItsLineAndNotAtOnce(t *testing.T) {
	d := newDesk(t, nil)
	d.feed(sent(970), bounced(30))
	expect(t, "at 3 %", d, "raised bounce-rate total: warning")
	d.feed(sent(700))
	d.pass(2 * time.Hour)
	expect(t, "at 1.76 %, which is below the line and above 80 % of it", d)
	d.feed(bounced(10)) // 40 of 1710: crossed again, and nobody is told twice
	expect(t, "at 2.3 %", d)
	d.feed(sent(2000))
	expect(t, "at 1.1 %", d, "ended bounce-rate total: healthy")
	d.feed(bounced(200))
	expect(t, "at 6 %", d, "raised bounce-rate total: critical")
	d.feed(sent(20_000))
	expect(t, "at 1 %, at once", d)
	d.pass(59 * time.Minute)
	expect(t, "at 1 %, after less than an hour", d)
	d.pass(2 * time.Minute)
	expect(t, "at 1 %, after an hour", d, "ended bounce-rate total: healthy")
	all, err := d.store.Alerts(t.Context(), false, 10)
	if err != nil || len(all) != 2 || all[0].Ended.IsZero() {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestALevelFallsWellBelowItsLine(t *testing.T) {
	d := newDesk(t, nil)
	d.feed(sent(940), bounced(60))
	expect(t, "at 6 %", d, "raised bounce-rate total: critical")
	d.pass(2 * time.Hour)
	d.feed(sent(300))
	expect(t, "at 4.6 %", d)
	d.feed(sent(500))
	expect(t, "at 3.3 %", d, "changed bounce-rate total: warning")
	d.feed(bounced(100))
	expect(t, "at 8 %", d, "changed bounce-rate total: critical")
}

func TestAnAlertEndsWhenThereIsNoMailAnyMore(t *testing.T) {
	d := newDesk(t, nil)
	d.feed(sent(900), bounced(100))
	expect(t, "at 10 %", d, "raised bounce-rate total: critical")
	d.pass(25 * time.Hour)
	d.look()
	list := d.take()
	if len(list) != 1 || list[0].Happened != reputation.Ended || list[0].Was != policy.Critical || list[0].Alert.Ended.IsZero() ||
		!strings.Contains(list[0].Finding.Text, "nothing was counted") {
		t.Errorf("%+v", list)
	}
}

func TestAnAlertEndsWhenThereIsTooLittleMailToSay(t *testing.T) {
	d := newDesk(t, nil)
	d.feed(sent(900), bounced(100))
	expect(t, "at 10 %", d, "raised bounce-rate total: critical")
	d.pass(25 * time.Hour)
	d.feed(sent(50), bounced(10))
	d.look()
	if list := d.take(); len(list) != 1 || list[0].Happened != reputation.Ended || list[0].Finding.Text != "Bounces of all mail: too few messages to say more, 10 of 60 in the last 24 hours." {
		t.Errorf("%+v", list)
	}
}

// Of most mail it is not told from where it came: that an address has all of the
// rest makes it not the same as the total.
func TestAValueIsTheTotalOnlyIfItHasNearlyAllMail(t *testing.T) {
	d := newDesk(t, nil)
	good := sent(5000)
	good.ip = ""
	bad, some := bounced(50), sent(150)
	bad.sender, bad.provider, bad.stream, some.sender, some.provider, some.stream = "", "", "", "", "", ""
	d.feed(good, bad, some)
	expect(t, "a quarter of one address", d, "raised bounce-rate ip 192.0.2.1: critical")
}

func TestComplaints(t *testing.T) {
	complaint := func(n int) mail {
		m := sent(n)
		m.kind, m.reason = event.Complaint, codebook.Complaint
		return m
	}
	d := newDesk(t, nil)
	d.feed(sent(999), complaint(5))
	expect(t, "of fewer than 1,000", d)
	d = newDesk(t, nil)
	d.feed(sent(1000), complaint(1))
	expect(t, "a single one", d)
	d.feed(sent(500), complaint(1))
	expect(t, "two of 1,500", d, "raised complaint-rate total: warning")
	d.feed(complaint(3))
	expect(t, "five of 1,500", d, "changed complaint-rate total: critical")
}

func TestAProviderThatBlocksIsNamedWithReasonAndRemedy(t *testing.T) {
	d := newDesk(t, nil)
	blocked := sent(80)
	blocked.kind, blocked.reason = event.Bounce, codebook.IPBlocklisted
	delayed := sent(300)
	delayed.kind, delayed.reason = event.Delay, codebook.LowReputation
	d.feed(elsewhere(3000), sent(920), blocked, delayed)
	d.look()
	var found *reputation.Finding
	for _, n := range d.take() {
		if n.Finding.Kind == reputation.Blocked {
			found = &n.Finding
		}
	}
	if found == nil {
		t.Fatal("not told of")
	}
	if found.Subject() != "provider gmail" || found.Level != policy.Critical || found.Part != 300 || found.Of != 1000 ||
		!strings.HasPrefix(found.Text, "You are being blocked by Gmail and Google Workspace: 30 % of the mail there") || found.Reasons[0].Reason != codebook.LowReputation || len(found.Remedy) == 0 {
		t.Errorf("%+v", found)
	}
}

func TestAProviderThatBlocksIsToldOfWhereOnlyFailuresAreTold(t *testing.T) {
	d := newDesk(t, nil)
	blocked := bounced(90)
	blocked.reason = codebook.Blocked
	d.feed(blocked, bounced(110))
	expect(t, "45 % of failures", d)
	blocked.n = 60
	d.feed(blocked)
	expect(t, "58 % of failures", d, "raised blocked provider gmail: warning")
}

func TestAProviderThatPutsEverythingOff(t *testing.T) {
	d := newDesk(t, nil)
	delayed := sent(500)
	delayed.kind, delayed.reason = event.Delay, codebook.SystemUnavailable
	d.feed(elsewhere(1000), sent(500), delayed)
	expect(t, "greylisting", d)
	delayed.n = 9500
	d.feed(delayed)
	expect(t, "down", d, "raised deferred provider gmail: critical")
	d.pass(2 * time.Hour)
	expect(t, "no more", d, "ended deferred provider gmail: healthy")
}

func TestUnknownTextsThatRise(t *testing.T) {
	unknown := func(n int, ago time.Duration) mail {
		m := bounced(n)
		m.reason, m.ago = codebook.Undetermined, ago
		return m
	}
	known := func(n int, ago time.Duration) mail {
		m := bounced(n)
		m.ago = ago
		return m
	}
	d := newDesk(t, nil)
	d.feed(known(800, 72*time.Hour), unknown(200, 72*time.Hour), known(70, 0), unknown(30, 0))
	expect(t, "30 % after 20 %", d)
	d = newDesk(t, nil)
	d.feed(known(980, 72*time.Hour), unknown(20, 72*time.Hour), known(85, 0), unknown(15, 0))
	expect(t, "15 % after 2 %", d, "raised unknown-texts total: warning")
}

func TestASuddenRiseIsCriticalThoughTheDayIsFine(t *testing.T) {
	d := newDesk(t, nil)
	old := sent(5000)
	old.ago = 5 * time.Hour
	d.feed(old, sent(450), bounced(40))
	expect(t, "490 in the hour", d)
	d.feed(bounced(20))
	d.look()
	list := d.take()
	if len(list) != 1 || list[0].Finding.Window != reputation.Hour || list[0].Finding.Level != policy.Critical {
		t.Errorf("%+v", list)
	}
}

func TestWhatIsTheMatterWithTheServerItself(t *testing.T) {
	dead, lag := int64(0), time.Duration(0)
	var failing error
	d := newDesk(t, func(o *reputation.Options) {
		o.DeadLetters = func(context.Context) (int64, error) { return dead, nil }
		o.Lag = func(context.Context) (time.Duration, error) { return lag, failing }
	})
	expect(t, "nothing", d)
	dead, lag = 3, 6*time.Minute
	expect(t, "both", d, "raised dead-letters : warning", "raised queue-lag : warning")
	dead, lag = 0, time.Hour
	expect(t, "letters revived", d, "changed queue-lag : critical", "ended dead-letters : healthy")
	lag, failing = 0, errors.New("spool: gone")
	d.pass(3 * time.Hour)
	if err := d.Look(t.Context()); err == nil || !strings.Contains(err.Error(), "spool: gone") || len(d.take()) > 0 {
		t.Errorf("a lag that cannot be told: %v", err)
	}
	failing = nil
	expect(t, "in time again", d, "ended queue-lag : healthy")
}

func TestAlertsOfOneKindAreBounded(t *testing.T) {
	d := newDesk(t, func(o *reputation.Options) { o.Settings.MaxOpen = 3 })
	for i := range 10 {
		m := bounced(100 + i)
		m.sender, m.ip, m.stream, m.provider = fmt.Sprintf("s%d.example", i), "", "", ""
		ok := m
		ok.kind = event.Delivery
		d.feed(m, ok)
	}
	d.look()
	if got := d.take(); len(got) != 3 || got[0].Alert.Subject != "total" || got[1].Alert.Subject != "sender-domain s9.example" {
		t.Errorf("%d alerts: %+v", len(got), got)
	}
}

func TestAlertsAreKnownAfterARestart(t *testing.T) {
	d := newDesk(t, nil)
	d.feed(sent(900), bounced(100))
	expect(t, "before", d, "raised bounce-rate total: critical")
	again, err := reputation.New(reputation.Options{Store: d.store, Now: d.now, Announce: d.announce})
	if err != nil {
		t.Fatal(err)
	}
	d.Reputation = again
	expect(t, "after", d)
	list, err := d.store.ClaimOutgoing(t.Context(), "hook", 10, time.Minute)
	if err != nil || len(list) != 1 || list[0].Kind != "raised" {
		t.Errorf("messages %+v, %v", list, err)
	}
}

// failing is a store whose counters of a dimension cannot be read.
type failing struct {
	reputation.Store
	dimension store.Dimension
}

func (f *failing) Rates(ctx context.Context, q store.RateQuery) ([]store.RateGroup, error) {
	if q.Dimension == f.dimension {
		return nil, errors.New("disk: gone")
	}
	return f.Store.Rates(ctx, q)
}

func TestWhatCannotBeLookedAtKeepsItsAlerts(t *testing.T) {
	var broken *failing
	d := newDesk(t, func(o *reputation.Options) {
		broken = &failing{Store: o.Store}
		o.Store = broken
	})
	d.feed(elsewhere(5000), sent(900), bounced(100))
	if got := d.told(); len(got) != 4 {
		t.Fatalf("%v", got)
	}
	broken.dimension = store.ByIP
	d.pass(48 * time.Hour)
	if err := d.Look(t.Context()); err == nil {
		t.Error("no error")
	}
	if got := d.take(); len(got) != 3 {
		t.Errorf("%d ended, want those of the other dimensions", len(got))
	}
	if open, err := d.store.Alerts(t.Context(), true, 10); err != nil || len(open) != 1 || open[0].Subject != "ip 192.0.2.1" {
		t.Errorf("open: %+v, %v", open, err)
	}
}

func TestRunLooksUntilItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, func(o *reputation.Options) { o.Now = time.Now })
		d.clock = time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.Run(ctx) }()
		synctest.Wait()
		d.feed(sent(900), bounced(100))
		time.Sleep(59 * time.Second)
		synctest.Wait()
		if got := d.take(); len(got) > 0 {
			t.Errorf("too early: %+v", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := d.take(); len(got) != 1 {
			t.Errorf("%d notices", len(got))
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
