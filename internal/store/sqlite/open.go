package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// FileName is the name of the database in the data directory.
const FileName = "rebound.db"

// Options are how a store works. The zero value is good but for Now.
type Options struct {
	Settings  policy.Settings
	Retention store.Retention
	Now       func() time.Time // the clock; required
	Announce  store.Announce   // nil if nobody is to be told
	// CacheBytes is how much of the database the writer keeps in memory; zero
	// stands for 64 MiB. Each reader keeps an eighth of it.
	CacheBytes int
	// MaxUnknowns is how many unknown texts are kept; zero stands for
	// store.MaxUnknowns.
	MaxUnknowns int

	hash     func(address string) int64 // of tests: makes addresses collide
	sync     func() error               // of tests: instead of syncing the log
	keepIDs  int                        // of tests: how many ids are in memory
	maxPages int                        // of tests: the disk is full at so many pages
}

// Store is a store in a data directory. It implements store.Store.
type Store struct {
	dir      string
	settings policy.Settings
	keep     store.Retention
	now      func() time.Time
	announce store.Announce
	hash     func(string) int64
	maxTexts int

	lock    *os.File
	readers *sql.DB
	writers *sql.DB // of one connection
	copiers *sql.DB // for what takes long, beside the writer
	walFile *os.File
	wal     walSync
	zip     *zstd.Encoder
	unzip   *zstd.Decoder

	queue    queue
	verdicts verdicts
	ids      idIndex
	filter   filterHolder
	tasks    sync.WaitGroup  // in the background
	ending   context.Context // ends the tasks
	end      context.CancelFunc

	mu      sync.Mutex // held while writing; guards what follows
	w       *writer
	copying bool // the log, into the database
}

var _ store.Store = (*Store)(nil)

// Open opens the store in a data directory, which it makes if need be. The error
// is store.ErrInUse if another process has it.
func Open(ctx context.Context, dir string, o Options) (_ *Store, err error) {
	if o.Now == nil {
		return nil, errors.New("store: no clock given")
	}
	if err := o.Settings.Validate(); err != nil {
		return nil, err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, dirError(dir, err)
	}
	s := &Store{
		dir: dir, settings: o.Settings, keep: o.Retention.WithDefaults(), now: o.Now, announce: o.Announce, hash: o.hash,
		maxTexts: o.MaxUnknowns,
	}
	if s.hash == nil {
		s.hash = hashOf
	}
	if s.ids.keep = o.keepIDs; s.ids.keep == 0 {
		s.ids.keep = keptIDs
	}
	if s.maxTexts <= 0 {
		s.maxTexts = store.MaxUnknowns
	}
	s.ending, s.end = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			s.end()
			_ = s.release()
		}
	}()
	if s.lock, err = lock(dir); err != nil {
		return nil, err
	}
	if err := s.open(ctx, o); err != nil {
		return nil, wrong("open "+filepath.Join(dir, FileName), err)
	}
	return s, nil
}

// open opens the database, brings it up to date and reads what is kept in memory.
func (s *Store) open(ctx context.Context, o Options) (err error) {
	if s.zip, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(2), zstd.WithWindowSize(1<<20)); err != nil {
		return err
	}
	if s.unzip, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(2)); err != nil {
		return err
	}
	cache := o.CacheBytes
	if cache <= 0 {
		cache = 64 << 20
	}
	path := filepath.Join(s.dir, FileName)
	// The log is copied by whoever commits only if that is long overdue.
	writing := fmt.Sprintf("wal_autocheckpoint(%d)", 4*checkpointAt)
	if s.writers, err = sql.Open("sqlite", address(path, cache, writing)); err != nil {
		return err
	}
	s.writers.SetMaxOpenConns(1)
	conn, err := s.writers.Conn(ctx)
	if err != nil {
		return err
	}
	list, err := readMigrations()
	if err != nil {
		return err
	}
	if err := migrate(ctx, conn, list, len(list)); err != nil {
		return err
	}
	if o.maxPages > 0 {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("pragma max_page_count(%d)", o.maxPages)); err != nil {
			return err
		}
	}
	if s.readers, err = sql.Open("sqlite", address(path, cache/8, "query_only(1)", "wal_autocheckpoint(0)")); err != nil {
		return err
	}
	if s.copiers, err = sql.Open("sqlite", address(path, cache/8, writing)); err != nil {
		return err
	}
	s.copiers.SetMaxIdleConns(1)
	if s.walFile, err = openWAL(s.dir); err != nil {
		return err
	}
	if s.wal.sync = o.sync; s.wal.sync == nil {
		s.wal.sync = s.walFile.Sync
	}
	s.readers.SetMaxOpenConns(6)
	s.readers.SetMaxIdleConns(6)
	if s.w, err = newWriter(ctx, conn); err != nil {
		return err
	}
	return s.load(ctx)
}

// load reads what is kept in memory, and brings the list of suppressions up to
// date with the settings.
func (s *Store) load(ctx context.Context) error {
	if err := s.verdicts.load(ctx, s.readers); err != nil {
		return err
	}
	if err := s.ids.recover(ctx, s.w); err != nil {
		return err
	}
	// Requests that were being carried out ended with the process that did so.
	if _, err := s.w.exec("delete from request where done = 0"); err != nil {
		return err
	}
	s.filter.begin()
	if err := s.relist(ctx); err != nil {
		return err
	}
	return s.filter.build(ctx, s)
}

// pageSize is half of SQLite's: an event changes a row or two at random, and each
// costs a page in the log. Measured with a million recipients, pages of 1, 2 and 4
// kB take 48, 42 and 47 microseconds of a processor an event.
const pageSize = 2048

// address returns the data source name of a file.
func address(path string, cache int, more ...string) string {
	pragmas := []string{
		"busy_timeout(10000)", fmt.Sprintf("page_size(%d)", pageSize), "journal_mode(wal)", "synchronous(normal)", "foreign_keys(0)", "temp_store(memory)", "journal_size_limit(134217728)",
		fmt.Sprintf("cache_size(-%d)", max(cache>>10, 64)),
	}
	pragmas = append(pragmas, more...)
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: url.Values{"_pragma": pragmas}.Encode()}
	return u.String()
}

// Close ends the store. What is waiting to be written is refused.
func (s *Store) Close() error {
	s.queue.close()
	s.mu.Lock()
	w := s.w
	s.w = nil
	s.mu.Unlock()
	if w == nil {
		return nil
	}
	s.end()
	s.tasks.Wait()
	err := w.close()
	return errors.Join(err, s.release())
}

// release gives back all that is held.
func (s *Store) release() error {
	var errs []error
	if s.walFile != nil { // before SQLite removes it
		errs = append(errs, s.walFile.Close())
	}
	for _, db := range []*sql.DB{s.readers, s.copiers, s.writers} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.unzip != nil {
		s.unzip.Close()
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// Ping fails when the store cannot be asked.
func (s *Store) Ping(ctx context.Context) error {
	var n int
	return wrong("ask", s.readers.QueryRowContext(ctx, "select count(*) from token").Scan(&n))
}
