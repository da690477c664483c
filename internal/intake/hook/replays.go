package hook

import (
	"container/heap"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/rebound-mail/rebound/webhook"
)

// How much is remembered, and for how long where a scheme signs no time.
const (
	defaultReplays = 500_000
	timelessMemory = 24 * time.Hour
)

// seen says what is known of a request.
type seen int

const (
	unseen   seen = iota // or seen, and not accepted: it is to be processed
	repeated             // accepted already
	captured             // its token was used for another request
)

// A replay is a request by its provider and replay key, and by its body.
type replay struct {
	key, body [16]byte
	expires   int64 // Unix time in seconds
}

// known is what is remembered of a request.
type known struct {
	replay
	accepted bool // by this process
	kept     bool // in the file
}

// replays remembers requests until they would be refused for their age.
type replays struct {
	most int

	mu    sync.Mutex
	known map[[16]byte]*known
	order expiring
	file  *replayFile // nil: in memory only
}

// expiring is a heap of requests, the first to expire on top.
type expiring []*known

func (e expiring) Len() int           { return len(e) }
func (e expiring) Less(i, j int) bool { return e[i].expires < e[j].expires }
func (e expiring) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *expiring) Push(x any)        { *e = append(*e, x.(*known)) }
func (e *expiring) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	(*e)[last] = nil
	*e = (*e)[:last]
	return x
}

// openReplays reads what an earlier process remembered; path "" is none.
func openReplays(path string, most int, now time.Time) (*replays, error) {
	if most <= 0 {
		most = defaultReplays
	}
	r := &replays{most: most, known: map[[16]byte]*known{}}
	if path == "" {
		return r, nil
	}
	old, err := readReplays(path)
	if err != nil {
		return nil, err
	}
	for _, one := range old {
		if one.expires > now.Unix() && r.known[one.key] == nil {
			r.insert(&known{replay: one, kept: true})
		}
	}
	if r.file, err = createReplayFile(path, r.keptOnes()); err != nil {
		return nil, err
	}
	return r, nil
}

// insert adds a request; at the bound the first to expire gives way.
func (r *replays) insert(k *known) {
	for len(r.order) >= r.most {
		r.forget()
	}
	r.known[k.key] = k
	heap.Push(&r.order, k)
}

// forget removes the request that expires first.
func (r *replays) forget() {
	k := heap.Pop(&r.order).(*known)
	delete(r.known, k.key)
}

// begin looks a request up and notes it. Where a token does not vouch for the body
// (bound), it is for one body only, and that is durable when begin returns.
func (r *replays) begin(one replay, bound bool, now time.Time) (seen, error) {
	r.mu.Lock()
	r.expire(now)
	k := r.known[one.key]
	switch {
	case k == nil:
		k = &known{replay: one}
		r.insert(k)
	case bound && k.body != one.body:
		r.mu.Unlock()
		return captured, nil
	case k.accepted:
		r.mu.Unlock()
		return repeated, nil
	}
	write := bound && r.file != nil && !k.kept
	r.mu.Unlock()
	if !write {
		return unseen, nil
	}
	if err := r.keep(k); err != nil {
		return unseen, err
	}
	return unseen, nil
}

// accept notes that a request is durable elsewhere: what repeats it is settled.
func (r *replays) accept(key [16]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.known[key]; k != nil {
		k.accepted = true
	}
}

// keep writes a request to the file. It is marked before, since a file that is made
// anew meanwhile must have it too.
func (r *replays) keep(k *known) error {
	err := r.mend()
	r.mark(k, err == nil)
	if err == nil {
		err = r.file.add(k.replay)
	}
	if err != nil {
		r.mark(k, false)
	}
	return err
}

func (r *replays) mark(k *known, kept bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k.kept = kept
}

// mend makes the file anew if it is broken or has grown far beyond the bound.
func (r *replays) mend() error {
	if !r.file.mustRewrite(r.most) {
		return nil
	}
	return r.rewrite()
}

// expire forgets what has expired.
func (r *replays) expire(now time.Time) {
	for len(r.order) > 0 && r.order[0].expires <= now.Unix() {
		r.forget()
	}
}

// sweep forgets what has expired, and makes the file small if most of it has.
func (r *replays) sweep(now time.Time) error {
	r.mu.Lock()
	r.expire(now)
	live := len(r.order)
	r.mu.Unlock()
	if r.file == nil || !r.file.mustRewrite(live) {
		return nil
	}
	return r.rewrite()
}

// rewrite replaces the file by one with what is remembered.
func (r *replays) rewrite() error {
	return r.file.replace(func() []replay {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.keptOnes()
	})
}

// keptOnes returns what the file must hold.
func (r *replays) keptOnes() []replay {
	var list []replay
	for _, k := range r.order {
		if k.kept {
			list = append(list, k.replay)
		}
	}
	return list
}

func (r *replays) close() error {
	if r.file == nil {
		return nil
	}
	return r.file.close()
}

// remember looks a verified request up. A request without replay key is always
// new: its events have ids, so that a repeat counts once all the same.
func (r *Receiver) remember(one *post) (seen, *Refusal) {
	v := &one.verified
	if v.Outcome != webhook.Genuine || v.ReplayKey == "" {
		return unseen, nil
	}
	bound := v.Scheme == webhook.SchemeMailgun
	seen, err := r.replays.begin(one.replay(), bound, one.now)
	if err != nil {
		refusal := because(Unavailable, "the file of replay keys cannot be written", err)
		return unseen, refusal
	}
	if seen == captured {
		return seen, refuse(Replayed, "the token in its signature was used for another event before")
	}
	return seen, nil
}

// settle notes that a request is durable.
func (r *Receiver) settle(one *post) {
	if one.verified.Outcome == webhook.Genuine && one.verified.ReplayKey != "" {
		r.replays.accept(one.replay().key)
	}
}

// replay returns what a request is remembered by.
func (one *post) replay() replay {
	key := sha256.Sum256([]byte(string(one.provider) + "\x00" + one.verified.ReplayKey))
	body := sha256.Sum256(one.request.Body)
	expires := one.verified.Expires
	if expires.IsZero() {
		expires = one.now.Add(timelessMemory)
	}
	return replay{key: [16]byte(key[:16]), body: [16]byte(body[:16]), expires: expires.Unix() + 1}
}
