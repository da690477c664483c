package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// folder is a folder with a file "state" that says "old".
func folder(t *testing.T) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, "state")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, path
}

// holds checks what a file says, and that nothing else is in its folder.
func holds(t *testing.T, path, want string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil || string(text) != want {
		t.Errorf("the file says %q, %v; want %q", text, err, want)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder has %v, %v; want the file alone", entries, err)
	}
}

func TestWriteMakesAndReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	for _, pieces := range [][]string{{"one"}, {"two", "", " and three"}, {}} {
		var raw [][]byte
		for _, piece := range pieces {
			raw = append(raw, []byte(piece))
		}
		if err := Write(path, raw...); err != nil {
			t.Fatal(err)
		}
		holds(t, path, strings.Join(pieces, ""))
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: others must not read it", info.Mode(), err)
	}
}

func TestWhatACrashLeftIsReplacedAndNotWrittenThrough(t *testing.T) {
	dir, path := folder(t)
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.WriteFile(elsewhere, []byte("theirs"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(dir, "state.tmp")); err != nil {
		t.Skipf("no links here: %v", err)
	}
	if err := Write(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	holds(t, path, "new")
	holds(t, elsewhere, "theirs")
}

func TestAFolderThatIsNotThereIsSaid(t *testing.T) {
	dir := t.TempDir()
	if err := Write(filepath.Join(dir, "gone", "state"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Write says %v", err)
	}
	if err := SyncFolder(filepath.Join(dir, "gone")); runtime.GOOS != "windows" && !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("SyncFolder says %v", err)
	}
}

func TestAReadOnlyFolderKeepsTheOldFile(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("everything may be written by this user")
	}
	dir, path := folder(t)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("new")); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Write says %v", err)
	}
	holds(t, path, "old")
}

// faulty is a file whose room ends, and whose sync and close may fail.
type faulty struct {
	file
	room        int
	sync, close error
	steps       *[]string
}

func (f *faulty) Write(b []byte) (int, error) {
	*f.steps = append(*f.steps, "write")
	if len(b) > f.room {
		n, _ := f.file.Write(b[:f.room])
		return n, syscall.ENOSPC
	}
	f.room -= len(b)
	return f.file.Write(b)
}

func (f *faulty) Sync() error {
	*f.steps = append(*f.steps, "sync")
	return errors.Join(f.sync, f.file.Sync())
}

func (f *faulty) Close() error {
	*f.steps = append(*f.steps, "close")
	return errors.Join(f.close, f.file.Close())
}

// withFaults is a disk that notes what is asked of it.
func withFaults(f faulty, refused, rename, folder error) (disk, *[]string) {
	steps := &[]string{}
	return disk{
		create: func(path string) (file, error) {
			*steps = append(*steps, "create")
			if refused != nil {
				return nil, refused
			}
			inner, err := create(path)
			f.file, f.steps = inner, steps
			return &f, err
		},
		rename: func(from, to string) error {
			*steps = append(*steps, "rename")
			if rename != nil {
				return rename
			}
			return os.Rename(from, to)
		},
		syncFolder: func(string) error {
			*steps = append(*steps, "folder")
			return folder
		},
	}, steps
}

func TestFaultsAreSaidAndLeaveTheOldFile(t *testing.T) {
	for name, c := range map[string]struct {
		file                   faulty
		create, rename, folder error
		want                   error
		steps                  string
		holds                  string
	}{
		"none":            {file: faulty{room: 10}, steps: "create write write sync close rename folder", holds: "new one"},
		"disk full":       {file: faulty{room: 5}, want: syscall.ENOSPC, steps: "create write write close", holds: "old"},
		"full at once":    {create: syscall.ENOSPC, want: syscall.ENOSPC, steps: "create", holds: "old"},
		"read-only":       {create: syscall.EROFS, want: syscall.EROFS, steps: "create", holds: "old"},
		"sync fails":      {file: faulty{room: 10, sync: syscall.EIO}, want: syscall.EIO, steps: "create write write sync close", holds: "old"},
		"full at closing": {file: faulty{room: 10, close: syscall.EDQUOT}, want: syscall.EDQUOT, steps: "create write write sync close", holds: "old"},
		"no renaming":     {file: faulty{room: 10}, rename: syscall.EACCES, want: syscall.EACCES, steps: "create write write sync close rename", holds: "old"},
		"folder fails":    {file: faulty{room: 10}, folder: syscall.EIO, want: syscall.EIO, steps: "create write write sync close rename folder", holds: "new one"},
	} {
		t.Run(name, func(t *testing.T) {
			_, path := folder(t)
			d, steps := withFaults(c.file, c.create, c.rename, c.folder)
			err := d.write(path, [][]byte{[]byte("new "), []byte("one")})
			if !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if want := strings.Fields(c.steps); !slices.Equal(want, *steps) {
				t.Errorf("steps %q, want %q", *steps, want)
			}
			holds(t, path, c.holds)
		})
	}
}
