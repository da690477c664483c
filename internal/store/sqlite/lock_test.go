package sqlite

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/store"
)

func TestTwoProcessesOnOneDirectoryAreRefused(t *testing.T) {
	dir := t.TempDir()
	s := openBench(t, dir)
	out, err := worker(t, "open", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	said := string(out)
	if !strings.Contains(said, store.ErrInUse.Error()) || !strings.Contains(said, fmt.Sprint("process ", os.Getpid())) || !strings.Contains(said, dir) {
		t.Errorf("the second process says %q", said)
	}
	if _, err := Open(t.Context(), dir, Options{Now: crashClock}); !errors.Is(err, store.ErrInUse) {
		t.Errorf("the same process again: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if out, err = worker(t, "open", dir).CombinedOutput(); err != nil || string(out) != "<nil>\n" {
		t.Errorf("when the first has closed it: %q, %v", out, err)
	}
}
