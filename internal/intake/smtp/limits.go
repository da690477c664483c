package smtp

import (
	"sync"
	"sync/atomic"
	"time"
)

// clients counts what each client does. It is safe for concurrent use.
type clients struct {
	limits Limits

	mu   sync.Mutex
	open int
	by   map[string]*client
}

// client is what is known of one client.
type client struct {
	open        int
	connections bucket
	messages    bucket
	seen        time.Time
}

// maxClients bounds how many are remembered.
const maxClients = 10_000

func newClients(limits Limits) *clients {
	return &clients{limits: limits, by: map[string]*client{}}
}

// enter counts a connection that begins, or says why it may not.
func (c *clients) enter(name string, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if above(c.open+1, c.limits.Connections) {
		return errBusy
	}
	if name != "" {
		who := c.find(name, now)
		if above(who.open+1, c.limits.PerClient) {
			return errManyConnections
		}
		if !who.connections.take(now, c.limits.ConnectionsPerMinute) {
			return errFastConnections
		}
		who.open++
	}
	c.open++
	return nil
}

// leave counts the end of a connection.
func (c *clients) leave(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	if who := c.by[name]; who != nil {
		who.open--
	}
}

// message counts a message, or says why it may not be sent now.
func (c *clients) message(name string, now time.Time) error {
	if name == "" {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.find(name, now).messages.take(now, c.limits.MessagesPerMinute) {
		return errFastMessages
	}
	return nil
}

// find returns a client. Those that have no connection may be forgotten for it.
func (c *clients) find(name string, now time.Time) *client {
	who := c.by[name]
	if who == nil {
		c.forget(now)
		who = &client{}
		c.by[name] = who
	}
	who.seen = now
	return who
}

// forget makes room: those not seen for a minute go first, whose buckets are full
// again, and if that frees too little, all without a connection.
func (c *clients) forget(now time.Time) {
	if len(c.by) < maxClients {
		return
	}
	for _, idle := range []time.Duration{time.Minute, 0} {
		for name, who := range c.by {
			if who.open == 0 && now.Sub(who.seen) >= idle {
				delete(c.by, name)
			}
		}
		if len(c.by) < maxClients/2 {
			return
		}
	}
}

// bucket allows so many a minute, all at once if none were taken for long.
type bucket struct {
	used float64
	at   time.Time
}

func (b *bucket) take(now time.Time, perMinute int) bool {
	if perMinute < 0 {
		return true
	}
	passed := max(0, now.Sub(b.at).Minutes()) // the clock may have been set back
	b.used = max(0, b.used-passed*float64(perMinute))
	b.at = now
	if b.used+1 > float64(perMinute) {
		return false
	}
	b.used++
	return true
}

// above reports whether n is more than a limit, of which those below zero are none.
func above(n, limit int) bool { return limit >= 0 && n > limit }

// budget is memory that messages under way share.
type budget struct {
	limit int64
	used  atomic.Int64
}

// take reports whether n more bytes may be used, and counts them.
func (b *budget) take(n int64) bool {
	if b.used.Add(n) > b.limit && b.limit >= 0 {
		b.used.Add(-n)
		return false
	}
	return true
}

func (b *budget) give(n int64) { b.used.Add(-n) }
