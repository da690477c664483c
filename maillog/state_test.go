package maillog_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/maillog"
)

const (
	deferred = " mx1 postfix/smtp[1]: %s: to=<%s>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (connect to mx.example.org[192.0.2.1]:25: Connection timed out)\n"
	expired  = " mx1 postfix/qmgr[1]: %s: from=<s@example.com>, status=expired, returned to sender\n"
)

// TestYear gives stamps without a year the latest year that is not ahead of
// the time the log was last written.
func TestYear(t *testing.T) {
	for _, test := range []struct {
		name  string
		now   time.Time
		stamp []string
		want  []string
	}{
		{"within the year", date(2026, 3, 5), []string{"Mar  4 05:06:07"}, []string{"2026-03-04"}},
		{"across New Year", date(2026, 1, 2), []string{"Dec 31 23:59:59", "Jan  1 00:00:00"}, []string{"2025-12-31", "2026-01-01"}},
		{"a clock that is a little ahead", date(2026, 12, 31), []string{"Jan  1 00:00:00"}, []string{"2027-01-01"}},
		{"followed over New Year", date(2026, 12, 31), []string{"Dec 31 23:59:59", "Jan  1 00:00:01", "Jan  2 00:00:01"}, []string{"2026-12-31", "2027-01-01", "2027-01-02"}},
		{"29 February", date(2027, 5, 1), []string{"Feb 29 12:00:00"}, []string{"2024-02-29"}},
		{"no time given", time.Time{}, []string{"Mar  4 05:06:07"}, []string{"0001-01-01"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := maillog.New(maillog.Options{Now: test.now})
			for i, stamp := range test.stamp {
				events := feed(r, stamp+fmt.Sprintf(deferred, "AAAAA1", "a@example.org"))
				if got := events[0].Time.Format(time.DateOnly); got != test.want[i] {
					t.Errorf("%s is in %s, want %s", stamp, got, test.want[i])
				}
			}
		})
	}
}

