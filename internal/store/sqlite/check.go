package sqlite

import (
	"context"
	"database/sql"

	"github.com/rebound-mail/rebound/policy"
)

// whyNotListed is the answer for addresses that are not on the list.
const whyNotListed = "May be mailed: it is not suppressed."

// Check says whether addresses may be mailed. See store.Memory.
func (s *Store) Check(ctx context.Context, keys []policy.Key) ([]policy.Answer, error) {
	answers := make([]policy.Answer, len(keys))
	layers := *s.filter.layers.Load()
	var hits []int
	for i := range keys {
		if s.maybeListed(layers, keys[i].Recipient) {
			hits = append(hits, i)
			continue
		}
		answers[i].MaySend, answers[i].Why = true, whyNotListed
	}
	if len(hits) == 0 {
		return answers, nil
	}
	if err := s.confirm(ctx, keys, hits, answers); err != nil {
		return nil, wrong("check addresses", err)
	}
	return answers, nil
}

func (s *Store) maybeListed(layers []*bloom, address string) bool {
	h := s.filter.hash(address)
	for _, b := range layers {
		if b.has(h) {
			return true
		}
	}
	return false
}

// confirm answers for keys that the filter holds, from the store.
func (s *Store) confirm(ctx context.Context, keys []policy.Key, hits []int, answers []policy.Answer) error {
	now := s.now()
	for len(hits) > 0 {
		some := hits[:min(len(hits), rowsAtOnce)]
		hits = hits[len(some):]
		states, err := s.listedStates(ctx, keys, some)
		if err != nil {
			return err
		}
		for _, i := range some {
			r := states[keys[i].Recipient]
			if r == nil {
				answers[i].MaySend, answers[i].Why = true, whyNotListed
				continue
			}
			answers[i] = policy.Decide(r.state, keys[i].Stream, s.settings, now)
		}
	}
	return nil
}

// listedStates reads the rows of at most rowsAtOnce addresses that are on the
// list.
func (s *Store) listedStates(ctx context.Context, keys []policy.Key, which []int) (map[string]*row, error) {
	args := make([]any, rowsAtOnce)
	for i := range args {
		args[i] = s.hash(keys[which[min(i, len(which)-1)]].Recipient)
	}
	found, err := s.readers.QueryContext(ctx, "select "+rowColumns+" from recipient where hash in ("+marks(rowsAtOnce)+")", args...)
	if err != nil {
		return nil, err
	}
	states := make(map[string]*row, len(which))
	err = eachRow(found, func(rows *sql.Rows) error {
		r, err := scanRow(rows.Scan)
		if err == nil {
			states[r.address] = r
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, i := range which { // those whose place another address has
		address := keys[i].Recipient
		if states[address] != nil {
			continue
		}
		if states[address], err = s.find(ctx, s.readers, address); err != nil {
			return nil, err
		}
	}
	for address, r := range states {
		if r != nil && r.listed == 0 {
			delete(states, address)
		}
	}
	return states, nil
}
