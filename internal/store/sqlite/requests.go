package sqlite

import (
	"bytes"
	"context"
	"database/sql"

	"github.com/rebound-mail/rebound/internal/store"
)

// BeginRequest says that a request begins. See store.Idempotency.
func (s *Store) BeginRequest(ctx context.Context, key string, fingerprint []byte) (*store.SavedResponse, error) {
	var saved *store.SavedResponse
	err := s.update(ctx, "begin request", func(w *writer) error {
		saved = nil
		now := s.now()
		found, done, began := false, false, int64(0)
		var print []byte
		var r store.SavedResponse
		err := w.query(func(rows *sql.Rows) error {
			found = true
			return rows.Scan(&print, &began, &done, &r.Status, &r.Type, &r.Body)
		}, "select fingerprint, began, done, status, type, body from request where key = ?", key)
		if err != nil {
			return err
		}
		age := now.UnixMilli() - began
		switch over := age > store.RequestKept.Milliseconds() || !done && age > store.RequestRuns.Milliseconds(); {
		case !found || over:
			const begin = "insert or replace into request (key, fingerprint, began, done, status, type, body) values (?, ?, ?, 0, 0, '', zeroblob(0))"
			_, err := w.exec(begin, key, fingerprint, now.UnixMilli())
			return err
		case !bytes.Equal(print, fingerprint):
			return refuse(store.ErrRequestDiffers)
		case !done:
			return refuse(store.ErrRequestRuns)
		}
		saved = &r
		return nil
	})
	return saved, err
}

// FinishRequest keeps a request's answer. See store.Idempotency.
func (s *Store) FinishRequest(ctx context.Context, key string, response *store.SavedResponse) error {
	return s.update(ctx, "finish request", func(w *writer) error {
		if response == nil {
			_, err := w.exec("delete from request where key = ? and done = 0", key)
			return err
		}
		_, err := w.exec("update request set done = 1, status = ?, type = ?, body = ? where key = ?",
			response.Status, response.Type, append([]byte{}, response.Body...), key)
		return err
	})
}
