// Package durable writes small files so that they are there wholly or not at all,
// also after a crash or a loss of power: beside the place they belong to, synced,
// renamed, and the folder synced.
package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// Write puts a file with the pieces, one behind the other, in the place of path.
// Only its owner can read it. When Write returns nil the file is durable; an error,
// such as that the disk is full, leaves the earlier file as it was, unless the
// system could not sync the folder: then either may be there after a crash.
//
// There is one writer of a path at a time: the name that is written to first is
// path with ".tmp" behind.
func Write(path string, pieces ...[]byte) error {
	return disk{create: create, rename: os.Rename, syncFolder: SyncFolder}.write(path, pieces)
}

// SyncFolder makes durable which names are in a folder. It does nothing where that
// is unknown: on Windows, and on file systems without such a thing.
func SyncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	err = folder.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) { // fsync(2)
		err = nil
	}
	return errors.Join(err, folder.Close())
}

// file is what is written to.
type file interface {
	io.WriteCloser
	Sync() error
}

// disk is what Write needs of the system; tests put one with faults in its place.
type disk struct {
	create     func(path string) (file, error)
	rename     func(from, to string) error
	syncFolder func(path string) error
}

func (d disk) write(path string, pieces [][]byte) error {
	temporary := path + ".tmp"
	_ = os.Remove(temporary) // of a process that crashed; if it stays, create says why
	f, err := d.create(temporary)
	if err != nil {
		return err
	}
	if err = errors.Join(fill(f, pieces), f.Close()); err == nil {
		err = d.rename(temporary, path)
	}
	if err != nil {
		_ = os.Remove(temporary)
		return err
	}
	return d.syncFolder(filepath.Dir(path))
}

// create makes a file that is not there yet: what another has put in its place,
// such as a link, is not written through.
func create(path string) (file, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// fill writes a file and syncs it.
func fill(f file, pieces [][]byte) error {
	for _, piece := range pieces {
		if _, err := f.Write(piece); err != nil {
			return err
		}
	}
	return f.Sync()
}
