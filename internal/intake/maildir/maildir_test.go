package maildir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/intaketest"
	"github.com/rebound-mail/rebound/internal/spool"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// box is a Maildir that is watched.
type box struct {
	t     *testing.T
	path  string
	spool *intaketest.Spool
	*Maildir
}

func at() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) }

func newBox(t *testing.T, opt Options) *box {
	t.Helper()
	b := &box{t: t, path: filepath.Join(t.TempDir(), "Maildir"), spool: &intaketest.Spool{}}
	for _, folder := range []string{"new", "cur", "tmp"} {
		b.check(os.MkdirAll(filepath.Join(b.path, folder), 0o700))
	}
	opt.Path, opt.Spool = b.path, b.spool
	if opt.Now == nil {
		opt.Now = at
	}
	b.open(opt)
	return b
}

// open watches the folder anew, as another process would.
func (b *box) open(opt Options) {
	b.t.Helper()
	m, err := New(opt)
	b.check(err)
	b.Maildir = m
}

func (b *box) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// deliver puts a mail into new.
func (b *box) deliver(name, text string) {
	b.t.Helper()
	b.check(os.WriteFile(filepath.Join(b.path, "new", name), []byte(text), 0o600))
}

// names lists a folder.
func (b *box) names(folder string) []string {
	b.t.Helper()
	entries, err := os.ReadDir(filepath.Join(b.path, folder))
	b.check(err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// bodies returns what the spool has, in order.
func (b *box) bodies() []string {
	var list []string
	for _, r := range b.spool.Reports() {
		list = append(list, string(r.Body))
	}
	return list
}

// wantLook looks once and compares what is where.
func (b *box) wantLook(bodies, inNew, inCur []string) {
	b.t.Helper()
	b.check(b.look(b.t.Context()))
	b.want(bodies, inNew, inCur)
}

func (b *box) want(bodies, inNew, inCur []string) {
	b.t.Helper()
	for what, diff := range map[string]string{
		"spool": cmp.Diff(bodies, b.bodies(), cmpopts.EquateEmpty()),
		"new":   cmp.Diff(inNew, b.names("new"), cmpopts.EquateEmpty()),
		"cur":   cmp.Diff(inCur, b.names("cur"), cmpopts.EquateEmpty()),
	} {
		if diff != "" {
			b.t.Errorf("%s: %s", what, diff)
		}
	}
}

func TestAMailIsTakenAndMoved(t *testing.T) {
	b := newBox(t, Options{Stream: "news"})
	b.deliver("1700000000.1.mx1", "mail\r\n\x00\xff")
	b.wantLook([]string{"mail\r\n\x00\xff"}, nil, []string{"1700000000.1.mx1:2,S"})
	want := []spool.Report{{
		Source: spool.Maildir, Received: at(), Trust: spool.TrustOpen, Kind: spool.KindMail, Body: []byte("mail\r\n\x00\xff"),
		Meta: map[string]string{spool.MetaPath: filepath.Join(b.path, "new", "1700000000.1.mx1"), spool.MetaStream: "news"},
	}}
	if diff := cmp.Diff(want, b.spool.Reports(), cmpopts.IgnoreFields(spool.Report{}, "ID")); diff != "" {
		t.Error(diff)
	}
	status := intake.Status{Name: b.path, Kind: spool.Maildir, State: intake.Starting, Accepted: 1, Last: at()}
	if diff := cmp.Diff(status, b.Status()); diff != "" {
		t.Error(diff)
	}
	b.wantLook([]string{"mail\r\n\x00\xff"}, nil, []string{"1700000000.1.mx1:2,S"})
}

func TestOddNames(t *testing.T) {
	b := newBox(t, Options{})
	names := []string{"a b", "with:2,", "flagged:2,F", "seen:2,RS", "experimental:1,x", "new\nline", "-rf", "\xff\xfe", "..x", strings.Repeat("n", 240), "colon:"}
	for _, name := range names {
		b.deliver(name, "mail")
	}
	b.check(os.Mkdir(filepath.Join(b.path, "new", "folder"), 0o700))
	b.deliver(".hidden", "no mail")
	b.check(b.look(t.Context()))
	want := []string{"-rf:2,S", "a b:2,S", "colon:2,S", "experimental:2,S", "flagged:2,FS", "new\nline:2,S", strings.Repeat("n", 240) + ":2,S", "seen:2,RS", "with:2,S", "\xff\xfe:2,S"}
	slices.Sort(want)
	if diff := cmp.Diff(want, b.names("cur")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"..x", ".hidden", "folder"}, b.names("new")); diff != "" {
		t.Error(diff)
	}
	if status := b.Status(); status.Accepted != 10 || status.Problem != "" {
		t.Errorf("%+v", status)
	}
}

func TestNothingIsOverwritten(t *testing.T) {
	b := newBox(t, Options{})
	b.check(os.WriteFile(filepath.Join(b.path, "cur", "1:2,S"), []byte("older"), 0o600))
	b.deliver("1", "newer")
	b.check(b.look(t.Context()))
	var texts []string
	for _, name := range b.names("cur") {
		text, err := os.ReadFile(filepath.Join(b.path, "cur", name))
		b.check(err)
		texts = append(texts, string(text))
		if !strings.HasSuffix(name, ":2,S") {
			t.Errorf("name %q", name)
		}
	}
	slices.Sort(texts)
	if diff := cmp.Diff([]string{"newer", "older"}, texts); diff != "" {
		t.Error(diff)
	}
}

func TestFoldersThatLeadElsewhere(t *testing.T) {
	b := newBox(t, Options{})
	elsewhere := t.TempDir()
	b.check(os.WriteFile(filepath.Join(elsewhere, "1"), []byte("secret"), 0o600))
	b.check(os.Remove(filepath.Join(b.path, "new")))
	b.check(os.Symlink(elsewhere, filepath.Join(b.path, "new")))
	if err := b.look(t.Context()); err == nil {
		t.Error("a link is followed out of the Maildir")
	}
	if len(b.bodies()) > 0 {
		t.Error("what stands elsewhere is taken")
	}
}

func TestMailsThatVanish(t *testing.T) {
	b := newBox(t, Options{})
	b.deliver("1", "first")
	b.deliver("2", "second")
	b.spool.Refuse = func(context.Context, []spool.Report) error {
		b.check(os.Remove(filepath.Join(b.path, "new", "1")))
		return os.Rename(filepath.Join(b.path, "new", "2"), filepath.Join(b.path, "cur", "2:2,"))
	}
	b.wantLook([]string{"first", "second"}, nil, []string{"2:2,"})
	if status := b.Status(); status.Problem != "" {
		t.Errorf("%+v", status)
	}
	l := &look{Maildir: b.Maildir, bad: map[string]bool{}}
	b.check(l.open())
	defer l.close()
	b.deliver("3", "x")
	entries, err := os.ReadDir(filepath.Join(b.path, "new"))
	b.check(err)
	b.check(os.Remove(filepath.Join(b.path, "new", "3")))
	if err := l.take(t.Context(), entries[0]); err != nil || l.stays > 0 || len(l.batch) > 0 {
		t.Errorf("%v, %d stay, %d taken", err, l.stays, len(l.batch))
	}
}

func TestWhatTheSpoolRefusesStays(t *testing.T) {
	b := newBox(t, Options{})
	b.deliver("1", "mail")
	b.spool.Refuse = func(context.Context, []spool.Report) error { return fmt.Errorf("append: %w", spool.ErrFull) }
	err := b.look(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the spool is full") {
		t.Errorf("%v", err)
	}
	b.want(nil, []string{"1"}, nil)
	b.spool.Refuse = nil
	b.wantLook([]string{"mail"}, nil, []string{"1:2,S"})
}

func TestOneMailThatTheSpoolNeverTakes(t *testing.T) {
	for _, why := range []error{spool.ErrTooLarge, spool.ErrInvalid} {
		b := newBox(t, Options{})
		for _, name := range []string{"1", "2", "3"} {
			b.deliver(name, "mail "+name)
		}
		b.spool.Refuse = func(_ context.Context, reports []spool.Report) error {
			for _, r := range reports {
				if string(r.Body) == "mail 2" {
					return why
				}
			}
			return nil
		}
		b.wantLook([]string{"mail 1", "mail 3"}, []string{"2"}, []string{"1:2,S", "3:2,S"})
		if status := b.Status(); status.Refused != 1 || status.Problem == "" {
			t.Errorf("%v: %+v", why, status)
		}
	}
}

// A process that dies between the spool and the move takes a mail again; nothing
// is lost.
func TestRestartInTheMiddle(t *testing.T) {
	b := newBox(t, Options{})
	b.deliver("1", "mail 1")
	b.deliver("2", "mail 2")
	cur := filepath.Join(b.path, "cur")
	b.check(os.Remove(cur))
	for range 3 { // what the spool has is not given to it again and again
		if err := b.look(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot be moved from new to cur") {
			t.Errorf("%v", err)
		}
		b.deliver("3", "mail 3")
	}
	if diff := cmp.Diff([]string{"mail 1", "mail 2"}, b.bodies()); diff != "" {
		t.Error(diff)
	}
	b.check(os.Mkdir(cur, 0o700))
	b.open(b.opt) // killed
	b.wantLook([]string{"mail 1", "mail 2", "mail 1", "mail 2", "mail 3"}, nil, []string{"1:2,S", "2:2,S", "3:2,S"})
}

func TestAMaildirThatIsMissing(t *testing.T) {
	for _, gone := range []string{".", "new"} {
		b := newBox(t, Options{})
		path := filepath.Join(b.path, gone)
		b.check(os.RemoveAll(path))
		if err := b.look(t.Context()); err == nil || !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), b.path) != 1 {
			t.Errorf("%v", err)
		}
	}
}

