package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rebound-mail/rebound/internal/config"
	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/spool/disk"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/sqlite"
	"github.com/rebound-mail/rebound/verp"
)

// The names within the data directory.
const (
	spoolDir = "spool"
	stateDir = "state"
)

// How long a start waits for a command that has the data directory.
const (
	commandTries = 30
	commandPause = 100 * time.Millisecond
)

// served reports whether a server left word that it has the directory.
func served(dir string) bool {
	_, err := ReadHandshake(dir)
	return err == nil
}

// OpenStore opens the store of a data directory as the server does, for commands
// that work on it while no server runs.
func OpenStore(ctx context.Context, c *config.Config, dir string, announce store.Announce, now func() time.Time) (*sqlite.Store, error) {
	settings, err := c.PolicySettings()
	if err != nil {
		return nil, err
	}
	private(dir)
	st, err := sqlite.Open(ctx, dir, sqlite.Options{
		Settings: settings, Now: now, Announce: announce, CacheBytes: int(c.Store.Cache),
		Retention: store.Retention{
			Events: time.Duration(c.Keep.Events), Evidence: time.Duration(c.Keep.Evidence), Rates: time.Duration(c.Keep.Rates),
			Unknowns: time.Duration(c.Keep.Unknowns), Dead: time.Duration(c.Keep.Dead),
		},
	})
	return st, advise(dir, err)
}

// private keeps the store from other users of the machine, whatever directory it
// was given and by whatever umask files are made: it holds people's addresses and
// mails. The files of SQLite that come and go have the mode of the database.
func private(dir string) {
	_ = os.MkdirAll(dir, 0o700) // if it cannot be made, opening says so, with what to do
	if f, err := os.OpenFile(filepath.Join(dir, sqlite.FileName), os.O_RDONLY|os.O_CREATE, 0o600); err == nil {
		_ = f.Close()
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		path := filepath.Join(dir, sqlite.FileName+suffix)
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm()&0o077 == 0 {
			continue
		}
		_ = os.Chmod(path, info.Mode().Perm()&0o700) // of somebody else: opening fails, or it is meant so
	}
}

// OpenSpool opens the spool of a data directory as the server does. Whoever has
// the store has the spool.
func OpenSpool(c *config.Config, dir string) (*disk.Disk, error) {
	sp, err := disk.Open(filepath.Join(dir, spoolDir), disk.Settings{
		MaxBytes: int64(c.Spool.Max), MaxReport: int64(c.Spool.MaxReport), MinFree: int64(c.Spool.MinFree),
	})
	return sp, advise(dir, err)
}

// advise adds to an error of opening what to do about it.
func advise(dir string, err error) error {
	advice := ""
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrReadOnly), errors.Is(err, spool.ErrReadOnly):
		advice = fmt.Sprintf("give user %d the right to write there, or choose another --data directory", os.Getuid())
	case errors.Is(err, store.ErrFull), errors.Is(err, spool.ErrFull):
		advice = "free some space on the disk of " + dir
	case errors.Is(err, store.ErrCorrupt):
		advice = "restore a backup (docs/operations.md), and keep the damaged directory"
	case errors.Is(err, store.ErrNewer), errors.Is(err, spool.ErrNewer):
		advice = "run the version that wrote it, or restore a backup of the older one"
	default:
		return err
	}
	return fmt.Errorf("%w; %s", err, advice)
}

// Announce makes the messages that follow from changes by hand, as the server does.
func Announce(c *config.Config) (store.Announce, error) {
	targets, err := readTargets(c)
	if err != nil {
		return nil, err
	}
	return targets.Change, nil
}

// readKeys reads what has to be right before anything is opened.
func (a *App) readKeys(context.Context) (err error) {
	if a.settings, err = a.config.PolicySettings(); err != nil {
		return err
	}
	if a.config.Server.TLSCert != "" {
		if a.certificates, err = newCertificates(a.config.Server.TLSCert, a.config.Server.TLSKey, a.now); err != nil {
			return err
		}
	}
	a.keyring, err = ReadKeyring(a.config.VERP)
	return err
}

// ReadKeyring reads the keys that return paths are signed with; nil if there are
// none.
func ReadKeyring(c config.VERP) (*verp.Keyring, error) {
	if c.Keys == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.Keys)
	if err != nil {
		return nil, fmt.Errorf("verp-keys: %w; make a file of keys with: rebound verp key", err)
	}
	keys, err := verp.ParseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("verp-keys: %s: %w", c.Keys, err)
	}
	ring, err := verp.NewKeyring(verp.Options{MaxAge: time.Duration(c.MaxAge)}, keys[0], keys[1:]...)
	if err != nil {
		return nil, fmt.Errorf("verp-keys: %s: %w", c.Keys, err)
	}
	return ring, nil
}

// openStore opens the store, whose lock makes the whole directory ours.
func (a *App) openStore(ctx context.Context) error {
	var err error
	if a.targets, err = readTargets(a.config); err != nil {
		return err
	}
	st, err := OpenStore(ctx, a.config, a.dir, a.announce, a.now)
	// A command of the command line has the directory for a moment only.
	for try := 0; errors.Is(err, store.ErrInUse) && try < commandTries && !served(a.dir) && intake.Sleep(ctx, commandPause); try++ {
		st, err = OpenStore(ctx, a.config, a.dir, a.announce, a.now)
	}
	if err != nil {
		return err
	}
	a.later("the store", st.Close)
	a.store = &timedStore{Store: st, metrics: a.metrics}
	if err := os.MkdirAll(filepath.Join(a.dir, stateDir), 0o700); err != nil {
		return fmt.Errorf("%w: %v", store.ErrReadOnly, err)
	}
	return nil
}

// announce makes messages of what changes, and counts it.
func (a *App) announce(c store.Change) []store.Outgoing {
	a.metrics.changed(&c)
	return a.targets.Change(c)
}

func (a *App) openSpool(context.Context) error {
	sp, err := OpenSpool(a.config, a.dir)
	if err != nil {
		return err
	}
	a.later("the spool", sp.Close)
	a.spool = &countedSpool{Spool: sp, metrics: a.metrics, now: a.now}
	if s := sp.Stats(); s.Damaged > 0 || s.Torn > 0 {
		a.log.Warn("the spool was damaged; what could be read goes on", "damaged_reports", s.Damaged, "torn_bytes", s.Torn, "set_aside", s.DamagedFiles)
	}
	return nil
}

// statePath returns the path of something that is remembered beside the store.
func (a *App) statePath(name string) string { return filepath.Join(a.dir, stateDir, name) }
