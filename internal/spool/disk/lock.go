package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rebound-mail/rebound/internal/spool"
)

// errLocked is that somebody else holds the lock.
var errLocked = errors.New("locked")

// lockDir takes the directory for this process. The operating system gives it
// back when the process ends, however it does; the file stays and means nothing
// by itself.
func lockDir(dir string) (*os.File, error) {
	path := filepath.Join(dir, "LOCK")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, failure("locking "+dir, err)
	}
	if err := lockFile(f); err != nil {
		defer f.Close()
		if !errors.Is(err, errLocked) {
			return nil, failure("locking "+dir, err)
		}
		return nil, fmt.Errorf("%w: %s is held by %s: stop that one, or use another directory", spool.ErrInUse, dir, holder(f))
	}
	// Who holds it is told for the reader of the message above; without it the
	// lock holds as well.
	if err := f.Truncate(0); err == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return f, nil
}

func holder(f *os.File) string {
	text, _ := io.ReadAll(io.NewSectionReader(f, 0, 32))
	pid := strings.TrimSpace(string(text))
	if _, err := strconv.Atoi(pid); err != nil {
		return "another process"
	}
	return "process " + pid
}
