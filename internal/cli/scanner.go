package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/rebound-mail/rebound/bounce"
	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/intray"
	"github.com/rebound-mail/rebound/smtpcode"
)

// scanner turns files into events. One goroutine lists files and cuts the large
// ones into mails, all cores parse, and what they find goes out in the order of
// the files.
type scanner struct {
	in         io.Reader // standard input
	paths      []string
	limit      int64 // of one mail
	classifier *classify.Classifier
	parse      func([]byte, bounce.Options) bounce.Report
	encoder    func() encoder // one a job; nil writes nothing
	memory     int64          // for mails under way; 0 means twice the limit, and leastMemory at least
	budget     budget
	logs       logOptions
	aside      []logFile
}

// leastMemory keeps all cores busy with mails of any usual size.
const leastMemory = 64 << 20

// encoder writes events in a form.
type encoder interface {
	// encode appends an event to dst.
	encode(dst []byte, e *event.Event) []byte
	// none appends what there is to say of a mail that is no report.
	none(dst []byte, file string, index int) []byte
}

// A job is what one core works on at a time: some small files, which it reads
// itself, or some mails of a large one.
const (
	jobItems  = 64
	jobBytes  = 512 << 10
	smallFile = 256 << 10
	grown     = 4 * smallFile // what is read of a small file that has grown since it was listed
)

// scanJob is work, in order.
type scanJob struct {
	items []scanItem
	bytes int64 // of the items
}

// scanItem is a small file to be read whole, a record of a larger file, or the
// reason why a file cannot be read; a record may come with a reason.
type scanItem struct {
	file   intray.File
	record *intray.Record
	log    *logFile
	err    error
}

// scanResult is what became of a job.
type scanResult struct {
	out    []byte
	tally  *tally
	failed []failure
	bytes  int64
	small  int64 // bytes of small files, which nobody has counted as read
	logs   []logFile
	lines  []string // damaged, for people
}

// failure is a file, or a mail in it, that could not be read, and why.
type failure struct{ file, why string }

