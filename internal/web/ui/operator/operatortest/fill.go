package operatortest

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
	"github.com/rebound-mail/rebound/smtpcode"
)

// place is a provider that mail goes to.
type place struct {
	provider, domain, host string
	share                  float64 // of all mail
	bounces                float64 // of its mail, on a usual day
	replies                []string
}

func places() []place {
	unknown := "550 5.1.1 The email account that you tried to reach does not exist"
	full := "452 4.2.2 The email account that you tried to reach is over quota"
	return []place{
		{"gmail", "gmail.example", "gmail-smtp-in.l.google.com", .42, .009, []string{unknown, unknown, unknown, full,
			"550 5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy"}},
		{"exchange-online", "contoso.example", "contoso-example.mail.protection.outlook.com", .18, .014, []string{
			"550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "550 5.4.1 Recipient address rejected: Access denied",
			"550 5.7.1 Service unavailable, client host [198.51.100.7] blocked using Spamhaus"}},
		{"yahoo", "yahoo.example", "mta7.am0.yahoodns.net", .14, .012, []string{
			"554 delivery error: dd This user doesn't have a yahoo.com account (kim@yahoo.example) [0]", "421 4.7.0 [TSS04] Messages from 198.51.100.7 temporarily deferred due to user complaints"}},
		{"icloud", "icloud.example", "mx01.mail.icloud.com", .08, .006, []string{"550 5.1.1 <kim@icloud.example>: user does not exist", "552 5.2.2 <kim@icloud.example>: user is over quota"}},
		{"gmx", "gmx.example", "mx00.gmx.net", .07, .008, []string{"550 Requested action not taken: mailbox unavailable", full}},
		{"", "shop.example", "mx.shop.example", .11, .022, []string{"550 5.1.1 <kim@shop.example>: no such user here",
			"554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using zen.spamhaus.org", "550 5.7.1 Message rejected as spam by Content Filtering",
			"550 zebra crossing closed", "554 the porter of mx4 shakes his head"}},
	}
}

// from is who sends: a domain, an address, a stream, and what part of all mail.
type from struct {
	domain, ip, stream string
	share              float64
}

func senders() []from {
	return []from{
		{"news.example.com", "198.51.100.7", "newsletter", .55}, {"news.example.com", "198.51.100.8", "newsletter", .13},
		{"shop.example.com", "198.51.100.20", "receipts", .2}, {"example.com", "198.51.100.20", "account", .09}, {"alumni.example.org", "203.0.113.40", "alumni", .03},
	}
}

// perDay is how many messages are attempted on a usual day.
const perDay = 12000

// fill makes a month of it.
func (s *Site) fill(t testing.TB) {
	t.Helper()
	ctx, rng := context.Background(), rand.New(rand.NewPCG(7, 11))
	begin := s.clock.AddDate(0, 0, -31).Truncate(time.Hour)
	var attempts []store.Attempts
	var entries []store.Entry
	flush := func() {
		check(t, s.Store.CountAttempts(ctx, attempts))
		check(t, s.Store.Apply(ctx, entries))
		attempts, entries = attempts[:0], entries[:0]
	}
	for at := begin; at.Before(s.clock); at = at.Add(time.Hour) {
		volume := perDay / 24 * busy(at)
		for i, f := range senders() {
			for j, p := range places() {
				n := int64(volume * f.share * p.share * (0.9 + 0.2*rng.Float64()))
				if n == 0 && rng.Float64() < volume*f.share*p.share {
					n = 1
				}
				attempts = append(attempts, store.Attempts{ID: fmt.Sprintf("%d-%d-%d", at.Unix(), i, j), Time: at, Sender: f.domain, IP: f.ip, Stream: f.stream, Provider: p.provider, Count: n})
				entries = append(entries, s.failures(rng, at, f, p, n)...)
			}
		}
		if len(entries) > 400 {
			flush()
		}
	}
	flush()
	s.specials(t)
	check(t, s.Reputation.Look(ctx))
}

