package notify

import (
	"context"
	"sync"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// courier delivers to one target.
type courier struct {
	s      *Sender
	t      *target
	random func() float64 // from 0 to 1

	mu sync.Mutex // guards what follows
	st Status
	// failures is how often the target failed in a row, and failing since when:
	// it is then asked with one message at a time, ever more seldom.
	failures int
	failing  time.Time
}

// perWorker is how many messages are claimed for each request at a time.
const perWorker = 4

func (c *courier) status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.st
	st.Target = c.t.name
	if !st.Until.After(c.s.o.Now()) {
		st.Until = time.Time{}
	}
	return st
}

// run delivers until ctx ends.
func (c *courier) run(ctx context.Context) {
	for {
		more, err := c.round(ctx)
		if err != nil && ctx.Err() == nil {
			c.s.o.Log.Error("the outbox could not be read or written; it will be tried again", "target", c.t.name, "error", err)
		}
		if more && err == nil && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(c.s.o.Every):
		}
	}
}

// round claims messages and delivers them. more is whether there may be others.
func (c *courier) round(ctx context.Context) (more bool, err error) {
	if ctx.Err() != nil || c.pausedUntil().After(c.s.o.Now()) {
		return false, nil
	}
	limit := c.s.o.Concurrent * perWorker
	if c.isFailing() {
		limit = 1
	}
	list, err := c.s.o.Outbox.ClaimOutgoing(ctx, c.t.name, limit, c.lease())
	if err != nil || len(list) == 0 {
		return false, err
	}
	results := c.deliver(ctx, list)
	if len(results) == 0 {
		return false, nil
	}
	// Whatever was delivered is to be known as such, also when Run ends.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.s.o.Grace)
	defer cancel()
	if err := c.s.o.Outbox.SettleOutgoing(ctx, results); err != nil {
		return false, err
	}
	if c.isFailing() {
		return false, c.dropOld(ctx)
	}
	return true, nil
}

// lease is how long messages of one claim are kept from others: as long as all of
// them may take.
func (c *courier) lease() time.Duration { return perWorker*c.s.o.Timeout + 30*time.Second }

// deliver tries messages, several at once, and returns what became of those that
// were tried. When the target fails, or ctx ends, the rest is left as it is: it
// is due again when its lease is over.
func (c *courier) deliver(ctx context.Context, list []store.Outgoing) []store.Attempt {
	var mu sync.Mutex
	var results []store.Attempt
	queue := make(chan *store.Outgoing)
	var workers sync.WaitGroup
	for range min(c.s.o.Concurrent, len(list)) {
		workers.Go(func() {
			for m := range queue {
				if ctx.Err() != nil || c.pausedUntil().After(c.s.o.Now()) {
					continue
				}
				result := c.try(ctx, m)
				mu.Lock()
				results = append(results, result)
				mu.Unlock()
			}
		})
	}
	for i := range list {
		queue <- &list[i]
	}
	close(queue)
	workers.Wait()
	return results
}

// try delivers one message. A request that is under way when ctx ends may take
// Grace yet.
func (c *courier) try(ctx context.Context, m *store.Outgoing) store.Attempt {
	o := &c.s.o
	request, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.Timeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		grace := time.NewTimer(o.Grace)
		defer grace.Stop()
		select {
		case <-grace.C:
			cancel()
		case <-request.Done():
		}
	})
	defer stop()
	answer := c.s.post(request, c.t, m, o.Now())
	if ctx.Err() != nil && !answer.delivered && request.Err() != nil {
		return store.Attempt{ID: m.ID, Error: "the server was stopped while it was being delivered", Next: o.Now()}
	}
	return c.judge(m, answer)
}

// oldTries is how often a message is tried at least, however old it is: one that
// was revived is old from the start. But not so if its target has been failing
// for failsLong.
const (
	oldTries  = 5
	failsLong = time.Hour
)

// failsForLong reports whether the target has been failing for long.
func (c *courier) failsForLong(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failures > 0 && now.Sub(c.failing) >= failsLong
}

// judge decides what becomes of a message.
func (c *courier) judge(m *store.Outgoing, a answer) store.Attempt {
	now := c.s.o.Now()
	c.record(a, now)
	if a.delivered {
		return store.Attempt{ID: m.ID, Delivered: true}
	}
	result := store.Attempt{ID: m.ID, Error: a.problem}
	old := now.Sub(m.Created) >= c.s.o.GiveUp && (m.Tries+1 >= oldTries || c.failsForLong(now))
	if !a.gone && !old && m.Tries+1 < c.s.o.MaxTries {
		wait := backoff(m.Tries, c.random())
		result.Next = now.Add(max(wait, min(a.retryAfter, maxRetryAfter)))
	}
	log := c.s.o.Log.With("target", c.t.name, "message", m.ID, "kind", m.Kind, "tries", m.Tries+1, "problem", a.problem)
	if result.Next.IsZero() {
		c.count(func(st *Status) { st.Dead++ })
		log.Error("a message was given up; it is a dead letter now")
		return result
	}
	log.Warn("a message could not be delivered; it will be tried again", "next", result.Next.UTC())
	return result
}

func (c *courier) count(change func(*Status)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change(&c.st)
}

// record remembers how the target fared. That it refused one message says nothing
// of the next; that it could not be reached, was broken or asked to be left alone
// does.
func (c *courier) record(a answer, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.st.Last = now
	c.st.Problem = a.problem
	if a.delivered {
		c.st.Delivered++
	} else {
		c.st.Failed++
	}
	if !a.targetFails {
		c.failures, c.failing, c.st.Until = 0, time.Time{}, time.Time{}
		return
	}
	if c.failures == 0 {
		c.failing = now
	}
	if c.st.Until.After(now) { // requests at once that fail together fail once
		c.st.Until = later(c.st.Until, now.Add(min(a.retryAfter, maxRetryAfter)))
		return
	}
	wait := min(backoff(c.failures, c.random()), maxPause)
	c.failures++
	c.st.Until = now.Add(max(wait, min(a.retryAfter, maxRetryAfter)))
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (c *courier) isFailing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failures > 0
}

func (c *courier) pausedUntil() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.st.Until
}

// dropAtOnce is how many messages are looked through at once for old ones.
const dropAtOnce = 200

// dropOld gives messages up that are too old, while the target fails: it is asked
// with one at a time, and they would wait for ever. The younger ones that were
// claimed beside them are due again after the pause.
func (c *courier) dropOld(ctx context.Context) error {
	now := c.s.o.Now()
	c.mu.Lock()
	problem, lease := c.st.Problem, max(c.st.Until.Sub(now), time.Second)
	c.mu.Unlock()
	tooOld := c.failsForLong(now)
	for tooOld {
		list, err := c.s.o.Outbox.ClaimOutgoing(ctx, c.t.name, dropAtOnce, lease)
		if err != nil {
			return err
		}
		var results []store.Attempt
		for _, m := range list {
			if now.Sub(m.Created) >= c.s.o.GiveUp {
				results = append(results, store.Attempt{ID: m.ID, Error: "given up without a try, as the target fails: " + problem})
			}
		}
		if len(results) == 0 {
			return nil
		}
		if err := c.s.o.Outbox.SettleOutgoing(ctx, results); err != nil {
			return err
		}
		c.count(func(st *Status) { st.Dead += int64(len(results)) })
		c.s.o.Log.Error("messages were given up, as their target fails; they are dead letters now", "target", c.t.name, "messages", len(results))
		tooOld = len(results) == len(list) && len(list) == dropAtOnce
	}
	return nil
}