func date(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

func TestSetNow(t *testing.T) {
	r := maillog.New(maillog.Options{Now: date(2026, 11, 1)})
	r.SetNow(date(2027, 2, 1))
	events := feed(r, "Jan 15 00:00:00"+fmt.Sprintf(deferred, "AAAAA1", "a@example.org"))
	if got := events[0].Time.Year(); got != 2027 {
		t.Errorf("year %d, want 2027", got)
	}
}

func TestLocation(t *testing.T) {
	r := maillog.New(maillog.Options{Now: now, Location: time.FixedZone("", 3600)})
	events := feed(r, "Mar  4 05:06:07"+fmt.Sprintf(deferred, "AAAAA1", "a@example.org"))
	if got := events[0].Time.Format(time.RFC3339); got != "2026-03-04T04:06:07Z" {
		t.Errorf("time %s", got)
	}
}

// TestRotation joins what one file begins and another ends; line numbers begin
// again.
func TestRotation(t *testing.T) {
	r := maillog.New(maillog.Options{Now: now})
	r.File("mail.log.1")
	feed(r, "Mar  1 05:06:07"+fmt.Sprintf(deferred, "AAAAA1", "a@example.org"))
	r.File("mail.log")
	events := feed(r, "Mar  5 05:06:07"+fmt.Sprintf(expired, "AAAAA1"))
	if len(events) != 1 || events[0].Kind != event.Bounce || events[0].Recipient != "a@example.org" {
		t.Fatalf("got %v", summaries(events))
	}
	if s := events[0].Source; s.File != "mail.log" || s.Line != 1 || s.Index != 0 || s.Format != "postfix-log" {
		t.Errorf("source %+v", s)
	}
}

// TestIDs wants the same ids for a log read again and through another form of
// syslog, and different ones for all events of a message.
func TestIDs(t *testing.T) {
	log := "Mar  1 05:06:07" + fmt.Sprintf(deferred, "AAAAA1", "a@example.org") + "Mar  2 05:06:07" + fmt.Sprintf(deferred, "AAAAA1", "a@example.org") +
		"Mar  2 05:06:07" + fmt.Sprintf(deferred, "AAAAA1", "b@example.org") + "Mar  5 05:06:07" + fmt.Sprintf(expired, "AAAAA1")
	ids := func(log string) []string {
		var list []string
		for _, e := range feed(maillog.New(maillog.Options{Now: now}), log) {
			list = append(list, e.ID)
		}
		return list
	}
	first := ids(log)
	again := ids(strings.NewReplacer("Mar  1 05:06:07", "2026-03-01T06:06:07.123+01:00", "Mar  2 05:06:07", "2026-03-02T05:06:07Z",
		"Mar  5 05:06:07", "<22>1 2026-03-05T05:06:07Z", " mx1 postfix/qmgr[1]:", " mx1 postfix/qmgr 1 - -").Replace(log))
	if len(first) != 5 || !slices.Equal(first, again) {
		t.Errorf("ids differ: %q %q", first, again)
	}
	slices.Sort(first)
	if n := len(slices.Compact(first)); n != 5 {
		t.Errorf("%d different ids, want 5", n)
	}
	key := "mx1\x00AAAAA1\x00a@example.org\x00\x00delay\x001772341567"
	if want := event.ProviderID("postfix-log", key); ids(log)[0] != want {
		t.Errorf("id %s, want %s", ids(log)[0], want)
	}
}

// TestBound feeds far more messages and recipients than may be remembered.
func TestBound(t *testing.T) {
	r := maillog.New(maillog.Options{Now: now, MaxState: 1000})
	rnd := rand.New(rand.NewPCG(3, 4))
	var dst []event.Event
	var before, after runtime.MemStats
	for i := range 60_000 {
		id := fmt.Sprintf("%X", 1<<40+i)
		if i%3 == 0 {
			id = "FFFFFFFFFF" // a message with more recipients than may be remembered
		}
		line := "Mar  4 05:06:07" + fmt.Sprintf(deferred, id, fmt.Sprintf("u%d%s@example.org", rnd.Uint64(), strings.Repeat("x", i%3000)))
		dst = r.Line(dst[:0], []byte(line))
		if i == 10_000 {
			runtime.GC()
			runtime.ReadMemStats(&before)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("memory grew by %d bytes", grown)
	}
	if s := r.Stats(); s.Dropped < 30_000 || s.Events != 60_000 {
		t.Errorf("stats %+v", s)
	}
	runtime.KeepAlive(r)
}

// TestStats counts lines, and shows damaged ones on request only.
func TestStats(t *testing.T) {
	const log = `Mar  4 05:06:07 mx1 sshd[1]: Accepted publickey for root
Mar  4 05:06:07 mx1 postfix/smtp[1]: AAAAA1: to=<a@exam
Mar  4 05:06:07 mx1 postfix/smtpd[1]: connect from h[192.0.2.1]
Mar  4 05:06:07 mx1 postfix/qmgr[1]: AAAAA1: removed
Mar  4 05:06:07 mx1 postfix/qmgr[1]: AAAAA2: from=<s@example.com>, status=expired, returned to sender
some words

`
	r := maillog.New(maillog.Options{Now: now, Samples: 1})
	feed(r, log)
	s := r.Stats()
	if s.Lines != 7 || s.Matched != 2 || s.Damaged != 1 || s.Foreign != 4 || s.Unjoined != 1 || s.Events != 0 {
		t.Errorf("stats %+v", s)
	}
	if len(s.Samples) != 1 || s.Samples[0].Line != 2 || !strings.Contains(s.Samples[0].Text, "to=<a@exam") {
		t.Errorf("samples %+v", s.Samples)
	}
	quiet := maillog.New(maillog.Options{Now: now})
	feed(quiet, log)
	if len(quiet.Stats().Samples) != 0 {
		t.Error("samples nobody asked for")
	}
}

// TestMixed reads lines of several programs and formats in one file.
func TestMixed(t *testing.T) {
	r := maillog.New(maillog.Options{Now: now})
	events := feed(r, "type,rcpt,dsnDiag,timeLogged\n"+
		"b,a@example.org,smtp;550 5.1.1 no,2026-03-04T05:06:07Z\n"+
		"Mar  4 05:06:07"+fmt.Sprintf(deferred, "AAAAA1", "b@example.org")+
		"2026-03-04 05:06:07 1tpE2h-0001Xy-0a ** c@example.org : Unrouteable address\n"+
		"Mar  4 05:06:07 mx1 cron[1]: a,b,c,d,e,f\n"+
		"b,d@example.org,smtp;550 5.1.1 no,2026-03-04T05:06:07Z\n")
	var got []string
	for _, e := range events {
		got = append(got, e.Source.Format+" "+e.Recipient)
	}
	want := []string{"powermta-log a@example.org", "postfix-log b@example.org", "exim-log c@example.org", "powermta-log d@example.org"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFormatOption(t *testing.T) {
	r := maillog.New(maillog.Options{Now: now, Format: maillog.Exim})
	if events := feed(r, "Mar  4 05:06:07"+fmt.Sprintf(deferred, "AAAAA1", "b@example.org")); len(events) != 0 {
		t.Errorf("got %v", summaries(events))
	}
}

func TestFilters(t *testing.T) {
	r := maillog.New(maillog.Options{Now: now, Filters: []string{"filter.example.com"}})
	events := feed(r, "Mar  4 05:06:07 mx1 postfix/smtp[1]: AAAAA1: to=<a@example.org>, relay=filter.example.com[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)\n")
	if len(events) != 0 || r.Stats().Matched != 1 {
		t.Errorf("got %v", summaries(events))
	}
}

// TestRead reads whole files, also with a line that is longer than is looked
// at.
func TestRead(t *testing.T) {
	var log bytes.Buffer
	log.WriteString("Mar  4 05:06:07" + fmt.Sprintf(deferred, "AAAAA1", "a@example.org"))
	log.WriteString("Mar  4 05:06:07 mx1 postfix/smtp[1]: " + strings.Repeat("x", 3*maillog.MaxLine) + "\n")
	log.WriteString(strings.TrimSuffix("Mar  4 05:06:07"+fmt.Sprintf(deferred, "AAAAA1", "b@example.org"), "\n"))
	r := maillog.New(maillog.Options{Now: now})
	var lines []int
	err := r.Read(&log, func(e *event.Event) error {
		lines = append(lines, e.Source.Line)
		return nil
	})
	if err != nil || !slices.Equal(lines, []int{1, 3}) {
		t.Errorf("lines %v, %v", lines, err)
	}
}

// TestGrowing reads generated messages without end in bounded memory; every
// message ends, so that nothing is dropped.
func TestGrowing(t *testing.T) {
	r := maillog.New(maillog.Options{Now: now, MaxState: 1000})
	rnd := rand.New(rand.NewPCG(5, 6))
	var dst []event.Event
	for range 5 {
		for _, line := range postfixLog(rnd, 2000) {
			dst = r.Line(dst[:0], line)
			for i := range dst {
				if dst[i].Sender == "" || dst[i].MessageID == "" {
					t.Fatalf("not joined: %s", summary(&dst[i]))
				}
			}
		}
	}
	if s := r.Stats(); s.Dropped != 0 || s.Events != 10_000 || s.Damaged != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestReadUTF16(t *testing.T) {
	r := maillog.New(maillog.Options{})
	n := 0
	err := r.Read(strings.NewReader(utf16("SenderAddress,RecipientAddress,Status\r\ns@example.com,a@example.org,Failed\r\n")), func(e *event.Event) error {
		n++
		return nil
	})
	if err != nil || n != 1 {
		t.Errorf("%d events, %v", n, err)
	}
}
