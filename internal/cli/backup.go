package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rebound-mail/rebound/internal/app"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/sqlite"
)

// backupCmd copies the store.
type backupCmd struct {
	File string `arg:"" help:"Where to write the copy; the file must not exist." type:"path"`
	placeFlags
}

// Run writes the copy beside and then gives it its name, so that a file of that
// name is always whole.
func (c *backupCmd) Run(s *streams) error {
	if _, err := os.Lstat(c.File); err == nil {
		return usage("%s exists; a backup never replaces a file", c.File)
	}
	beside := c.File + ".part"
	if err := os.Remove(beside); err != nil && !errors.Is(err, os.ErrNotExist) {
		return usageError{err}
	}
	return c.use(s, false, func(ctx context.Context, d desk) error {
		if err := d.Backup(ctx, beside); err != nil {
			_ = os.Remove(beside)
			return fmt.Errorf("no backup was made: %w", err)
		}
		if err := os.Chmod(beside, 0o600); err != nil {
			return err
		}
		if err := os.Rename(beside, c.File); err != nil {
			return err
		}
		info, err := os.Stat(c.File)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "%s: %d bytes\n", c.File, info.Size())
		return err
	})
}

// verifyCmd looks for damage.
type verifyCmd struct {
	File string `arg:"" optional:"" help:"A backup. Without it the data directory, which no server may have meanwhile." type:"existingfile"`
	placeFlags
}

// Run reads everything and tells what does not fit.
func (c *verifyCmd) Run(s *streams) error {
	ctx, stop := untilSignal()
	defer stop()
	if c.Server != "" {
		return usage("a server cannot be asked to verify its store; verify a backup: rebound backup FILE, rebound verify FILE")
	}
	settings, dir, err := c.settings()
	if err != nil {
		return err
	}
	what := dir
	if c.File != "" {
		what = c.File
		if dir, err = unpackBackup(c.File); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	} else if _, err := os.Stat(filepath.Join(dir, sqlite.FileName)); err != nil {
		return usage("%s holds no data of Rebound; name the directory with --data", dir)
	}
	st, err := app.OpenStore(ctx, settings, dir, nil, s.now)
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("%w; or verify a backup, which can be made meanwhile: rebound backup FILE, rebound verify FILE", err)
	}
	if err != nil {
		return err
	}
	problems, err := st.Verify(ctx)
	if err := errors.Join(err, st.Close()); err != nil {
		return err
	}
	for _, p := range problems {
		fmt.Fprintln(s.out, printable(p))
	}
	if len(problems) > 0 {
		return errFailed
	}
	_, err = fmt.Fprintf(s.out, "%s: sound\n", what)
	return err
}

// unpackBackup copies a backup into a directory of its own beside it, or where
// temporary files are if nothing can be written there: opening a store may bring it
// up to date, and a backup is not to be changed.
func unpackBackup(file string) (string, error) {
	dir, err := os.MkdirTemp(filepath.Dir(file), ".verify-")
	if err != nil {
		dir, err = os.MkdirTemp("", "rebound-verify-")
	}
	if err != nil {
		return "", err
	}
	if err := copyFile(filepath.Join(dir, sqlite.FileName), file); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
