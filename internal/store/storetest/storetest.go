// Package storetest is the test that every store has to pass.
package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
	"github.com/rebound-mail/rebound/smtpcode"
)

// Options are how a test wants a store to be.
type Options struct {
	Settings    policy.Settings
	Retention   store.Retention
	Now         func() time.Time
	Announce    store.Announce
	MaxUnknowns int // 0 for the store's own
}

// Home is where the data of one test is. Open opens the store there; a test
// opens it again after it has closed it.
type Home interface {
	Open(t *testing.T, o Options) store.Store
	// Restore opens the copy that Backup has written.
	Restore(t *testing.T, path string, o Options) store.Store
}

// Run runs the test. The function makes an empty home.
func Run(t *testing.T, home func(t *testing.T) Home) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *bench)
	}{
		{"a permanent failure suppresses", testSuppresses},
		{"a mailing is answered per stream", testStreams},
		{"several failures in a row suppress for a while", testConsecutive},
		{"an event counts once", testOnce},
		{"order and repetition do not matter", testOrder},
		{"concurrent calls lose and repeat nothing", testConcurrent},
		{"what is not trusted suppresses nobody", testUntrusted},
		{"an event for no address is kept", testNoAddress},
		{"an event may count for another address", testOtherKey},
		{"all is there after closing and opening", testReopen},
		{"other settings change the list", testSettings},
		{"check agrees with recipient", testCheck},
		{"a recipient can be forgotten", testForget},
		{"changes are announced", testAnnounce},
		{"a cancelled call does nothing", testCancelled},
		{"a clock set back", testClockBack},
		{"suppressions are listed", testList},
		{"suppressions are added and released by hand", testByHand},
		{"a release survives late reports", testLateReports},
		{"a list is exported and imported", testTransfer},
		{"events come back as they were", testVerbatim},
		{"events are searched", testSearch},
		{"a history is read in pages", testHistory},
		{"evidence is kept verbatim", testEvidence},
		{"rates are counted", testRates},
		{"a message's failure counts once for rates", testRatesOnce},
		{"rates are bounded", testRatesBounded},
		{"rates of any time agree", testRatesOfAnyTime},
		{"reasons of delays are counted apart", testDelayReasons},
		{"attempts are counted once", testAttempts},
		{"unknown texts are counted and bounded", testUnknowns},
		{"old things are pruned", testPrune},
		{"old rates are kept by the hour", testRolled},
		{"requests are carried out once", testRequests},
		{"tokens", testTokens},
		{"outgoing messages", testOutbox},
		{"alerts", testAlerts},
		{"a backup while running", testBackup},
		{"a closed store refuses", testClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.test(t, newBench(t, home))
		})
	}
}

// bench is a home with a clock, and a store that was opened there.
type bench struct {
	home Home
	make func(*testing.T) Home
	opts Options
	store.Store

	mu    sync.Mutex
	clock time.Time
}

// began is when the clocks of tests start. It is not changed.
var began = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

func newBench(t *testing.T, make func(*testing.T) Home) *bench {
	b := &bench{home: make(t), make: make, clock: began}
	b.opts.Now = b.now
	b.open(t)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func (b *bench) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.clock
}

// pass lets time pass, or turns the clock back.
func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = b.clock.Add(d)
}

func (b *bench) open(t *testing.T) {
	t.Helper()
	b.Store = b.home.Open(t, b.opts)
}

// reopen closes the store and opens it with other options.
func (b *bench) reopen(t *testing.T, change func(*Options)) {
	t.Helper()
	ok(t, b.Close())
	if change != nil {
		change(&b.opts)
	}
	b.open(t)
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// apply applies entries.
func (b *bench) apply(t *testing.T, entries ...store.Entry) {
	t.Helper()
	ok(t, b.Apply(t.Context(), entries))
}

// answer asks for a recipient.
func (b *bench) answer(t *testing.T, address, stream string) policy.Answer {
	t.Helper()
	r, err := b.Recipient(t.Context(), policy.Key{Recipient: address, Stream: stream})
	ok(t, err)
	return r.Answer
}

// suppressed asks whether a recipient is suppressed, both ways.
func (b *bench) suppressed(t *testing.T, address, stream string) bool {
	t.Helper()
	one := b.answer(t, address, stream)
	all, err := b.Check(t.Context(), []policy.Key{{Recipient: address, Stream: stream}})
	ok(t, err)
	if one.Suppressed != all[0].Suppressed || one.MaySend != all[0].MaySend {
		t.Fatalf("%s: recipient says %+v, check says %+v", address, one, all[0])
	}
	return one.Suppressed
}

// sound fails the test if the store is not in order.
func (b *bench) sound(t *testing.T) {
	t.Helper()
	problems, err := b.Verify(t.Context())
	ok(t, err)
	for _, p := range problems {
		t.Error("not sound: ", p)
	}
}

// Bounce is a trusted bounce at a time. Events that differ in an argument differ
// in their id.
func Bounce(recipient string, reason codebook.Reason, message string, at time.Time) store.Entry {
	v := &event.Verdict{
		Reason: reason, Category: codebook.CategoryRecipient, Lasting: codebook.Temporary, Bounce: event.Soft, Decision: codebook.Count,
		Impact: codebook.ImpactMedium, Confidence: event.Certain, Provider: "example", Rule: "generic-" + string(reason), Sources: []string{"rfc5321"},
		Remedy: []string{"Wait.", "Ask {who}."},
	}
	code, status := smtpcode.Code(452), smtpcode.Status{Class: 4, Subject: 2, Detail: 2}
	if policy.AgainstAddress(reason) {
		v.Lasting, v.Bounce, v.Decision = codebook.Permanent, event.Hard, codebook.Suppress
		code, status = 550, smtpcode.Status{Class: 5, Subject: 1, Detail: 1}
	}
	e := event.Event{
		Time: at, Kind: event.Bounce, Recipient: recipient, Sender: "news@sender.example", MessageID: message, Action: event.Failed,
		ReplyCode: code, Status: status, Diagnostic: fmt.Sprintf("%d %s said so", code, reason), SourceIP: "192.0.2.1", Verdict: v,
	}
	e.ID = e.ComputeID()
	return store.Entry{Event: e, Trusted: true, Received: at}
}

// Kind is an event of another kind.
func Kind(kind event.Kind, recipient, stream, message string, at time.Time) store.Entry {
	e := event.Event{Time: at, Kind: kind, Recipient: recipient, Sender: "news@sender.example", MessageID: message, Stream: stream}
	e.ID = e.ComputeID()
	return store.Entry{Event: e, Trusted: true, Received: at}
}
