package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/rebound-mail/rebound/internal/durable"
	"github.com/rebound-mail/rebound/internal/store"
)

// walSync makes what was committed durable. SQLite is told not to sync the
// write-ahead log at every commit (it does so before it copies the log into the
// database, so the file is sound whatever happens); this does it, after the
// commit and beside the next one, and nobody is told that something is kept
// before. What is in the log up to its last whole commit is found again after a
// loss of power.
type walSync struct {
	sync    func() error
	tickets atomic.Int64 // commits so far

	mu     sync.Mutex
	synced int64 // commits that are durable
	failed error // when the log could not be synced nothing more can be promised
}

// openWAL opens the write-ahead log of a data directory.
func openWAL(dir string) (f *os.File, err error) {
	if f, err = os.OpenFile(filepath.Join(dir, FileName+"-wal"), os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	return f, durable.SyncFolder(dir)
}

// wait returns when all that was committed before is durable. Those who wait at
// one time share one sync.
func (y *walSync) wait() error {
	ticket := y.tickets.Add(1)
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.failed == nil && y.synced < ticket {
		upTo := y.tickets.Load()
		if err := y.sync(); err != nil {
			y.failed = fmt.Errorf("store: what was written could not be made durable; restart when the disk is well: %w", err)
		} else {
			y.synced = upTo
		}
	}
	return y.failed
}

// failure is why nothing more may be written.
func (y *walSync) failure() error {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.failed
}

// checkpointAt is how large the log grows, in pages, before it is copied into the
// database: 128 MiB. A page that was written often meanwhile is copied once.
const checkpointAt = 128 << 20 / pageSize

// checkpoint copies the log into the database, in the background, if it is large;
// the caller holds the lock. Most of it is copied while others write, and the
// rest while they wait, so that the log can begin anew.
func (s *Store) checkpoint() {
	if s.copying || s.ending.Err() != nil || s.w.logged(false) < checkpointAt {
		return
	}
	s.w.logged(true)
	s.copying = true
	s.tasks.Go(func() {
		err := s.copyLog()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.copying = false
		if err == nil && s.w != nil {
			_, _ = s.w.exec("pragma wal_checkpoint(passive)") // what is left now is copied the next time
			s.w.logged(true)
		}
	})
}

func (s *Store) copyLog() error {
	conn, err := s.copiers.Conn(s.ending)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.ExecContext(s.ending, "pragma wal_checkpoint(passive)")
	return err
}

// mayWrite reports whether a transaction may begin.
func (s *Store) mayWrite() error {
	if s.w == nil {
		return store.ErrClosed
	}
	return s.wal.failure()
}
