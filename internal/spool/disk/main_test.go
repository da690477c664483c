package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rebound-mail/rebound/internal/spool"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDirVariable); dir != "" {
		crashChild(dir, os.Getenv(crashRoundVariable))
		return
	}
	goleak.VerifyTestMain(m)
}

func received() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func report(id, body string) spool.Report {
	return spool.Report{ID: id, Source: spool.LMTP, Received: received(), Body: []byte(body), Meta: map[string]string{spool.MetaFrom: "<>"}}
}

func mustOpen(t testing.TB, dir string, settings Settings) *Disk {
	t.Helper()
	s, err := Open(dir, settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustAppend(t testing.TB, s *Disk, ids ...string) {
	t.Helper()
	for _, id := range ids {
		must(t, s.Append(t.Context(), report(id, "body of "+id)))
	}
}

// drainAll claims whatever is there and settles nothing.
func drainAll(t testing.TB, s *Disk) []string {
	t.Helper()
	var all []string
	for {
		if stats := s.Stats(); stats.Len == stats.Claimed {
			return all
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		list, err := s.Claim(ctx, 100)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			return all // what was left turned out to be damaged
		}
		must(t, err)
		for _, c := range list {
			all = append(all, c.ID)
			if body := string(c.Body); !strings.HasPrefix(body, "body of "+c.ID) {
				t.Fatalf("body of %s is %.100q", c.ID, body)
			}
		}
	}
}

func wantReports(t testing.TB, s *Disk, want string) {
	t.Helper()
	if got := strings.Join(drainAll(t, s), " "); got != want {
		t.Fatalf("the spool has %q, want %q", got, want)
	}
}

// only returns the one file that a pattern matches.
func only(t testing.TB, dir, pattern string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	must(t, err)
	if len(names) != 1 {
		t.Fatalf("%s matches %q, want one file", pattern, names)
	}
	return names[0]
}

// written is a spool of some reports in one segment, as its files.
type written struct {
	segment, journal []byte
	name             string
	found            findings
}

func write(t testing.TB, settle int, bodies ...string) written {
	t.Helper()
	dir := t.TempDir()
	s := mustOpen(t, dir, Settings{})
	for i, body := range bodies {
		id := fmt.Sprint(i)
		must(t, s.Append(t.Context(), report(id, "body of "+id+body)))
	}
	if settle > 0 {
		list, err := s.Claim(t.Context(), settle)
		must(t, err)
		for _, c := range list {
			must(t, s.Done(t.Context(), c.ID))
		}
	}
	must(t, s.Close())
	path := only(t, dir, "*.seg")
	w := written{name: filepath.Base(path), segment: readFile(t, path)}
	if settle > 0 {
		w.journal = readFile(t, only(t, dir, "*.log"))
	}
	found, err := scan(strings.NewReader(string(w.segment)), int64(len(w.segment)))
	must(t, err)
	if len(found.entries) != len(bodies) {
		t.Fatalf("%d reports were written, %d found", len(bodies), len(found.entries))
	}
	w.found = found
	return w
}

// lay puts files into a new directory.
func (w *written) lay(t testing.TB, segment, journal []byte) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, w.name), segment, 0o600))
	if journal != nil {
		must(t, os.WriteFile(filepath.Join(dir, strings.TrimSuffix(w.name, segmentSuffix)+journalSuffix), journal, 0o600))
	}
	return dir
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return b
}

// files lists a directory, without the lock.
func files(t testing.TB, dir string) string {
	t.Helper()
	var all []string
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != "LOCK" {
			all = append(all, d.Name())
		}
		return err
	}))
	return strings.Join(all, " ")
}
