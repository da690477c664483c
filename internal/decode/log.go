package decode

import (
	"fmt"
	"io"
	"slices"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/maillog"
)

// log reads the report as lines of a log. What lines say of one message is joined
// within the report.
func (r *reader) log(src io.Reader) error {
	r.result.Kind = Log
	format := maillog.Format(r.in.Format)
	if format != maillog.Unknown && !slices.Contains(maillog.Formats(), format) {
		return fmt.Errorf("%w: %q", ErrFormat, r.in.Format)
	}
	log := maillog.New(maillog.Options{Now: r.in.Received, Location: r.in.Location, Format: format, Samples: MaxProblems})
	log.File(r.in.File)
	err := log.Read(src, func(e *event.Event) error {
		if e.ID == "" {
			e.ID = e.ComputeID()
		}
		return r.add(*e)
	})
	stats := log.Stats()
	r.result.Records, r.result.Passed, r.result.Unread = int(stats.Lines), int(stats.Foreign), int(stats.Damaged+stats.Unjoined)
	for _, s := range stats.Samples {
		r.problem(ProblemLine, fmt.Sprintf("line %d: %s", s.Line, s.Problem))
	}
	return err
}
