package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebound-mail/rebound/internal/spool"
)

// faulty is a file on a disk that has faults.
type faulty struct {
	file
	faults *plan
}

// plan says what fails; the zero value nothing.
type plan struct {
	mu                    sync.Mutex
	room                  int64 // where files end, if it is not zero
	sync, cut, make       error
	hold                  chan struct{} // told before a sync, and waited for
	syncs, created, wrote int
}

func (f *plan) set(change func(*plan)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *plan) create(path string) (file, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.created++
	if f.make != nil {
		return nil, f.make
	}
	inner, err := createFile(path)
	return &faulty{inner, f}, err
}

// WriteAt writes what there is room for, as a full disk does.
func (f *faulty) WriteAt(b []byte, at int64) (int, error) {
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	f.faults.wrote += len(b)
	if room := f.faults.room; room > 0 && at+int64(len(b)) > room {
		n, _ := f.file.WriteAt(b[:max(0, room-at)], at)
		return n, &os.PathError{Op: "write", Path: "segment", Err: syscall.ENOSPC}
	}
	return f.file.WriteAt(b, at)
}

func (f *faulty) Sync() error {
	if f.faults.hold != nil {
		f.faults.hold <- struct{}{}
		<-f.faults.hold
	}
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	f.faults.syncs++
	if f.faults.sync != nil {
		return f.faults.sync
	}
	return f.file.Sync()
}

func (f *faulty) Truncate(size int64) error {
	f.faults.mu.Lock()
	defer f.faults.mu.Unlock()
	if f.faults.cut != nil {
		return f.faults.cut
	}
	return f.file.Truncate(size)
}

func TestAFullDiskRefusesAndGoesOnWhenThereIsRoom(t *testing.T) {
	var faults plan
	dir := t.TempDir()
	s := mustOpen(t, dir, Settings{create: faults.create, MinFree: -1})
	mustAppend(t, s, "a")
	for room := int64(1); room < 600; room += 7 {
		faults.set(func(f *plan) { f.room = room })
		err := s.Append(t.Context(), report("refused", "body of refused"+strings.Repeat(" x", 300)))
		if !errors.Is(err, spool.ErrFull) || !errors.Is(err, spool.ErrDiskFull) || !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("room for %d bytes: %v", room, err)
		}
	}
	faults.set(func(f *plan) { f.room = 0 })
	mustAppend(t, s, "b")
	wantReports(t, s, "a b")
	must(t, s.Close())
	s = mustOpen(t, dir, Settings{})
	if stats := s.Stats(); stats.Torn != 0 || stats.Damaged != 0 {
		t.Errorf("%+v", stats)
	}
	wantReports(t, s, "a b")
}

func TestAFailedFsyncIsNotTrusted(t *testing.T) {
	var faults plan
	dir := t.TempDir()
	s := mustOpen(t, dir, Settings{create: faults.create})
	mustAppend(t, s, "a")
	faults.set(func(f *plan) { f.sync = syscall.EIO })
	for _, id := range []string{"b", "c"} {
		if err := s.Append(t.Context(), report(id, "")); !errors.Is(err, syscall.EIO) || errors.Is(err, spool.ErrFull) {
			t.Errorf("error %v", err)
		}
	}
	faults.set(func(f *plan) { f.sync = nil })
	created := faults.created
	mustAppend(t, s, "d")
	if faults.created != created+1 {
		t.Error("the file that could not be synced is written to again")
	}
	wantReports(t, s, "a d")
	must(t, s.Close())
	wantReports(t, mustOpen(t, dir, Settings{}), "a d")
}

func TestWhatCannotBeCutOffIsNotHandedOut(t *testing.T) {
	var faults plan
	s := mustOpen(t, t.TempDir(), Settings{create: faults.create})
	mustAppend(t, s, "a")
	faults.set(func(f *plan) { f.room, f.cut = 200, syscall.EIO })
	if err := s.Append(t.Context(), report("b", strings.Repeat("x", 1000))); !errors.Is(err, spool.ErrDiskFull) {
		t.Errorf("error %v", err)
	}
	faults.set(func(f *plan) { f.room, f.cut = 0, nil })
	mustAppend(t, s, "c")
	wantReports(t, s, "a c")
	dir := s.dir
	must(t, s.Close())
	s = mustOpen(t, dir, Settings{})
	if stats := s.Stats(); stats.Torn == 0 || stats.Damaged != 0 {
		t.Errorf("%+v", stats)
	}
	wantReports(t, s, "a c")
}

func TestADiskThatIsNearlyFullTakesNoNewSegment(t *testing.T) {
	var free int64 = 1000
	s := mustOpen(t, t.TempDir(), Settings{MinFree: 1001, free: func(string) (int64, bool) { return free, true }})
	if err := s.Append(t.Context(), report("a", "")); !errors.Is(err, spool.ErrDiskFull) || !errors.Is(err, spool.ErrFull) {
		t.Errorf("error %v", err)
	}
	free++
	mustAppend(t, s, "b")
	wantReports(t, s, "b")
}

func TestADirectoryThatMayNotBeWrittenTo(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Settings{})
	mustAppend(t, s, "a")
	must(t, s.Close())
	switch {
	case os.Getuid() != 0:
		must(t, os.Chmod(dir, 0o500))
		must(t, os.Chmod(filepath.Join(dir, "LOCK"), 0o400))
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	default:
		mountReadOnly(t, dir)
	}
	_, err := Open(dir, Settings{})
	if !errors.Is(err, spool.ErrReadOnly) || !strings.Contains(err.Error(), dir) {
		t.Errorf("existing: %v", err)
	}
	if _, err := Open(filepath.Join(dir, "new"), Settings{}); !errors.Is(err, spool.ErrReadOnly) || !strings.Contains(err.Error(), dir) {
		t.Errorf("new: %v", err)
	}
}

