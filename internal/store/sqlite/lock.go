package sqlite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rebound-mail/rebound/internal/store"
)

// lockName is the file that says who has the directory.
const lockName = "store.lock"

// lock takes a data directory for this process.
func lock(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, dirError(dir, err)
	}
	held, err := lockFile(f)
	if err == nil && !held {
		return f, sign(f)
	}
	defer f.Close()
	if err != nil {
		return nil, fmt.Errorf("store: lock %s: %w", path, err)
	}
	who, _ := io.ReadAll(io.LimitReader(f, 32))
	if pid := strings.TrimSpace(string(who)); pid != "" {
		return nil, fmt.Errorf("%w: %s is held by process %s; stop it, or use another --data directory", store.ErrInUse, dir, pid)
	}
	return nil, fmt.Errorf("%w: %s", store.ErrInUse, dir)
}

// sign writes who holds the lock, for people.
func sign(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	if err != nil {
		f.Close()
		return fmt.Errorf("%w: %v", store.ErrFull, err)
	}
	return nil
}

func dirError(dir string, err error) error {
	if errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "read-only file system") {
		return fmt.Errorf("%w: %s: %v", store.ErrReadOnly, dir, err)
	}
	return fmt.Errorf("store: %s: %w", dir, err)
}
