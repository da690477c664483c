package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"github.com/rebound-mail/rebound/event"
)

// Bounds of the table of verdicts. What does not fit is kept with its event.
const (
	maxVerdicts     = 1 << 16
	maxVerdictBytes = 8 << 10
)

// verdicts are the parts of verdicts that events share. There are as many as the
// codebook has rules, so all of them are in memory. An id is a place in the
// list, from 1.
type verdicts struct {
	mu    sync.RWMutex
	ids   map[string]int64
	list  []event.Verdict
	texts []string
}

func (v *verdicts) load(ctx context.Context, db *sql.DB) error {
	v.ids = map[string]int64{}
	rows, err := db.QueryContext(ctx, "select id, body from verdict order by id")
	if err != nil {
		return err
	}
	return eachRow(rows, func(rows *sql.Rows) error {
		var id int64
		var body []byte
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		known, err := decodeVerdict(body)
		if err != nil || id != int64(len(v.list))+1 {
			return fmt.Errorf("verdict %d is damaged", id)
		}
		v.add(string(body), known)
		return nil
	})
}

func (v *verdicts) add(text string, known event.Verdict) int64 {
	v.list = append(v.list, known)
	v.texts = append(v.texts, text)
	v.ids[text] = int64(len(v.list))
	return int64(len(v.list))
}

func (v *verdicts) len() int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return len(v.list)
}

// get returns the verdict with an id.
func (v *verdicts) get(id int64) (event.Verdict, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if id < 1 || id > int64(len(v.list)) {
		return event.Verdict{}, false
	}
	return v.list[id-1], true
}

// truncate forgets verdicts of a transaction that was undone.
func (v *verdicts) truncate(n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, text := range v.texts[n:] {
		delete(v.ids, text)
	}
	v.list, v.texts = v.list[:n:n], v.texts[:n:n]
}

// intern returns the id of a verdict, which it stores if it is new; 0 if it is to
// be kept with the event. It is called within a transaction.
func (v *verdicts) intern(w *writer, text []byte) (int64, error) {
	if id, ok := v.ids[string(text)]; ok { // only writers write, and there is one
		return id, nil
	}
	if len(v.list) >= maxVerdicts || len(text) > maxVerdictBytes {
		return 0, nil
	}
	known, err := decodeVerdict(text)
	if err != nil {
		return 0, err
	}
	v.mu.Lock()
	id := v.add(string(text), known)
	v.mu.Unlock()
	_, err = w.exec("insert into verdict (id, reason, provider, body) values (?, ?, ?, ?)", id, string(known.Reason), known.Provider, text)
	return id, err
}
