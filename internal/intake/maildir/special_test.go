//go:build unix

package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestWhatCannotBeReadStaysAndShows(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret")
	for name, test := range map[string]struct {
		make    func(t *testing.T, path string) error
		problem string
	}{
		"a link to elsewhere": {func(_ *testing.T, path string) error {
			return errors.Join(os.WriteFile(outside, []byte("secret"), 0o600), os.Symlink(outside, path))
		}, "not a regular file"},
		"a link to nothing": {func(_ *testing.T, path string) error { return os.Symlink("nowhere", path) }, "not a regular file"},
		"a pipe":            {func(_ *testing.T, path string) error { return syscall.Mkfifo(path, 0o600) }, "not a regular file"},
		"an empty file":     {func(_ *testing.T, path string) error { return os.WriteFile(path, nil, 0o600) }, "it is empty"},
		"a large mail":      {func(_ *testing.T, path string) error { return os.WriteFile(path, make([]byte, 1001), 0o600) }, "larger than a mail may be"},
		"a huge mail": {func(_ *testing.T, path string) error {
			return errors.Join(os.WriteFile(path, []byte("x"), 0o600), os.Truncate(path, 1<<40))
		}, "larger than a mail may be"},
		"a mail of somebody else": {func(t *testing.T, path string) error {
			if os.Geteuid() == 0 {
				t.Skip("root may read everything")
			}
			return os.WriteFile(path, []byte("x"), 0)
		}, "permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t, Options{MaxMessage: 1000})
			b.check(test.make(t, filepath.Join(b.path, "new", "bad")))
			b.deliver("a", "before")
			b.deliver("c", strings.Repeat("x", 1000))
			for range 3 {
				b.wantLook([]string{"before", strings.Repeat("x", 1000)}, []string{"bad"}, []string{"a:2,S", "c:2,S"})
			}
			status := b.Status()
			if status.Refused != 1 || status.Accepted != 2 || !strings.Contains(status.Problem, test.problem) || !strings.Contains(status.Problem, filepath.Join(b.path, "new", "bad")) {
				t.Errorf("%+v", status)
			}
			b.check(os.Remove(filepath.Join(b.path, "new", "bad")))
			b.check(b.look(t.Context()))
			if status := b.Status(); status.Problem != "" {
				t.Errorf("the problem stays: %+v", status)
			}
		})
	}
}
