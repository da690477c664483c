package maillog_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/maillog"
)

// now is when the logs of the tests were last written.
var now = time.Date(2026, 3, 5, 12, 0, 0, 0, time.UTC)

// row is one test: lines of a log and the events that they make, as summary
// writes them.
type row struct {
	name string
	log  string
	want []string
}

func runRows(t *testing.T, rows []row) {
	t.Helper()
	for _, test := range rows {
		t.Run(test.name, func(t *testing.T) {
			r := maillog.New(maillog.Options{Now: now, Samples: 5})
			got := summaries(feed(r, test.log))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s\n%+v", diff, r.Stats())
			}
		})
	}
}

// feed reads a log line by line, to its end.
func feed(r *maillog.Reader, log string) []event.Event {
	var events []event.Event
	for line := range strings.Lines(strings.TrimLeft(log, "\n")) {
		events = r.Line(events, []byte(line))
	}
	return r.Flush(events)
}

// summary writes what matters of an event on one line: what is empty is left
// out.
func summary(e *event.Event) string {
	var b strings.Builder
	b.WriteString(string(e.Kind))
	add := func(format, value string) {
		if value != "" {
			fmt.Fprintf(&b, format, value)
		}
	}
	if e.Action == event.Expanded || e.Action == event.Relayed {
		add("(%s)", string(e.Action))
	}
	add(" %s", e.Recipient)
	add(" orig=%s", e.OriginalRecipient)
	add(" from=%s", e.Sender)
	add(" id=%s", e.MessageID)
	add(" %s", e.ReplyCode.String())
	add(" %s", e.Status.String())
	add(" %s", strings.ReplaceAll(e.Command, " ", "_"))
	add(" @%s", e.RemoteMTA)
	add(" ip=%s", e.SourceIP)
	add(" by=%s", e.ReportingMTA)
	add(" %q", e.Diagnostic)
	add(" hint=%s", string(e.Hint.Reason))
	add(" fbl=%s", e.FeedbackType)
	for _, p := range e.Problems {
		add(" !%s", p.Code)
	}
	if !e.Time.IsZero() {
		add(" %s", e.Time.Format("06-01-02T15:04:05"))
	}
	return b.String()
}

func summaries(events []event.Event) []string {
	var list []string
	for i := range events {
		list = append(list, summary(&events[i]))
	}
	return list
}
