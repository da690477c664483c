package follow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/decode"
	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/tail"
	"github.com/rebound-mail/rebound/maillog"
)

// follow follows one log until ctx ends.
func (s *Source) follow(ctx context.Context, path string) {
	for failures := 0; ; {
		f := &following{Source: s, path: path}
		err := f.run(ctx)
		if ctx.Err() != nil {
			return
		}
		if f.went {
			failures = 0
		}
		failures++
		s.trouble(path, problem(path, err))
		if !s.opt.Backoff.Wait(ctx, failures) {
			return
		}
	}
}

// problem says what keeps a log from being read.
func problem(path string, err error) string {
	var p *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Sprintf("%s is not there; it is waited for", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("%s may not be read; give the server's user the permission, for example by the group adm", path)
	case errors.As(err, &p):
		err = p.Err
	}
	return fmt.Sprintf("%s: %v", path, err)
}

// following is one run of following one log.
type following struct {
	*Source
	path  string
	log   *Log
	noted tail.Position // that is durable
	went  bool          // the log could be read
}

// keepEvery is after how many bytes of a long read the place is noted.
const keepEvery = 16 << 20

// run follows the log as long as nothing is wrong.
func (f *following) run(ctx context.Context) error {
	log, err := Open(LogOptions{
		Path: f.path, Places: f.places, NewOnly: f.opt.NewOnly, Written: f.opt.Now,
		Reader: maillog.Options{Location: f.opt.Location, Format: f.opt.Format, Filters: f.opt.Filters},
	})
	if err != nil {
		return err
	}
	f.log = log
	defer log.Close()
	for {
		if err := f.poll(ctx); err != nil {
			return err
		}
		f.went = true
		if !intake.Sleep(ctx, f.opt.Every) {
			return ctx.Err()
		}
	}
}

// errFolder is that a log is something else.
var errFolder = errors.New("it is no file that could be followed")

// poll takes in what was added. Where reading fails, what came before is noted.
func (f *following) poll(ctx context.Context) error {
	info, err := os.Stat(f.path)
	if err == nil && !info.Mode().IsRegular() {
		return errFolder // opening a pipe would wait
	}
	reading := f.log.Poll(func(b *Batch) error { return f.take(ctx, b) })
	if at := f.log.Position(); at != f.noted && at.Offset > 0 {
		if err := f.keep(); err != nil {
			return err
		}
	}
	if reading != nil {
		return reading
	}
	if err != nil {
		return f.missing(err)
	}
	f.fine(f.path)
	return nil
}

// missing shows that a log is not there. It goes on being looked for at the usual
// pace, since most often it is only being rotated.
func (f *following) missing(err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f.trouble(f.path, problem(f.path, err))
	return nil
}

// keep notes the place.
func (f *following) keep() error {
	if err := f.log.Keep(); err != nil {
		return fmt.Errorf("the place that was read to cannot be noted: %w", err)
	}
	f.noted = f.log.Position()
	return nil
}

// take gives the events of a batch to the spool.
func (f *following) take(ctx context.Context, b *Batch) error {
	if at := f.log.Position(); at.Offset-f.noted.Offset >= keepEvery || at.Offset < f.noted.Offset {
		if err := f.keep(); err != nil {
			return err
		}
	}
	if b.Panics > 0 {
		f.opt.Logger.Error("internal error, please report it: lines of a log could not be read", "source", f.opt.Name, "path", f.path, "lines", b.Panics)
	}
	reports := f.reports(b)
	if err := f.append(ctx, reports); err != nil {
		return err
	}
	f.gauge.Accept(len(reports))
	if bad := int(b.Stats.Damaged) + b.Panics; bad > 0 {
		f.gauge.Refuse(bad)
	}
	return nil
}

// append gives reports to the spool, again and again until it takes them: the
// reader has seen their lines and must not see them twice.
func (f *following) append(ctx context.Context, reports []spool.Report) error {
	if len(reports) == 0 {
		return ctx.Err()
	}
	for failures := 1; ; failures++ {
		err := f.opt.Spool.Append(ctx, reports...)
		if err == nil {
			if failures > 1 {
				f.fine(f.path)
			}
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f.trouble(f.path, intake.SpoolProblem(err))
		if !intake.Sleep(ctx, f.opt.Backoff.After(failures, rand.Float64())) {
			return ctx.Err()
		}
	}
}

// reportEvents is how many events a report has at most: so many that a flood of
// lines makes few reports, so few that one which cannot be processed is small.
const reportEvents = 256

// reports packs events.
func (f *following) reports(b *Batch) []spool.Report {
	var list []spool.Report
	for events := range slices.Chunk(b.Events, reportEvents) {
		for _, body := range f.encode(events) {
			list = append(list, f.report(b.Name, body))
		}
	}
	return list
}

// encode writes events, in one piece as far as they can be written. One that
// cannot is a defect of the reader; it is left out, and the others are not.
func (f *following) encode(events []event.Event) (bodies [][]byte) {
	defer func() {
		switch problem := recover(); {
		case problem == nil:
		case len(events) > 1:
			for one := range slices.Chunk(events, 1) {
				bodies = append(bodies, f.encode(one)...)
			}
		default:
			f.gauge.Refuse(1)
			f.opt.Logger.Error("internal error, please report it: an event of a log cannot be written", "source", f.opt.Name, "path", f.path, "line", events[0].Source.Line, "error", problem)
		}
	}()
	return [][]byte{decode.EncodeEvents(events)}
}

func (f *following) report(name string, body []byte) spool.Report {
	meta := map[string]string{spool.MetaPath: name}
	if f.opt.Stream != "" {
		meta[spool.MetaStream] = f.opt.Stream
	}
	return spool.Report{ID: spool.NewID(), Source: spool.Tail, Received: f.opt.Now(), Trust: spool.TrustSource, Kind: spool.KindJSON, Body: body, Meta: meta}
}