// busy is how much mail there is at a time of the day and week: 1 on average.
func busy(at time.Time) float64 {
	day := 1 + 0.75*math.Sin((float64(at.Hour())-9)/24*2*math.Pi)
	if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		day *= 0.6
	}
	return day
}

// failures are the bounces and complaints of some messages. Since yesterday the
// first address is on a blocklist of one provider, and an old list is being mailed.
func (s *Site) failures(rng *rand.Rand, at time.Time, f from, p place, n int64) []store.Entry {
	rate, replies := p.bounces, p.replies
	age := s.clock.Sub(at)
	switch {
	case f.stream == "alumni":
		rate *= 5
	case age < 20*time.Hour && p.provider == "exchange-online" && f.ip == "198.51.100.7":
		rate, replies = .11, p.replies[2:]
	case age > 17*24*time.Hour && age < 19*24*time.Hour && f.stream == "newsletter":
		rate *= 4
	}
	var list []store.Entry
	for range n {
		when := at.Add(time.Duration(rng.IntN(3600)) * time.Second)
		if when.After(s.clock) {
			continue
		}
		kim := fmt.Sprintf("kim%d@%s", rng.IntN(40000), p.domain)
		switch chance := rng.Float64(); {
		case chance < rate:
			list = append(list, s.bounce(rng, when, kim, replies[rng.IntN(len(replies))], f, p))
		case chance < rate+.0006:
			e := event.Event{Kind: event.Complaint, Time: when, Recipient: kim, Sender: "bounces@" + f.domain, SourceIP: f.ip, Stream: f.stream, MessageID: fmt.Sprintf("c%d@%s", rng.Uint32(), f.domain),
				FeedbackType: "abuse", ReportingMTA: p.host, RemoteMTA: p.host, Source: event.Source{Format: "arf"}}
			list = append(list, s.entry(e, when))
		}
	}
	return list
}

func (s *Site) bounce(rng *rand.Rand, when time.Time, to, reply string, f from, p place) store.Entry {
	e := event.Event{Kind: event.Bounce, Action: event.Failed, Time: when, Recipient: to, Sender: "bounces@" + f.domain, SourceIP: f.ip, Stream: f.stream,
		MessageID: fmt.Sprintf("m%d@%s", rng.Uint32(), f.domain), Diagnostic: strings.ReplaceAll(reply, "kim@", "kim"+fmt.Sprint(rng.IntN(900))+"@"), RemoteMTA: p.host,
		ReportingMTA: "mx1.example.com", Command: "RCPT TO", Subject: "What is new in November", Source: event.Source{Format: "dsn"}}
	if r := smtpcode.Parse(reply); r.Code != 0 {
		e.ReplyCode, e.Status = r.Code, r.Status
	}
	return s.entry(e, when)
}

func (s *Site) entry(e event.Event, when time.Time) store.Entry {
	s.Classifier.Event(&e)
	return store.Entry{Event: e, Trusted: true, Received: when, Report: &store.Report{ID: spool.NewID(), Body: []byte(Mail(&e))}}
}

// Mail is a report as an MTA would have written it of an event.
func Mail(e *event.Event) string {
	return "From: MAILER-DAEMON@mx1.example.com (Mail Delivery System)\r\nTo: " + e.Sender + "\r\nSubject: Undelivered Mail Returned to Sender\r\nDate: " +
		e.Time.UTC().Format(time.RFC1123Z) + "\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b1\"\r\n\r\n" +
		"--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nYour message could not be delivered.\r\n\r\n<" + e.Recipient + ">: host " + e.RemoteMTA + " said:\r\n    " + e.Diagnostic +
		"\r\n\r\n--b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx1.example.com\r\n\r\nFinal-Recipient: rfc822; " + e.Recipient +
		"\r\nAction: failed\r\nStatus: " + e.Status.String() + "\r\nRemote-MTA: dns; " + e.RemoteMTA + "\r\nDiagnostic-Code: smtp; " + e.Diagnostic + "\r\n\r\n--b1--\r\n"
}

