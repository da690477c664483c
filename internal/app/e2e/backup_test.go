//go:build unix

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/store/sqlite"
)

// A backup that is made while reports come in is sound, and a server that is given
// it, as the manual says, knows all that was processed before.
func TestABackupUnderLoadIsWhole(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "--lmtp-listen", "127.0.0.1:0")
	l := &load{patient: true}
	l.server.Store(p)
	l.begin(t.Context(), 6)
	p.await("there is a load", func() bool { return l.count() > 300 })
	l.mu.Lock()
	before := slices.Clone(l.accepted)
	l.mu.Unlock()
	for _, address := range before { // accepted is not yet processed
		p.await(address+" is processed", func() bool { return p.suppressed(address) })
	}
	file := filepath.Join(t.TempDir(), "rebound.db")
	at := l.count()
	if out, err := command(t, "backup", "--data", dir, file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	during := l.count() - at
	l.end()
	stop(t, p)
	if out, err := command(t, "verify", file).CombinedOutput(); err != nil {
		t.Fatalf("the backup: %v: %s", err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	restored := t.TempDir()
	if err := os.WriteFile(filepath.Join(restored, sqlite.FileName), text, 0o600); err != nil {
		t.Fatal(err)
	}
	q := start(t, restored)
	for _, address := range before {
		if !q.suppressed(address) {
			t.Fatalf("%s was known before the backup and is not in it", address)
		}
	}
	stop(t, q)
	checkKept(t, restored, before, true)
	if strings.Contains(q.errors.String(), "level=ERROR") {
		t.Error("the restored server complains")
	}
	t.Logf("%d known before, %d came in meanwhile", len(before), during)
}
