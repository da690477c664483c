package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

const tokenColumns = "id, name, scopes, hash, created, expires, revoked, used"

// AddToken stores a token. See store.Tokens.
func (s *Store) AddToken(ctx context.Context, t store.Token) error {
	return s.update(ctx, "add token", func(w *writer) error {
		n, err := w.exec("insert into token ("+tokenColumns+") values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
			t.ID, t.Name, joinScopes(t.Scopes), t.Hash[:], toMillis(t.Created), toMillis(t.Expires), toMillis(t.Revoked), toMillis(t.Used))
		if err == nil && n == 0 {
			return refuse(fmt.Errorf("%w: token %q", store.ErrExists, t.ID))
		}
		return err
	})
}

func joinScopes(list []store.Scope) string {
	names := make([]string, len(list))
	for i, sc := range list {
		names[i] = string(sc)
	}
	return strings.Join(names, " ")
}

func scanToken(scan func(...any) error) (store.Token, error) {
	var t store.Token
	var scopes string
	var hash []byte
	var created, expires, revoked, used int64
	if err := scan(&t.ID, &t.Name, &scopes, &hash, &created, &expires, &revoked, &used); err != nil {
		return t, err
	}
	for name := range strings.FieldsSeq(scopes) {
		if sc, ok := store.ParseScope(name); ok {
			t.Scopes = append(t.Scopes, sc)
		}
	}
	copy(t.Hash[:], hash)
	t.Created, t.Expires, t.Revoked, t.Used = fromMillis(created), fromMillis(expires), fromMillis(revoked), fromMillis(used)
	return t, nil
}

// Token returns a token. See store.Tokens.
func (s *Store) Token(ctx context.Context, id string) (store.Token, error) {
	t, err := scanToken(s.readers.QueryRowContext(ctx, "select "+tokenColumns+" from token where id = ?", id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return store.Token{}, fmt.Errorf("%w: token %q", store.ErrNotFound, id)
	}
	return t, wrong("read token", err)
}

// Tokens lists them. See store.Tokens.
func (s *Store) Tokens(ctx context.Context) ([]store.Token, error) {
	rows, err := s.readers.QueryContext(ctx, "select "+tokenColumns+" from token order by created, id")
	if err != nil {
		return nil, wrong("list tokens", err)
	}
	var list []store.Token
	err = eachRow(rows, func(rows *sql.Rows) error {
		t, err := scanToken(rows.Scan)
		list = append(list, t)
		return err
	})
	return list, wrong("list tokens", err)
}

// RevokeToken ends a token. See store.Tokens.
func (s *Store) RevokeToken(ctx context.Context, id string) error {
	now := s.now()
	return s.update(ctx, "revoke token", func(w *writer) error {
		n, err := w.exec("update token set revoked = iif(revoked = 0, ?, revoked) where id = ?", toMillis(now), id)
		if err == nil && n == 0 {
			return refuse(fmt.Errorf("%w: token %q", store.ErrNotFound, id))
		}
		return err
	})
}

// usedEvery is how exactly it is remembered when a token was used.
const usedEvery = time.Minute

// TouchToken remembers that a token was used. See store.Tokens.
func (s *Store) TouchToken(ctx context.Context, id string, at time.Time) error {
	t, err := s.Token(ctx, id)
	if err != nil || at.Sub(t.Used).Abs() < usedEvery {
		return err
	}
	return s.update(ctx, "touch token", func(w *writer) error {
		_, err := w.exec("update token set used = ? where id = ?", toMillis(at), id)
		return err
	})
}
