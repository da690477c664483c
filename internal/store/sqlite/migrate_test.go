package sqlite

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/storetest"
	"github.com/rebound-mail/rebound/policy"
)

// older makes a data directory as a program with that version of the schema left
// it, with a suppressed recipient and its event.
func older(t *testing.T, version int) string {
	t.Helper()
	dir := t.TempDir()
	db, err := sql.Open("sqlite", address(filepath.Join(dir, FileName), 1<<20, "wal_autocheckpoint(0)"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	list, err := readMigrations()
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), conn, list, version); err != nil {
		t.Fatal(err)
	}
	if version == 0 {
		return dir
	}
	en := storetest.Bounce("kim@example.org", codebook.UserUnknown, "1@s.example", crashClock())
	outcome, _ := policy.OutcomeOf(&en.Event, true)
	state, err := policy.State{}.Add(outcome).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	body := appendEvent(nil, &en.Event)
	for _, row := range []struct {
		text string
		args []any
	}{
		{"insert into recipient values (?, 'kim@example.org', 1, 1, ?, 1, null, ?)", []any{hashOf("kim@example.org"), crashClock().UnixMilli(), state}},
		{"insert into event values (1, ?, 0, ?, 3, 'bounce', 1, 0, ?)", []any{packID(en.Event.ID), crashClock().UnixMilli(), body}},
		{"insert into verdict values (1, 'user-unknown', 'example', ?)", []any{appendVerdict(nil, en.Event.Verdict)}},
		{"insert into suppression values ('kim@example.org', '', 'address', 'user-unknown', ?, 0, '', '')", []any{crashClock().UnixMilli()}},
		{"insert into meta values ('counts', '1 1 1'), ('settings', ?)", []any{fmt.Sprintf("%+v", policy.Settings{})}},
	} {
		if _, err := conn.ExecContext(t.Context(), row.text, row.args...); err != nil {
			t.Fatalf("%s: %v", row.text, err)
		}
	}
	return dir
}

func TestOpensEachOlderVersion(t *testing.T) {
	list, err := readMigrations()
	if err != nil {
		t.Fatal(err)
	}
	for version := range len(list) + 1 {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			s := openBench(t, older(t, version))
			st, err := s.Stats(t.Context())
			if err != nil || st.Schema != len(list) {
				t.Errorf("schema %d, %v", st.Schema, err)
			}
			if got := isSuppressed(t, s, "kim@example.org"); got != (version > 0) {
				t.Errorf("suppressed %v", got)
			}
			en := storetest.Bounce("kim@example.org", codebook.UserUnknown, "1@s.example", crashClock())
			if err := s.Apply(t.Context(), []store.Entry{en}); err != nil {
				t.Fatal(err)
			}
			if st, err = s.Stats(t.Context()); err != nil || st.Events != 1 {
				t.Errorf("%d events, %v", st.Events, err)
			}
			if problems, err := s.Verify(t.Context()); err != nil || len(problems) > 0 {
				t.Errorf("not sound: %q, %v", problems, err)
			}
		})
	}
}

func TestANewerVersionIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := openBench(t, dir)
	if _, err := s.w.exec("pragma user_version = 999"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, Options{Now: crashClock}); !errors.Is(err, store.ErrNewer) {
		t.Errorf("error %v", err)
	}
}

func TestAMigrationThatFailsLeavesTheOlderVersion(t *testing.T) {
	dir := older(t, 1)
	db, err := sql.Open("sqlite", address(filepath.Join(dir, FileName), 1<<20, "wal_autocheckpoint(0)"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	list := []migration{{}, {name: "0002_broken.sql", text: "create table half (x) strict; create table other (x any) strict; nonsense;"}}
	if err := migrate(t.Context(), conn, list, 2); err == nil {
		t.Fatal("no error")
	}
	var version, tables int
	err = conn.QueryRowContext(t.Context(), "select (select user_version from pragma_user_version), (select count(*) from sqlite_schema where name in ('half', 'other'))").Scan(&version, &tables)
	if err != nil || version != 1 || tables != 0 {
		t.Errorf("version %d, %d tables, %v", version, tables, err)
	}
}

func TestDamagedFilesAreToldOf(t *testing.T) {
	t.Run("no database", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, FileName), make([]byte, 10_000), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), dir, Options{Now: crashClock}); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("pages overwritten", func(t *testing.T) {
		dir := t.TempDir()
		s := openBench(t, dir)
		seed(t, s, 5000)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		damage(t, filepath.Join(dir, FileName))
		s, err := Open(t.Context(), dir, Options{Now: crashClock})
		if err != nil {
			if !errors.Is(err, store.ErrCorrupt) {
				t.Errorf("error %v", err)
			}
			return
		}
		defer s.Close()
		problems, err := s.Verify(t.Context())
		if err != nil || len(problems) == 0 {
			t.Errorf("problems %q, %v", problems, err)
		}
	})
}

// damage overwrites a piece in the middle of a file.
func damage(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	junk := make([]byte, 40_000)
	for i := range junk {
		junk[i] = byte(i * 7)
	}
	if _, err := f.WriteAt(junk, info.Size()/2/4096*4096); err != nil {
		t.Fatal(err)
	}
}
