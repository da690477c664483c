package sqlite

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/storetest"
)

// home is a data directory of a test.
type home struct {
	dir  string
	hash func(string) int64
	ids  int
}

func (h home) Open(t *testing.T, o storetest.Options) store.Store {
	t.Helper()
	s, err := Open(t.Context(), h.dir, Options{
		Settings: o.Settings, Retention: o.Retention, Now: o.Now, Announce: o.Announce, MaxUnknowns: o.MaxUnknowns, CacheBytes: 4 << 20, hash: h.hash, keepIDs: h.ids,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (h home) Restore(t *testing.T, path string, o storetest.Options) store.Store {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileName), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return home{dir: dir, hash: h.hash, ids: h.ids}.Open(t, o)
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Home {
		return home{dir: filepath.Join(t.TempDir(), "data dir #1")}
	})
}

// Addresses whose hashes are equal share nothing but the neighbourhood; and ids
// are written when there are few already.
func TestStoreWithCollidingHashes(t *testing.T) {
	if testing.Short() {
		t.Skip("the store's test again: not with -short")
	}
	storetest.Run(t, func(t *testing.T) storetest.Home {
		return home{dir: t.TempDir(), ids: 20, hash: func(address string) int64 { return int64(len(address) % 3) }}
	})
}
