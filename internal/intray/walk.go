package intray

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// File is a file to be read.
type File struct {
	Name string // as it was named, joined with what stands below that
	Size int64  // in bytes, -1 if not known
	Err  error  // why it cannot be read; nil if nothing is known against it

	Written time.Time // when it was last written to; zero if not known
}

// Stdin is the name that stands for standard input.
const Stdin = "-"

// Walk lists the files that paths name, folders with all that is below them, in
// the order of paths and below each in the order of names. It stops when yield
// returns false.
//
// Of a Maildir (a folder with cur and new) the mails and the folders within are
// listed, not tmp, where mails stand that are still being delivered, nor the
// files of the server beside them. Links to files are followed, links to
// folders only where paths name them.
func Walk(paths []string, yield func(File) bool) {
	w := walk{yield}
	for _, path := range paths {
		if !w.path(path) {
			return
		}
	}
}

type walk struct{ yield func(File) bool }

// path lists what was named on the command line.
func (w *walk) path(name string) bool {
	if name == Stdin {
		return w.yield(File{Name: name, Size: -1})
	}
	info, err := os.Stat(name)
	if err != nil {
		return w.yield(File{Name: name, Size: -1, Err: reason(err)})
	}
	if info.IsDir() {
		return w.folder(name)
	}
	return w.yield(named(name, info))
}

// folder lists a folder.
func (w *walk) folder(name string) bool {
	entries, err := os.ReadDir(name)
	if err != nil && !w.yield(File{Name: name, Size: -1, Err: reason(err)}) {
		return false
	}
	maildir := isMaildir(entries)
	for _, entry := range entries {
		if maildir && !inMaildir(entry) {
			continue
		}
		if !w.entry(join(name, entry.Name()), entry) {
			return false
		}
	}
	return true
}

func (w *walk) entry(name string, entry fs.DirEntry) bool {
	if entry.IsDir() {
		return w.folder(name)
	}
	info, err := os.Stat(name) // follows links
	switch {
	case err != nil:
		return w.yield(File{Name: name, Size: -1, Err: reason(err)})
	case info.IsDir():
		return true
	case !info.Mode().IsRegular():
		return w.yield(File{Name: name, Size: -1, Err: errSpecial})
	}
	return w.yield(named(name, info))
}

// errSpecial is the reason for what is found in a folder but holds no data:
// opening it could block for ever.
var errSpecial = errors.New("not a regular file")

// named describes a file; pipes and devices have no size.
func named(name string, info fs.FileInfo) File {
	if !info.Mode().IsRegular() {
		return File{Name: name, Size: -1}
	}
	return File{Name: name, Size: info.Size(), Written: info.ModTime()}
}

// isMaildir reports a folder with cur and new (https://cr.yp.to/proto/maildir.html).
func isMaildir(entries []fs.DirEntry) bool {
	found := 0
	for _, e := range entries {
		if e.IsDir() && (e.Name() == "cur" || e.Name() == "new") {
			found++
		}
	}
	return found == 2
}

// inMaildir reports what of a Maildir is mail: cur, new, and the folders of
// Maildir++, whose names begin with a period.
func inMaildir(e fs.DirEntry) bool {
	return e.IsDir() && e.Name() != "tmp"
}

// join puts a name below a folder, which stays as it was given.
func join(folder, name string) string {
	if os.IsPathSeparator(folder[len(folder)-1]) {
		return folder + name
	}
	return folder + string(filepath.Separator) + name
}

// reason takes the path out of an error: who lists files says which one it is.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// OpenFile opens a listed file for reading.
func OpenFile(f File) (*os.File, error) {
	if f.Err != nil {
		return nil, f.Err
	}
	file, err := os.Open(f.Name)
	if err != nil {
		return nil, reason(err)
	}
	return file, nil
}