// run scans everything. It fails only if the output cannot be written.
func (s *scanner) run(report *scanReport, out io.Writer) error {
	if s.memory == 0 {
		s.memory = max(2*s.limit, leastMemory)
	}
	s.budget.init(s.memory)
	err := ordered(func(give func(*scanJob) bool) {
		p := &producer{scanner: s, give: give, progress: report.progress}
		p.produce()
	}, s.work, func(r *scanResult) error {
		s.budget.release(r.bytes)
		s.aside = append(s.aside, r.logs...)
		report.add(r)
		_, err := out.Write(r.out)
		if err != nil {
			s.budget.release(1 << 60) // nobody waits any more
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.runLogs(report, out)
}

// producer lists files and makes jobs.
type producer struct {
	*scanner
	give     func(*scanJob) bool
	progress *progress
	job      *scanJob
	stopped  bool
}

func (p *producer) produce() {
	intray.Walk(p.paths, func(f intray.File) bool {
		if f.Err == nil && f.Size >= 0 && f.Size <= smallFile {
			p.add(scanItem{file: f}, f.Size)
		} else {
			p.stream(f)
		}
		return !p.stopped
	})
	p.flush()
}

// add puts an item into the job, which goes out when it is large enough.
func (p *producer) add(item scanItem, size int64) {
	if p.job == nil {
		p.job = &scanJob{}
	}
	p.job.items = append(p.job.items, item)
	p.job.bytes += size
	if len(p.job.items) >= jobItems || p.job.bytes >= jobBytes {
		p.flush()
	}
}

// flush hands the job on as soon as there is memory for it.
func (p *producer) flush() {
	if p.job == nil || p.stopped {
		return
	}
	p.budget.take(p.job.bytes)
	p.stopped = !p.give(p.job)
	p.job = nil
}

// stream cuts a large file, or one of unknown size, into records.
func (p *producer) stream(f intray.File) {
	in, err := p.open(f)
	if err != nil {
		p.add(scanItem{file: f, err: err}, 0)
		return
	}
	defer in.Close()
	bytes := &counted{r: in, p: p.progress}
	src, err := intray.Open(bytes, intray.Options{MaxRecord: p.limit, FileSize: f.Size, Written: f.Written})
	if err != nil {
		p.add(scanItem{file: f, err: err}, 0)
		return
	}
	if log, ok := src.(*intray.LogSource); ok {
		p.add(scanItem{file: f, log: newLogFile(f, log, bytes.n)}, 0)
		return
	}
	for !p.stopped {
		r, err := src.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		item := scanItem{file: f, err: err}
		if len(r.Raw) > 0 || err == nil {
			item.record = &r
		}
		p.add(item, int64(len(r.Raw)))
		if err != nil {
			return
		}
	}
}

func (p *producer) open(f intray.File) (io.ReadCloser, error) {
	if f.Name == intray.Stdin {
		return io.NopCloser(p.in), nil
	}
	return intray.OpenFile(f)
}

// work parses and classifies a job.
func (s *scanner) work(job *scanJob) *scanResult {
	w := s.worker(job.bytes)
	for i := range job.items {
		item := &job.items[i]
		switch {
		case item.log != nil:
			w.result.logs = append(w.result.logs, *item.log)
		case item.record != nil:
			w.record(item.file.Name, item.record)
		case item.err == nil:
			w.file(item.file)
		}
		if item.err != nil {
			w.fail(item.file.Name, item.err.Error())
		}
	}
	return w.result
}

// scanWorker does one job.
type scanWorker struct {
	*scanner
	enc    encoder
	result *scanResult
	buf    bytes.Buffer
}

func (s *scanner) worker(bytes int64) *scanWorker {
	w := &scanWorker{scanner: s, result: &scanResult{tally: newTally(), bytes: bytes}}
	if s.encoder != nil {
		w.enc = s.encoder()
	}
	return w
}

func (w *scanWorker) fail(file, why string) {
	w.result.failed = append(w.result.failed, failure{file, why})
}

// file reads a small file.
func (w *scanWorker) file(f intray.File) {
	aside, err := w.readFile(f)
	if err != nil {
		w.fail(f.Name, err.Error())
	}
	if !aside {
		w.result.small += f.Size
	}
}

// readFile reads a small file, or puts it aside if it is a log.
func (w *scanWorker) readFile(f intray.File) (aside bool, err error) {
	in, err := intray.OpenFile(f)
	if err != nil {
		return false, err
	}
	defer in.Close()
	w.buf.Reset()
	if _, err := w.buf.ReadFrom(io.LimitReader(in, grown)); err != nil {
		return false, err
	}
	src, err := intray.OpenBytes(w.buf.Bytes(), intray.Options{MaxRecord: w.limit, Written: f.Written})
	if err != nil {
		return false, err
	}
	if log, ok := src.(*intray.LogSource); ok {
		w.result.logs = append(w.result.logs, *newLogFile(f, log, 0))
		return true, nil
	}
	for {
		r, err := src.Next()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if len(r.Raw) > 0 || err == nil {
			w.record(f.Name, &r)
		}
		if err != nil {
			return false, err
		}
	}
}

// record judges one mail or text. What goes wrong in it stays its own.
func (w *scanWorker) record(file string, r *intray.Record) {
	defer func() {
		if p := recover(); p != nil {
			w.fail(place(file, r), fmt.Sprintf("internal error, please report it with this mail: %v", p))
		}
	}()
	if r.Kind == intray.Payload {
		w.payload(file, r)
		return
	}
	events := w.events(r)
	w.result.tally.record(events)
	if len(events) == 0 && w.enc != nil {
		w.result.out = w.enc.none(w.result.out, file, r.Index)
	}
	for i := range events {
		e := &events[i]
		e.Source.File, e.Source.Index = file, r.Index
		if r.Kind == intray.Text {
			e.Source.Line = r.Line
		}
		if r.Size > int64(len(r.Raw)) {
			e.Problems = append(e.Problems, event.Problem{Code: "too-large", Detail: fmt.Sprintf("only %d of %d bytes were read", len(r.Raw), r.Size)})
		}
		w.event(e)
	}
}

// event judges an event and writes it.
func (w *scanWorker) event(e *event.Event) {
	w.classifier.Event(e)
	w.result.tally.event(e)
	if w.enc != nil {
		w.result.out = w.enc.encode(w.result.out, e)
	}
}

// place names a mail of an mbox.
func place(file string, r *intray.Record) string {
	if r.Index == 0 {
		return file
	}
	return fmt.Sprintf("%s, mail %d", file, r.Index)
}

func (w *scanWorker) events(r *intray.Record) []event.Event {
	if r.Kind == intray.Text {
		return []event.Event{textEvent(string(r.Raw))}
	}
	return w.parse(r.Raw, bounce.Options{MaxBytes: w.limit}).Events
}

// textEvent makes an event of the text of a reply: nothing but what it says is
// known.
func textEvent(text string) event.Event {
	reply := smtpcode.Parse(text)
	e := event.Event{Kind: event.Bounce, ReplyCode: reply.Code, Status: reply.Status, Diagnostic: text, Source: event.Source{Format: "text"}}
	if reply.Class() == smtpcode.Success {
		e.Kind = event.Delivery
	}
	e.ID = e.ComputeID()
	return e
}
