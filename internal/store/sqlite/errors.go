package sqlite

import (
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/rebound-mail/rebound/internal/store"
)

// wrong says what an error of SQLite is for a user of the store.
func wrong(doing string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrConnDone) || err.Error() == "sql: database is closed" {
		return store.ErrClosed
	}
	if kind := kindOf(err); kind != nil {
		return fmt.Errorf("%w (%s): %w", kind, doing, err)
	}
	return fmt.Errorf("store: %s: %w", doing, err)
}

// kindOf returns the sentinel of an error, nil if there is none.
func kindOf(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code() & 0xff {
	case lib.SQLITE_FULL:
		return store.ErrFull
	case lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM:
		return store.ErrReadOnly
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return store.ErrCorrupt
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return store.ErrInUse
	}
	return nil
}
