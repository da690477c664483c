package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/intray"
	"github.com/rebound-mail/rebound/maillog"
)

// logOptions say how logs are to be read.
type logOptions struct {
	now      time.Time // when the logs were written; zero means when the files were
	clock    func() time.Time
	location *time.Location
	damaged  int // lines to show
}

// reader returns a reader of lines that were written before now.
func (o *logOptions) reader(now time.Time) *maillog.Reader {
	return maillog.New(maillog.Options{Now: now, Location: o.location, Samples: o.damaged})
}

// written is the time from which the year of stamps is inferred.
func (o *logOptions) written(file time.Time) time.Time {
	switch {
	case !o.now.IsZero():
		return o.now
	case !file.IsZero():
		return file
	case o.clock != nil:
		return o.clock()
	}
	return time.Time{}
}

// logFile is a log that waits for its turn.
type logFile struct {
	intray.LogFile
	open *intray.LogSource // of standard input, which cannot be opened twice
	seen int64             // bytes that the progress has counted
}

func newLogFile(f intray.File, src *intray.LogSource, seen int64) *logFile {
	l := &logFile{LogFile: intray.LogFile{File: f, Began: src.Began}, seen: seen}
	if f.Name == intray.Stdin {
		l.open = src
	}
	return l
}

// logJob is events of a log, in order, and what else is to be told at that place.
type logJob struct {
	events *[]event.Event
	stats  maillog.Stats // what was counted since the job before
	file   string        // ended with this job, if why or ended says so
	ended  bool
	why    string
}

// logBatch is how many events make a job.
const logBatch = 256

// runLogs reads the logs that were put aside. The lines of one log need the lines
// before them, so that one goroutine reads; all cores judge.
func (s *scanner) runLogs(report *scanReport, out io.Writer) error {
	if len(s.aside) == 0 {
		return nil
	}
	p := &logProducer{scanner: s, progress: report.progress}
	p.pool.New = func() any { return new([]event.Event) }
	return ordered(p.produce, func(job *logJob) *scanResult {
		w := s.worker(0)
		for i := range *job.events {
			w.logEvent(&(*job.events)[i])
		}
		w.result.tally.log(job)
		if job.why != "" {
			w.fail(job.file, job.why)
		}
		for _, l := range job.stats.Samples {
			w.result.lines = append(w.result.lines, damagedLine(l.File, l.Line, l.Problem, l.Text))
		}
		clear(*job.events)
		*job.events = (*job.events)[:0]
		p.pool.Put(job.events)
		return w.result
	}, func(r *scanResult) error {
		report.add(r)
		_, err := out.Write(r.out)
		return err
	})
}

// logEvent judges one event. What goes wrong in it stays its own.
func (w *scanWorker) logEvent(e *event.Event) {
	defer func() {
		if p := recover(); p != nil {
			w.fail(fmt.Sprintf("%s:%d", e.Source.File, e.Source.Line), fmt.Sprintf("internal error, please report it with this line: %v", p))
		}
	}()
	w.event(e)
}

// logProducer reads logs and makes jobs.
type logProducer struct {
	*scanner
	give     func(*logJob) bool
	progress *progress
	pool     sync.Pool
	reader   *maillog.Reader
	told     maillog.Stats // in jobs that were given
	job      *logJob
	stopped  bool
}

func (p *logProducer) produce(give func(*logJob) bool) {
	p.give = give
	list := make([]intray.LogFile, len(p.aside))
	byName := make(map[string]*logFile, len(p.aside))
	for i := range p.aside {
		list[i] = p.aside[i].LogFile
		byName[list[i].Name] = &p.aside[i]
	}
	for _, series := range intray.Series(list) {
		p.reader, p.told = nil, maillog.Stats{}
		for _, f := range series {
			if p.stopped {
				return
			}
			p.file(byName[f.Name])
		}
		p.samples()
	}
}

// file reads one log.
func (p *logProducer) file(f *logFile) {
	written := p.logs.written(f.Written)
	if p.reader == nil {
		p.reader = p.logs.reader(written)
	}
	p.reader.File(f.Name)
	p.reader.SetNow(written)
	p.begin()
	err := p.read(f)
	p.job.file, p.job.ended = f.Name, true
	if err != nil {
		p.job.why = err.Error()
	}
	p.flush()
}

// read reads the lines of a log. If the reader fails, the rest of the file is
// lost, and what was remembered.
func (p *logProducer) read(f *logFile) (err error) {
	defer func() {
		if r := recover(); r != nil {
			p.reader, p.told = p.logs.reader(p.logs.written(f.Written)), maillog.Stats{}
			err = fmt.Errorf("internal error, please report it with this file: %v", r)
		}
	}()
	src := f.open
	if src == nil {
		in, err := intray.OpenFile(f.File)
		if err != nil {
			return err
		}
		defer in.Close()
		opened, err := intray.Open(&counted{r: in, p: p.progress, skip: f.seen}, intray.Options{Written: f.Written})
		if err != nil {
			return err
		}
		log, ok := opened.(*intray.LogSource)
		if !ok {
			return errors.New("changed while it was read")
		}
		src = log
	}
	for !p.stopped {
		r, err := src.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		p.block(r.Raw)
	}
	*p.job.events = p.reader.Flush(*p.job.events)
	return nil
}

// block reads some lines.
func (p *logProducer) block(lines []byte) {
	for len(lines) > 0 {
		end := lineEnd(lines)
		*p.job.events = p.reader.Line(*p.job.events, lines[:end])
		lines = lines[end:]
		if len(*p.job.events) >= logBatch {
			p.flush()
			p.begin()
		}
	}
}

// lineEnd returns where the first of some lines ends.
func lineEnd(lines []byte) int {
	if end := bytes.IndexByte(lines, '\n'); end >= 0 {
		return end + 1
	}
	return len(lines)
}

func (p *logProducer) begin() { p.job = &logJob{events: p.pool.Get().(*[]event.Event)} }

// flush gives the job, with what was counted since the last one.
func (p *logProducer) flush() {
	now := p.reader.Stats()
	p.job.stats = sinceStats(now, p.told)
	p.told = now
	if !p.stopped {
		p.stopped = !p.give(p.job)
	}
}

// samples gives the damaged lines of a series.
func (p *logProducer) samples() {
	if p.reader == nil || p.stopped {
		return
	}
	p.begin()
	p.job.stats.Samples = p.reader.Stats().Samples
	if len(p.job.stats.Samples) > 0 {
		p.stopped = !p.give(p.job)
	}
}

// sinceStats returns what was counted between two moments.
func sinceStats(now, before maillog.Stats) maillog.Stats {
	return maillog.Stats{
		Lines: now.Lines - before.Lines, Matched: now.Matched - before.Matched, Foreign: now.Foreign - before.Foreign,
		Damaged: now.Damaged - before.Damaged, Events: now.Events - before.Events, Dropped: now.Dropped - before.Dropped,
		Unjoined: now.Unjoined - before.Unjoined,
	}
}
