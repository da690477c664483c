package sqlite

import (
	"context"
	"slices"
	"sync"

	"github.com/rebound-mail/rebound/internal/store"
)

// maxTogether is how many events are committed in one transaction at most,
// beyond those of one call.
const maxTogether = 4096

// call is one call of Apply that waits to be committed.
type call struct {
	items []*item
	lead  chan struct{} // says that the call is to commit what waits
	done  chan error
}

// queue is the calls that wait. The first of them commits for all that have come
// in meanwhile, so that the cost of a commit is shared by those that wait for it.
type queue struct {
	mu      sync.Mutex
	waiting []*call
	working bool // somebody commits, or was told to
	closed  bool
}

func (q *queue) join(c *call) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return store.ErrClosed
	}
	q.waiting = append(q.waiting, c)
	if !q.working {
		q.next()
	}
	return nil
}

// next tells the first call that waits to commit; the caller holds the lock.
func (q *queue) next() {
	q.working = len(q.waiting) > 0
	if q.working {
		q.waiting[0].lead <- struct{}{}
	}
}

// take returns the calls to be committed together, the leader's own first.
func (q *queue) take() []*call {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, events := 0, 0
	for n < len(q.waiting) && (n == 0 || events+len(q.waiting[n].items) <= maxTogether) {
		events += len(q.waiting[n].items)
		n++
	}
	taken := q.waiting[:n:n]
	q.waiting = slices.Clone(q.waiting[n:])
	return taken
}

// pass ends a leader's work.
func (q *queue) pass() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next()
}

// leave takes a call back that nobody has begun with, and reports whether it did.
func (q *queue) leave(c *call) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, c)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	if len(c.lead) > 0 {
		q.next()
	}
	return true
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}

// commit brings a call's events into the store, together with those of others.
func (s *Store) commit(ctx context.Context, items []*item) error {
	c := &call{items: items, lead: make(chan struct{}, 1), done: make(chan error, 1)}
	if err := s.queue.join(c); err != nil {
		return err
	}
	select {
	case err := <-c.done:
		return err
	case <-c.lead:
		s.commitCalls(s.queue.take())
	case <-ctx.Done():
		if s.queue.leave(c) {
			return ctx.Err()
		}
	}
	return <-c.done
}

// commitCalls carries out one transaction for several calls. If it fails, nothing
// of any of them was kept. While it is made durable the next one may begin.
func (s *Store) commitCalls(calls []*call) {
	var items []*item
	for _, c := range calls {
		items = append(items, c.items...)
	}
	s.mu.Lock()
	err := s.mayWrite()
	if err == nil {
		err = s.transact("apply events", func(w *writer) error { return s.applyItems(w, items) })
	}
	s.mu.Unlock()
	s.queue.pass()
	if err == nil {
		err = s.wal.wait()
	}
	for _, c := range calls {
		c.done <- err
	}
}
