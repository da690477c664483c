package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"strings"

	"github.com/rebound-mail/rebound/internal/store"
)

// Migrations are numbered without gaps. One that was released is never changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migration is one step of the schema; its version is its place, from 1.
type migration struct{ name, text string }

func readMigrations() ([]migration, error) {
	entries, err := migrations.ReadDir("migrations") // sorted by name
	if err != nil {
		return nil, err
	}
	var list []migration
	for i, e := range entries {
		if !strings.HasPrefix(e.Name(), fmt.Sprintf("%04d_", i+1)) {
			return nil, fmt.Errorf("store: migration %s is not number %d", e.Name(), i+1)
		}
		text, err := migrations.ReadFile("migrations/" + e.Name())
		if err != nil {
			return nil, err
		}
		list = append(list, migration{e.Name(), string(text)})
	}
	return list, nil
}

// migrate brings the schema to a version, each step in a transaction of its own.
func migrate(ctx context.Context, conn *sql.Conn, list []migration, to int) error {
	var at int
	if err := conn.QueryRowContext(ctx, "pragma user_version").Scan(&at); err != nil {
		return err
	}
	if at > len(list) {
		return fmt.Errorf("%w: it has schema %d, this one knows %d; use the newer program", store.ErrNewer, at, len(list))
	}
	for ; at < to; at++ {
		step := fmt.Sprintf("begin immediate;\n%s\npragma user_version = %d;\ncommit;", list[at].text, at+1)
		if _, err := conn.ExecContext(ctx, step); err != nil {
			_, _ = conn.ExecContext(ctx, "rollback") // nothing was begun, or it is undone
			return fmt.Errorf("store: migration %s: %w", list[at].name, err)
		}
	}
	return nil
}