// TestAHugeFolder counts how much is alive while 10,000 mails are taken.
func TestAHugeFolder(t *testing.T) {
	b := newBox(t, Options{})
	const mails = 10_000
	text := strings.Repeat("a line of a mail that came back\r\n", 64)
	for i := range mails {
		b.deliver(fmt.Sprintf("%05d", i), text)
	}
	largest, calls, most := 0, 0, uint64(0)
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	seen := map[string]bool{}
	counting := &counter{func(reports []spool.Report) {
		calls++
		largest = max(largest, len(reports))
		for _, r := range reports {
			seen[filepath.Base(r.Meta[spool.MetaPath])] = true
		}
		if calls%20 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}}
	b.Maildir.opt.Spool = counting
	b.check(b.look(t.Context()))
	if len(seen) != mails || len(b.names("new")) > 0 || len(b.names("cur")) != mails {
		t.Errorf("%d taken, %d left, %d moved", len(seen), len(b.names("new")), len(b.names("cur")))
	}
	if largest > batchMails || calls > mails/batchMails+mails/maxNames+1 {
		t.Errorf("%d at once, %d times", largest, calls)
	}
	if more := int64(most) - int64(before.HeapAlloc); more > 8<<20 {
		t.Errorf("%d kB alive", more>>10)
	}
}

