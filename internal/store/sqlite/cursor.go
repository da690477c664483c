package sqlite

import (
	"encoding/base64"
	"strings"

	"github.com/rebound-mail/rebound/internal/store"
)

// makeCursor makes a cursor of parts.
func makeCursor(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, "\x00")))
}

// readCursor returns the parts of a cursor.
func readCursor(cursor string, parts int) ([]string, error) {
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return nil, store.ErrCursor
	}
	list := strings.Split(string(b), "\x00")
	if len(list) != parts {
		return nil, store.ErrCursor
	}
	return list, nil
}