// Sam is a recipient with a history: failures, one try, a release, a failure for good.
const Sam = "sam@shop.example"

// Hostile is a recipient whose server said what is meant to break a page.
const Hostile = "hostile@shop.example"

// HostileText is what that server said.
const HostileText = "550 5.1.1 <script>document.title='taken'</script><img src=x onerror=alert(1)> \u202euser unknown\u202c \x1b[31m \"'--></q></main>"

// specials are what single pages show.
func (s *Site) specials(t testing.TB) {
	t.Helper()
	ctx, rng := context.Background(), rand.New(rand.NewPCG(3, 5))
	p, f := places()[5], senders()[2]
	for _, days := range []int{25, 21, 16} {
		check(t, s.Store.Apply(ctx, []store.Entry{s.bounce(rng, s.clock.AddDate(0, 0, -days), Sam, "452 4.2.2 "+Sam+": mailbox is over quota", f, p)}))
	}
	_, err := s.Store.Release(ctx, Sam, policy.Lift{At: s.clock.AddDate(0, 0, -15), By: "operator", Note: "says the mailbox works again"})
	check(t, err)
	check(t, s.Store.Apply(ctx, []store.Entry{s.bounce(rng, s.clock.AddDate(0, 0, -2), Sam, "550 5.1.1 <"+Sam+">: no such user here", f, p),
		s.bounce(rng, s.clock.Add(-time.Hour), Hostile, HostileText, f, p)}))
	_, err = s.Store.AddSuppressions(ctx, []store.Block{{Recipient: "ceo@example.org", Block: policy.Block{By: "operator", Note: "asked by telephone", Stream: "newsletter"}}})
	check(t, err)
	s.giveUp(t)
}

// park keeps reports aside.
func (s *Site) park(t testing.TB) {
	t.Helper()
	ctx := context.Background()
	for i, body := range []string{"\x00\x01 no mail at all", "From: MAILER-DAEMON@example.net\r\nSubject: <script>alert(1)</script>\r\n\r\nbroken \u202e report\r\n"} {
		received := s.clock.Add(-time.Duration(i+1) * time.Hour)
		check(t, s.Spool.Append(ctx, spool.Report{ID: spool.NewID(), Source: spool.SMTP, Received: received, Kind: spool.KindMail, Trust: spool.TrustOpen,
			Body: []byte(body), Meta: map[string]string{spool.MetaFrom: "<>", spool.MetaTo: "bounces@example.com", spool.MetaRemote: "203.0.113.99"}}))
	}
	claimed, err := s.Spool.Claim(ctx, 10)
	check(t, err)
	for _, c := range claimed {
		check(t, s.Spool.Park(ctx, c.ID, "it was handed out 5 times and the process died each time", s.clock.Add(-30*time.Minute)))
	}
}

// giveUp makes dead letters.
func (s *Site) giveUp(t testing.TB) {
	t.Helper()
	ctx := context.Background()
	var list []store.Outgoing
	for i := range 3 {
		list = append(list, store.Outgoing{ID: fmt.Sprintf("msg_%d", i), Target: "crm", Kind: "recipient.suppressed", Created: s.clock.Add(-80 * time.Hour),
			Body: []byte(`{"type":"recipient.suppressed","data":{"recipient":"kim@example.org"}}`)})
	}
	check(t, s.Store.Enqueue(ctx, list))
	claimed, err := s.Store.ClaimOutgoing(ctx, "crm", 10, time.Minute)
	check(t, err)
	var results []store.Attempt
	for _, m := range claimed {
		results = append(results, store.Attempt{ID: m.ID, Error: "post crm: 500 Internal Server Error"})
	}
	check(t, s.Store.SettleOutgoing(ctx, results))
}