// counter is a spool that keeps nothing.
type counter struct{ see func([]spool.Report) }

func (c *counter) Append(_ context.Context, reports ...spool.Report) error {
	c.see(reports)
	return nil
}

func TestBatchesAreBounded(t *testing.T) {
	b := newBox(t, Options{MaxMessage: 64 << 20})
	for i := range 5 {
		b.deliver(fmt.Sprint(i), strings.Repeat("x", 3<<20))
	}
	b.Maildir.opt.Spool = &counter{func(reports []spool.Report) {
		if len(reports) > 1 {
			t.Errorf("%d mails of 3 MB at once", len(reports))
		}
	}}
	b.check(b.look(t.Context()))
}

func TestRunning(t *testing.T) {
	b := newBox(t, Options{Every: time.Minute, Now: time.Now})
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.Run(ctx) }()
		time.Sleep(time.Second)
		b.deliver("1", "mail 1")
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]string{"mail 1"}, b.bodies()); diff != "" {
			t.Error(diff)
		}
		b.check(os.Rename(filepath.Join(b.path, "new"), filepath.Join(b.path, "away")))
		time.Sleep(time.Minute)
		if status := b.Status(); status.State != intake.Waiting || status.Problem == "" {
			t.Errorf("%+v", status)
		}
		b.check(os.Rename(filepath.Join(b.path, "away"), filepath.Join(b.path, "new")))
		time.Sleep(10 * time.Minute)
		if status := b.Status(); status.State != intake.Polling || status.Problem != "" {
			t.Errorf("%+v", status)
		}
		stop()
		if err := <-ended; err != nil || b.Status().State != intake.Stopped {
			t.Errorf("%v %+v", err, b.Status())
		}
	})
}

func TestStoppedInTheMiddle(t *testing.T) {
	b := newBox(t, Options{})
	for i := range 3 * batchMails {
		b.deliver(fmt.Sprintf("%04d", i), fmt.Sprint(i))
	}
	ctx, stop := context.WithCancel(t.Context())
	b.spool.Refuse = func(context.Context, []spool.Report) error {
		if b.spool.Calls() == 1 {
			stop()
		}
		return nil
	}
	if err := b.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if taken, moved := len(b.bodies()), len(b.names("cur")); taken != batchMails || moved != batchMails {
		t.Errorf("%d taken, %d moved", taken, moved)
	}
}

func TestBadOptions(t *testing.T) {
	for name, opt := range map[string]Options{
		"no path":       {Spool: &intaketest.Spool{}},
		"no spool":      {Path: "x"},
		"negative":      {Path: "x", Spool: &intaketest.Spool{}, Every: -1},
		"negative size": {Path: "x", Spool: &intaketest.Spool{}, MaxMessage: -1},
	} {
		if _, err := New(opt); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
