package sqlite

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rebound-mail/rebound/internal/store"
)

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	s := openBench(t, filepath.Join(dir, "data"))
	kept := fill(t, s)
	checkFull(t, s, kept)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
		t.Skipf("the file system cannot be made larger: %v", err)
	}
	if err := s.Apply(t.Context(), []store.Entry{fillEvent(kept)}); err != nil {
		t.Errorf("when there is room: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// nobody is the usual number of the user who may do nothing.
const nobody = 65534

func TestReadOnlyDirectory(t *testing.T) {
	room, err := os.MkdirTemp("/tmp", "rebound-store-")
	if err != nil {
		t.Skipf("no room: %v", err)
	}
	defer os.RemoveAll(room)
	dir := filepath.Join(room, "data")
	for path, mode := range map[string]os.FileMode{room: 0o755, dir: 0o555} {
		if err := os.MkdirAll(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	cmd := worker(t, "open", dir)
	if os.Getuid() == 0 { // for whom no directory is read-only
		cmd.Path = copySelf(t, room)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		cmd.Dir = room
	}
	out, err := cmd.CombinedOutput()
	if err != nil && len(out) == 0 {
		t.Skipf("no process without rights can be started: %v", err)
	}
	if said := string(out); !strings.Contains(said, store.ErrReadOnly.Error()) || !strings.Contains(said, dir) {
		t.Errorf("it says %q", said)
	}
}

// copySelf puts this program where everybody may run it.
func copySelf(t *testing.T, dir string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	path := filepath.Join(dir, "worker")
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(to, from)
	if closed := to.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}
