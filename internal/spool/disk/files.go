package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/rebound-mail/rebound/internal/spool"
)

// file is what a segment needs of its file; tests put failing ones in its place.
type file interface {
	io.ReaderAt
	io.WriterAt
	Sync() error
	Truncate(size int64) error
	Close() error
}

// createFile makes a file that must not be there yet.
func createFile(path string) (file, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
}

// failure adds to an error of the operating system what it means for a spool.
func failure(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w: %s: %w", spool.ErrFull, spool.ErrDiskFull, doing, err)
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %s: %w", spool.ErrReadOnly, doing, err)
	case errors.Is(err, fs.ErrClosed):
		return fmt.Errorf("%w: %s", spool.ErrClosed, doing)
	}
	return fmt.Errorf("spool: %s: %w", doing, err)
}

// removeFile removes a file that may be gone already.
func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