func TestADirectoryThatTurnsReadOnly(t *testing.T) {
	faults := plan{make: &os.PathError{Op: "open", Path: "x", Err: syscall.EROFS}}
	s := mustOpen(t, t.TempDir(), Settings{create: faults.create})
	if err := s.Append(t.Context(), report("a", "")); !errors.Is(err, spool.ErrReadOnly) {
		t.Errorf("error %v", err)
	}
	faults.set(func(f *plan) { f.make = nil })
	mustAppend(t, s, "b")
	wantReports(t, s, "b")
}

func TestTheSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Settings{})
	_, err := Open(dir, Settings{})
	if !errors.Is(err, spool.ErrInUse) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("error %v", err)
	}
	mustAppend(t, s, "a")
	must(t, s.Close())
	wantReports(t, mustOpen(t, dir, Settings{}), "a")
}

func TestTheBoundHoldsUntilThereIsRoom(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Settings{MaxBytes: 10_000, SegmentBytes: 1000})
	accepted := 0
	for ; ; accepted++ {
		err := s.Append(t.Context(), report(fmt.Sprint(accepted), "body of "+fmt.Sprint(accepted)))
		if errors.Is(err, spool.ErrFull) && !errors.Is(err, spool.ErrDiskFull) {
			break
		}
		must(t, err)
	}
	if stats := s.Stats(); stats.Bytes > stats.Limit+segmentHeaderSize || stats.Bytes < stats.Limit*8/10 || stats.Len != accepted || stats.Limit != 10_000 {
		t.Errorf("%d accepted, %+v", accepted, stats)
	}
	all := drainAll(t, s)
	must(t, s.Done(t.Context(), all[:len(all)/2]...))
	mustAppend(t, s, "later")
	if err := s.Append(t.Context(), report("large", strings.Repeat("x", 10_000))); !errors.Is(err, spool.ErrTooLarge) {
		t.Errorf("more than the spool holds: %v", err)
	}
	small := mustOpen(t, t.TempDir(), Settings{MaxReport: 10})
	if err := small.Append(t.Context(), report("large", "12345678901")); !errors.Is(err, spool.ErrTooLarge) {
		t.Errorf("more than a report may have: %v", err)
	}
}

func TestAParkedReportComesBackIntoAFullSpool(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Settings{MaxBytes: 700})
	mustAppend(t, s, "a")
	drainAll(t, s)
	must(t, s.Park(t.Context(), "a", "", received()))
	for i := 0; s.Append(t.Context(), report(fmt.Sprint(i), "body of "+fmt.Sprint(i))) == nil; i++ {
	}
	must(t, s.Requeue(t.Context(), "a"))
	if all := drainAll(t, s); all[len(all)-1] != "a" {
		t.Errorf("the spool has %q", all)
	}
}

// Nothing of what is done stays on the disk: not in the segment that is written
// to, nor in those before.
func TestFinishedSegmentsAreRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		s := mustOpen(t, dir, Settings{SegmentBytes: 1000})
		for i := range 50 {
			mustAppend(t, s, fmt.Sprint(i))
		}
		if n := len(strings.Fields(files(t, dir))); n < 5 {
			t.Fatalf("%d files: the segments are not small", n)
		}
		all := drainAll(t, s)
		must(t, s.Done(t.Context(), all...))
		time.Sleep(6 * time.Second) // of the bubble's clock
		synctest.Wait()
		if got := files(t, dir); got != "" {
			t.Errorf("there is still %s", got)
		}
		if stats := s.Stats(); stats.Bytes != 0 || stats.Len != 0 {
			t.Errorf("%+v", stats)
		}
		mustAppend(t, s, "a")
		wantReports(t, s, "a")
		must(t, s.Close())
	})
}

// A backlog of many segments is not kept in memory, and comes in order.
func TestOnlySegmentsInUseAreInMemory(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Settings{SegmentBytes: 1000})
	var want []string
	for i := range 100 {
		want = append(want, fmt.Sprint(i))
		mustAppend(t, s, fmt.Sprint(i))
	}
	wantLoaded := func(when string, most int) {
		t.Helper()
		s.mu.Lock()
		defer s.mu.Unlock()
		loaded := 0
		for _, g := range s.segments {
			if g.slots != nil {
				loaded++
			}
		}
		if len(s.segments) < 8 || loaded > most {
			t.Errorf("%s %d of %d segments are in memory", when, loaded, len(s.segments))
		}
	}
	wantLoaded("while it grows", 2)
	must(t, s.Close())
	s = mustOpen(t, dir, Settings{SegmentBytes: 1000})
	wantLoaded("opened again", 1)
	if n := s.Stats().Len; n != 100 {
		t.Errorf("%d reports", n)
	}
	wantReports(t, s, strings.Join(want, " "))
}

func TestOthersFilesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "1.seg"), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "0000000000000007.log"), []byte("left of a removed segment"), 0o600))
	s := mustOpen(t, dir, Settings{})
	mustAppend(t, s, "a")
	must(t, s.Close())
	if got := files(t, dir); got != "0000000000000008.seg 1.seg notes.txt" {
		t.Errorf("there is %s", got)
	}
}
