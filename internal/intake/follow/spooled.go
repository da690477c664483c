package follow

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
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
	var refused *spoolError
	switch {
	case errors.As(err, &refused):
		return intake.SpoolProblem(refused.err)
	case errors.Is(err, errPlace):
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
	if f.log.Position() != f.noted {
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

// errPlace is that a place cannot be noted.
var errPlace = errors.New("how far it was read cannot be noted in the data directory")

// keep notes the place, unless it is the beginning of a file: that would not tell
// the file from others once it is rotated away. Until something of it was read the
// place in the one before stands; its last lines may come twice.
func (f *following) keep() error {
	if f.log.Position().Offset == 0 {
		return nil
	}
	if err := f.log.Keep(); err != nil {
		return fmt.Errorf("%w: %w", errPlace, err)
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
	if bad := int(b.Stats.Damaged) + b.Panics; bad > 0 {
		f.gauge.Refuse(bad)
	}
	return f.append(ctx, f.reports(b))
}

// spoolError is that the spool did not take a report. It ends a run, and the next
// one begins at the place that was noted: while the spool is full the log may be
// rotated, and the reader must not see lines twice.
type spoolError struct{ err error }

func (e *spoolError) Error() string { return e.err.Error() }
func (e *spoolError) Unwrap() error { return e.err }

// append gives reports to the spool.
func (f *following) append(ctx context.Context, reports []spool.Report) error {
	if ctx.Err() != nil || len(reports) == 0 {
		return ctx.Err()
	}
	err := f.opt.Spool.Append(ctx, reports...)
	never := errors.Is(err, spool.ErrTooLarge) || errors.Is(err, spool.ErrInvalid)
	switch {
	case err == nil:
		f.gauge.Accept(len(reports))
		return nil
	case never && len(reports) == 1:
		f.gauge.Refuse(1)
		f.opt.Logger.Error("internal error, please report it: events of a log are lost", "source", f.opt.Name, "path", f.path, "error", err)
		return nil
	case !never:
		return &spoolError{err}
	}
	for one := range slices.Chunk(reports, 1) {
		if err := f.append(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

// reportEvents is how many events a report has at most: so many that a flood of
// lines makes few reports, so few that one which cannot be processed is small.
const reportEvents = 256

// reportBytes is how large a report of several events may be.
const reportBytes = 8 << 20

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

// encode writes events, in one piece if that is not too large. One that cannot be
// written is a defect of the reader; it is left out, and the others are not.
func (f *following) encode(events []event.Event) (bodies [][]byte) {
	defer func() {
		switch problem := recover(); {
		case problem == nil:
		case len(events) > 1:
			bodies = f.halves(events)
		default:
			f.gauge.Refuse(1)
			f.opt.Logger.Error("internal error, please report it: an event of a log cannot be written", "source", f.opt.Name, "path", f.path, "line", events[0].Source.Line, "error", problem)
		}
	}()
	body := decode.EncodeEvents(events)
	if len(body) > reportBytes && len(events) > 1 {
		return f.halves(events)
	}
	return [][]byte{body}
}

func (f *following) halves(events []event.Event) [][]byte {
	half := len(events) / 2
	return append(f.encode(events[:half]), f.encode(events[half:])...)
}

func (f *following) report(name string, body []byte) spool.Report {
	meta := map[string]string{spool.MetaPath: name}
	if f.opt.Stream != "" {
		meta[spool.MetaStream] = f.opt.Stream
	}
	return spool.Report{ID: spool.NewID(), Source: spool.Tail, Received: f.opt.Now(), Trust: spool.TrustSource, Kind: spool.KindJSON, Body: body, Meta: meta}
}
