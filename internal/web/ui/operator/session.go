package operator

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"

	"github.com/rebound-mail/rebound/internal/web/ui"
)

// session is a log-in.
type session struct {
	token string   // id of the token that was shown
	csrf  [32]byte // what forms are signed with
	began time.Time
	used  time.Time
}

// sessions are the log-ins of this process, by the hash of their id: who reads the
// memory of a core file cannot log in with it. They end with the process.
type sessions struct {
	limits Limits
	mu     sync.Mutex
	by     map[[32]byte]*session
}

func newSessions(l Limits) *sessions {
	return &sessions{limits: l, by: map[[32]byte]*session{}}
}

// begin makes a session and returns its id.
func (s *sessions) begin(token string, now time.Time) (id string) {
	id = random()
	made := &session{token: token, began: now, used: now}
	_, _ = rand.Read(made.csrf[:])
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.by) >= s.limits.Sessions {
		s.makeRoom(now)
	}
	s.by[sha256.Sum256([]byte(id))] = made
	return id
}

// makeRoom removes what has ended, or else the session not used for longest.
func (s *sessions) makeRoom(now time.Time) {
	var oldest [32]byte
	var found *session
	for id, one := range s.by {
		if s.over(one, now) {
			delete(s.by, id)
			continue
		}
		if found == nil || one.used.Before(found.used) {
			oldest, found = id, one
		}
	}
	if len(s.by) >= s.limits.Sessions {
		delete(s.by, oldest)
	}
}

func (s *sessions) over(one *session, now time.Time) bool {
	return now.Sub(one.used) >= s.limits.Idle || now.Sub(one.began) >= s.limits.Session
}

// find returns the session of an id, if it has not ended.
func (s *sessions) find(id string, now time.Time) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := sha256.Sum256([]byte(id))
	one, ok := s.by[key]
	if !ok {
		return session{}, false
	}
	if s.over(one, now) {
		delete(s.by, key)
		return session{}, false
	}
	one.used = now
	return *one, true
}

// end ends a session.
func (s *sessions) end(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.by, sha256.Sum256([]byte(id)))
}

// random returns 256 random bits as text.
func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// maxNotes and noteFor bound what is to be told on the next page.
const (
	maxNotes = 1000
	noteFor  = 5 * time.Minute
)

// notes are messages for the page after a form: each is shown once.
type notes struct {
	mu sync.Mutex
	by map[string]note
}

type note struct {
	flash ui.Flash
	who   string
	until time.Time
}

func newNotes() *notes { return &notes{by: map[string]note{}} }

func (n *notes) put(who string, flash ui.Flash, now time.Time) (id string) {
	id = random()[:16]
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.by) >= maxNotes {
		clear(n.by)
	}
	n.by[id] = note{flash, who, now.Add(noteFor)}
	return id
}

func (n *notes) take(id, who string, now time.Time) []ui.Flash {
	n.mu.Lock()
	defer n.mu.Unlock()
	found, ok := n.by[id]
	if !ok || found.who != who {
		return nil
	}
	delete(n.by, id)
	if now.After(found.until) {
		return nil
	}
	return []ui.Flash{found.flash}
}
