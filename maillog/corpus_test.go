package maillog_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/maillog"
)

// sampleLog reads a log of the evaluation corpus, which is no part of the
// repository.
func sampleLog(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("REBOUND_CORPUS")
	if dir == "" {
		dir = "../../shared/corpus"
	}
	b, err := os.ReadFile(filepath.Join(dir, "logs", name))
	if err != nil {
		t.Skipf("no evaluation logs: set REBOUND_CORPUS (%v)", err)
	}
	return string(b)
}

// TestCorpusLogs holds what is read of whole logs to what their lines count to.
func TestCorpusLogs(t *testing.T) {
	for _, test := range []struct {
		file                        string
		format                      maillog.Format
		bounces, delays, deliveries int
	}{
		{"youyo/test.log", maillog.Postfix, 0, 0, 4},
		{"youyo/test-iso8601.log", maillog.Postfix, 0, 0, 4},
		{"pmta/bounce-sample.csv", maillog.PowerMTA, 1, 0, 0},
		{"exchange/messagetracking-excerpt.log", maillog.Exchange, 0, 0, 1},
		{"exim-mainlog-sample.log", maillog.Exim, -1, -1, -1},
	} {
		t.Run(test.file, func(t *testing.T) {
			log := sampleLog(t, test.file)
			if f, ok := maillog.Detect([]byte(log)); f != test.format || !ok {
				t.Errorf("Detect = %q, %v", f, ok)
			}
			if test.bounces < 0 {
				test.bounces, test.delays, test.deliveries = eximCounts(log)
			}
			r := maillog.New(maillog.Options{Now: now, Samples: 5})
			kinds := map[event.Kind]int{}
			for _, e := range feed(r, log) {
				kinds[e.Kind]++
			}
			if kinds[event.Bounce] != test.bounces || kinds[event.Delay] != test.delays || kinds[event.Delivery] != test.deliveries {
				t.Errorf("got %v, want %d bounces, %d delays, %d deliveries", kinds, test.bounces, test.delays, test.deliveries)
			}
			if s := r.Stats(); s.Damaged > 0 {
				t.Errorf("stats %+v", s)
			}
		})
	}
}

// eximCounts counts the flags of a main log.
func eximCounts(log string) (bounces, delays, deliveries int) {
	for line := range strings.Lines(log) {
		fields := strings.Fields(line)
		if len(fields) < 5 || strings.Count(fields[2], "-") != 2 {
			continue
		}
		switch fields[3] {
		case "**":
			bounces++
		case "==":
			delays++
		case "=>", "->", ">>":
			deliveries++
		}
	}
	return bounces, delays, deliveries
}

// TestCorpusMessages reads single messages of Postfix whose status and reply
// are known.
func TestCorpusMessages(t *testing.T) {
	kinds := map[string]event.Kind{"sent": event.Delivery, "deferred": event.Delay, "bounced": event.Bounce}
	checked := 0
	for line := range strings.Lines(sampleLog(t, "postfix/whyscream-grok.jsonl")) {
		var c struct{ Case, Program, Msg, Status, Response string }
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		kind, ok := kinds[c.Status]
		if !ok || !strings.Contains(c.Msg, "to=<") || strings.Contains(c.Msg, "relay=127.0.0.1") && c.Status == "sent" {
			continue
		}
		events := feed(maillog.New(maillog.Options{Now: now}), fmt.Sprintf("Mar  4 05:06:07 mx1 postfix/%s[1]: %s\n", c.Program, c.Msg))
		if len(events) != 1 || events[0].Kind != kind {
			t.Errorf("%s: %v, want one %s", c.Case, summaries(events), kind)
			continue
		}
		said := strings.Join(strings.Fields(events[0].Diagnostic), " ")
		if want := strings.Join(strings.Fields(c.Response), " "); want != "" && !strings.Contains(said, want) && !strings.Contains(want, said) {
			t.Errorf("%s: %q, want %q", c.Case, said, want)
		}
		checked++
	}
	if checked < 10 {
		t.Errorf("only %d messages checked", checked)
	}
}
