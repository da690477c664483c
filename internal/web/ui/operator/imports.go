package operator

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// stage is how far an import is.
type stage string

// The stages.
const (
	stageChecking  stage = "checking"  // what the list would do is being found out
	stagePreviewed stage = "previewed" // somebody has to say yes
	stageImporting stage = "importing"
	stageDone      stage = "done"
	stageFailed    stage = "failed"
)

// keptFor is how long a list is kept that nobody says yes or no to.
const keptFor = 30 * time.Minute

// imports are lists that are looked at or imported in the background. Only who
// brought a list sees it.
type imports struct {
	most int
	ctx  context.Context // ends with close
	stop context.CancelFunc
	busy sync.WaitGroup

	mu sync.Mutex
	by map[string]*job
}

// job is one list.
type job struct {
	who    string
	upload *upload
	im     store.Import
	read   atomic.Int64 // bytes
	now    func() time.Time

	mu      sync.Mutex
	cancel  context.CancelFunc
	done    chan struct{} // closed when the work has ended
	stage   stage
	touched time.Time
	preview store.ImportReport
	report  store.ImportReport
	err     error
}

func newImports(most int) *imports {
	i := &imports{most: most, by: map[string]*job{}}
	i.ctx, i.stop = context.WithCancel(context.Background())
	return i
}

// close ends all of them and waits.
func (i *imports) close() error {
	i.stop()
	i.busy.Wait()
	i.mu.Lock()
	defer i.mu.Unlock()
	for id, j := range i.by {
		j.upload.drop()
		delete(i.by, id)
	}
	return nil
}

// begin takes a list and begins its preview.
func (i *imports) begin(to store.Importer, who string, u *upload, im store.Import, now func() time.Time) (id string, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ctx.Err() != nil {
		return "", store.ErrClosed
	}
	i.tidy(now())
	if len(i.by) >= i.most {
		return "", mistaken("There are %d lists being imported or previewed already. Finish or cancel one of them; one that nobody looks at goes by itself after half an hour.", len(i.by))
	}
	id = random()
	j := &job{who: who, upload: u, im: im, now: now}
	i.by[id] = j
	i.start(j, to, stageChecking)
	return id, nil
}

// tidy removes what is done, or nobody came back to.
func (i *imports) tidy(now time.Time) {
	for id, j := range i.by {
		j.mu.Lock()
		idle := now.Sub(j.touched) >= keptFor || j.stage == stageDone || j.stage == stageFailed
		running := j.running()
		j.mu.Unlock()
		if idle && !running {
			j.upload.drop()
			delete(i.by, id)
		}
	}
}

// running reports whether a job is being worked on.
func (j *job) running() bool { return j.stage == stageChecking || j.stage == stageImporting }

// start works on a job in the background.
func (i *imports) start(j *job, to store.Importer, s stage) {
	ctx, cancel := context.WithCancel(i.ctx)
	done := make(chan struct{})
	j.mu.Lock()
	j.cancel, j.done, j.stage, j.touched = cancel, done, s, j.now()
	j.mu.Unlock()
	j.read.Store(0)
	i.busy.Go(func() {
		defer close(done)
		defer cancel()
		im := j.im
		im.DryRun, im.Now = s == stageChecking, j.now()
		report, err := im.Read(ctx, to, &progress{ctx, io.NewSectionReader(j.upload.file, 0, j.upload.size), &j.read})
		j.settle(s, report, err)
	})
}

// settle keeps the outcome.
func (j *job) settle(s stage, report store.ImportReport, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.touched, j.err = j.now(), err
	if s == stageChecking {
		j.preview = report
		j.stage = stagePreviewed
	} else {
		j.report = report
		j.stage = stageDone
	}
	if err != nil {
		j.stage = stageFailed
	}
}

// progress counts what was read, until ctx ends.
type progress struct {
	ctx context.Context
	r   io.Reader
	n   *atomic.Int64
}

// Read reads.
func (p *progress) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := p.r.Read(b)
	p.n.Add(int64(n))
	return n, err
}

// find returns a list of who asks. i.mu is held.
func (i *imports) find(id, who string) *job {
	j := i.by[id]
	if j == nil || j.who != who {
		return nil
	}
	return j
}

// confirm begins the import of a list that was previewed.
func (i *imports) confirm(to store.Importer, id, who string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	j := i.find(id, who)
	if j == nil {
		return errNoPage
	}
	j.mu.Lock()
	ready := j.stage == stagePreviewed
	j.mu.Unlock()
	if !ready || i.ctx.Err() != nil {
		return mistaken("This list is being imported already, or was.")
	}
	i.start(j, to, stageImporting)
	return nil
}

// cancel stops and removes a list, and says what was imported of it.
func (i *imports) cancel(id, who string) (store.ImportReport, bool) {
	i.mu.Lock()
	j := i.find(id, who)
	if j == nil {
		i.mu.Unlock()
		return store.ImportReport{}, false
	}
	delete(i.by, id)
	i.mu.Unlock()
	j.mu.Lock()
	stop, done := j.cancel, j.done
	j.mu.Unlock()
	stop()
	<-done
	j.upload.drop()
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.report, true
}

// importView is what the page of an import shows.
type importView struct {
	ID, Name         string
	Size, Read       int64
	Format           store.Format
	Stream, Note     string
	Stage            stage
	Running          bool
	Preview, Report  store.ImportReport
	Problem          string
	Stopped, Nothing bool
}

func (i *imports) view(id, who string) (importView, bool) {
	i.mu.Lock()
	j := i.find(id, who)
	i.mu.Unlock()
	if j == nil {
		return importView{}, false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.touched = j.now()
	v := importView{ID: id, Name: j.upload.name, Size: j.upload.size, Read: min(j.read.Load(), j.upload.size), Format: j.im.Format, Stream: j.im.Stream, Note: j.im.Note,
		Stage: j.stage, Running: j.running(), Preview: j.preview, Report: j.report, Nothing: j.preview.Added == 0}
	switch {
	case errors.Is(j.err, context.Canceled):
		v.Stopped = true
	case errors.Is(j.err, store.ErrFull):
		v.Problem = "The disk is full. Free some space, and import the list again: what was added stays, and is not added twice."
	case j.err != nil:
		v.Problem = "The list could not be read to its end: " + store.Cut(j.err.Error(), 300)
	}
	return v, true
}
