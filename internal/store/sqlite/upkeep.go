package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/rebound-mail/rebound/internal/durable"
	"github.com/rebound-mail/rebound/internal/store"
)

// Backup writes a copy of everything. See store.Upkeep. To use the copy, put it
// into an empty data directory under FileName.
func (s *Store) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%w: %s", store.ErrExists, path)
	}
	room, err := os.MkdirTemp(filepath.Dir(path), ".backup-")
	if err != nil {
		return dirError(filepath.Dir(path), err)
	}
	defer os.RemoveAll(room)
	part := filepath.Join(room, FileName)
	if err := s.copyTo(ctx, part); err != nil {
		return wrong("back up", err)
	}
	if err := syncFile(part); err != nil {
		return fmt.Errorf("store: back up: %w", err)
	}
	// A link, unlike renaming, never replaces what has come meanwhile.
	if err := os.Link(part, path); err != nil {
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("%w: %s", store.ErrExists, path)
		}
		if err := os.Rename(part, path); err != nil { // a file system without links
			return fmt.Errorf("store: back up: %w", err)
		}
	}
	return durable.SyncFolder(filepath.Dir(path))
}

// copyTo has SQLite write a copy.
func (s *Store) copyTo(ctx context.Context, path string) error {
	if err := s.Ping(ctx); err != nil {
		return err
	}
	_, err := s.copiers.ExecContext(ctx, "vacuum into ?", path)
	return err
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Stats says how much is stored. See store.Upkeep.
func (s *Store) Stats(ctx context.Context) (store.Stats, error) {
	var st store.Stats
	c, err := readCounts(ctx, s.readers)
	if err != nil {
		return st, wrong("count", err)
	}
	st.Events, st.Recipients, st.Suppressions = c.seq, c.recipients, c.listed
	const ask = "select (select count(*) from outgoing where dead = 0), (select count(*) from outgoing where dead > 0), (select user_version from pragma_user_version)"
	if err := s.readers.QueryRowContext(ctx, ask).Scan(&st.Outgoing, &st.DeadLetters, &st.Schema); err != nil {
		return st, wrong("count", err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if info, err := os.Stat(filepath.Join(s.dir, FileName+suffix)); err == nil {
			st.Bytes += info.Size()
		}
	}
	return st, nil
}

// maxProblems is how many problems Verify tells of.
const maxProblems = 100

// Verify looks for damage. See store.Upkeep.
func (s *Store) Verify(ctx context.Context) ([]string, error) {
	conn, err := s.readers.Conn(ctx)
	if err != nil {
		return nil, wrong("verify", err)
	}
	defer conn.Close()
	// All in one transaction: what is written meanwhile contradicts nothing.
	if _, err := conn.ExecContext(ctx, "begin"); err != nil {
		return nil, wrong("verify", err)
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(ctx), "rollback") }()
	v := verifier{s: s, conn: conn}
	for _, step := range []func(context.Context) error{v.file, v.recipients, v.list, v.ids, v.rates} {
		if err := step(ctx); err != nil {
			if errors.Is(err, store.ErrCorrupt) || kindOf(err) == store.ErrCorrupt {
				return append(v.problems, err.Error()), nil
			}
			return v.problems, wrong("verify", err)
		}
	}
	return v.problems, nil
}

type verifier struct {
	s        *Store
	conn     *sql.Conn
	problems []string
	listed   int64
}

func (v *verifier) problem(format string, args ...any) {
	if len(v.problems) < maxProblems {
		v.problems = append(v.problems, fmt.Sprintf(format, args...))
	}
}

// file has SQLite look at its pages, and that indexes agree with tables.
func (v *verifier) file(ctx context.Context) error {
	rows, err := v.conn.QueryContext(ctx, "pragma integrity_check")
	if err != nil {
		return err
	}
	return eachRow(rows, func(rows *sql.Rows) error {
		var text string
		err := rows.Scan(&text)
		if err == nil && text != "ok" {
			v.problem("database: %s", text)
		}
		return err
	})
}

// recipients looks whether states can be read, and agree with the list.
func (v *verifier) recipients(ctx context.Context) error {
	c, err := readCounts(ctx, v.conn)
	if err != nil {
		return err
	}
	rows, err := v.conn.QueryContext(ctx, "select "+rowColumns+" from recipient")
	if err != nil {
		return err
	}
	var n int64
	now := v.s.now()
	layers := *v.s.filter.layers.Load()
	err = eachRow(rows, func(rows *sql.Rows) error {
		r, err := scanRow(rows.Scan)
		if errors.Is(err, store.ErrCorrupt) {
			v.problem("%v", err)
			return nil
		}
		if err != nil || r.address == "" {
			return err
		}
		n++
		v.listed += int64(r.listed)
		if r.last > c.seq {
			v.problem("recipient %s: its latest event, %d, was never applied", r.address, r.last)
		}
		if len(listOf(r.state, v.s.settings, now)) > 0 && (r.listed == 0 || !v.s.maybeListed(layers, r.address)) {
			v.problem("recipient %s: suppressed and not on the list", r.address)
		}
		return nil
	})
	if err == nil && n != c.recipients {
		v.problem("%d recipients, counted as %d", n, c.recipients)
	}
	if v.listed != c.listed {
		v.problem("recipients have %d suppressions, counted as %d", v.listed, c.listed)
	}
	return err
}

// list looks whether the list has what recipients say it has.
func (v *verifier) list(ctx context.Context) error {
	var n int64
	if err := v.conn.QueryRowContext(ctx, "select count(*) from suppression").Scan(&n); err != nil {
		return err
	}
	if n != v.listed {
		v.problem("the list has %d entries, and recipients have %d", n, v.listed)
	}
	const broken = "select count(*) from event where verdict > (select coalesce(max(id), 0) from verdict)"
	var lost int64
	if err := v.conn.QueryRowContext(ctx, broken).Scan(&lost); err != nil {
		return err
	}
	if lost > 0 {
		v.problem("%d events name a verdict that is not there", lost)
	}
	return nil
}

// ids looks whether events are found by their ids: those that must be in the
// table by now, for the others are read again when the store is opened.
func (v *verifier) ids(ctx context.Context) error {
	var text string
	err := v.conn.QueryRowContext(ctx, "select value from meta where name = 'seen'").Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	written, err := parseWritten(text)
	if err != nil {
		return err
	}
	find, err := v.conn.PrepareContext(ctx, "select count(*) from seen where number = ? and seq = ?")
	if err != nil {
		return err
	}
	defer find.Close()
	rows, err := v.conn.QueryContext(ctx, "select seq, id from event where seq <= ?", slices.Max(written[:]))
	if err != nil {
		return err
	}
	return eachRow(rows, func(rows *sql.Rows) error {
		var seq int64
		var id any
		if err := rows.Scan(&seq, &id); err != nil {
			return err
		}
		n, number := 1, numberOf(id)
		if seq <= written[sliceOf(number)] {
			if err := find.QueryRowContext(ctx, number, seq).Scan(&n); err != nil {
				return err
			}
		}
		if n == 0 {
			v.problem("event %s is not found by its id", unpackID(id))
		}
		return nil
	})
}
