package maillog

import (
	"strings"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// maxKept bounds a text that is remembered for a join.
const maxKept = 2048

// manyWaiting is from how many waiting recipients on they are found by map.
const manyWaiting = 12

// lingering is how many finished messages are remembered: their last lines may
// come out of order, because several processes write them.
const lingering = 256

// attempt is the last failed attempt for a recipient who still waits.
type attempt struct {
	recipient  string
	original   string
	diagnostic string
	command    string
	remote     string
	sourceIP   string
	code       smtpcode.Code
	status     smtpcode.Status
	hint       event.Hint
	done       bool // the recipient does not wait any more
}

// message is what is remembered of a message in a queue.
type message struct {
	key          string
	sender       string
	messageID    string
	ended        bool
	waiting      []attempt
	where        map[string]int // index into waiting, from manyWaiting on
	older, newer *message
}

// joins remembers messages by queue id, at most max of them with their
// recipients. The least recently seen goes first.
type joins struct {
	max     int
	size    int // messages and waiting recipients
	dropped int64
	long    bool // the line being read is long: its text is not to be held on to
	index   map[string]*message
	oldest  *message
	newest  *message
	ended   [lingering]*message
	next    int // in ended
	spare   *message
}

func (j *joins) init(max int) {
	j.max, j.index = max, make(map[string]*message)
}

// find returns the message with that key, nil if there is none.
func (j *joins) find(key []byte) *message {
	m := j.index[string(key)]
	if m != nil && m != j.newest {
		j.unlink(m)
		j.link(m)
	}
	return m
}

// get returns the message with that key, a new one if there is none.
func (j *joins) get(key []byte) *message {
	if m := j.find(key); m != nil {
		return m
	}
	m := j.spare
	j.spare = nil
	if m == nil {
		m = new(message)
	}
	m.key = string(key)
	j.index[m.key] = m
	j.link(m)
	j.size++
	j.shrink()
	return m
}

// fresh returns the message with that key without anything remembered.
func (j *joins) fresh(key []byte) *message {
	m := j.get(key)
	j.clear(m)
	return m
}

// clear forgets what is known of m.
func (j *joins) clear(m *message) {
	j.size -= len(m.waiting)
	m.sender, m.messageID, m.ended = "", "", false
	m.waiting, m.where = nil, nil
}

// shrink forgets the least recently seen messages beyond the bound.
func (j *joins) shrink() {
	for j.size > j.max && j.oldest != j.newest {
		if !j.oldest.ended {
			j.dropped++
		}
		j.remove(j.oldest)
	}
}

func (j *joins) remove(m *message) {
	delete(j.index, m.key)
	j.unlink(m)
	j.clear(m)
	j.size--
	m.key = ""
	j.spare = m
}

// end marks m as finished. It stays known for a while.
func (j *joins) end(m *message) {
	if m.ended {
		return
	}
	m.ended = true
	if old := j.ended[j.next]; old != nil && old != m && old.ended && j.index[old.key] == old {
		j.remove(old)
	}
	j.ended[j.next] = m
	j.next = (j.next + 1) % lingering
}

func (j *joins) link(m *message) {
	m.older, m.newer = j.newest, nil
	if j.newest != nil {
		j.newest.newer = m
	}
	j.newest = m
	if j.oldest == nil {
		j.oldest = m
	}
}

func (j *joins) unlink(m *message) {
	if m.older != nil {
		m.older.newer = m.newer
	} else {
		j.oldest = m.newer
	}
	if m.newer != nil {
		m.newer.older = m.older
	} else {
		j.newest = m.older
	}
	m.older, m.newer = nil, nil
}

// attemptOf returns the attempt for a recipient of m, nil if there is none.
func (m *message) attemptOf(recipient string) *attempt {
	if m == nil {
		return nil
	}
	if m.where != nil {
		if i, ok := m.where[recipient]; ok {
			return &m.waiting[i]
		}
		return nil
	}
	for i := range m.waiting {
		if m.waiting[i].recipient == recipient {
			return &m.waiting[i]
		}
	}
	return nil
}

// keep remembers the failed attempt that e tells of as the last one for its
// recipient.
func (j *joins) keep(m *message, e *event.Event) {
	a := m.attemptOf(e.Recipient)
	if a == nil {
		if j.size >= j.max && j.oldest == m {
			j.dropped++
			return
		}
		m.waiting = append(m.waiting, attempt{})
		a = &m.waiting[len(m.waiting)-1]
		m.remember(strings.Clone(e.Recipient))
		j.size++
	}
	*a = attempt{
		recipient: e.Recipient, original: e.OriginalRecipient, diagnostic: kept(e.Diagnostic), command: e.Command,
		remote: e.RemoteMTA, sourceIP: e.SourceIP, code: e.ReplyCode, status: e.Status, hint: e.Hint,
	}
	if j.long {
		a.detach()
	}
	j.shrink()
}

// remember notes where the last of m.waiting stands.
func (m *message) remember(recipient string) {
	switch n := len(m.waiting); {
	case m.where != nil:
		m.where[recipient] = n - 1
	case n > manyWaiting:
		m.where = make(map[string]int, 2*n)
		for i := range n - 1 {
			m.where[m.waiting[i].recipient] = i
		}
		m.where[recipient] = n - 1
	}
}

// settle notes that a recipient of m does not wait any more.
func (m *message) settle(recipient string) {
	if a := m.attemptOf(recipient); a != nil {
		a.done = true
	}
}

// fill puts into e what is remembered of an attempt.
func (a *attempt) fill(e *event.Event) {
	e.Recipient, e.OriginalRecipient = a.recipient, a.original
	e.Diagnostic, e.Command, e.RemoteMTA, e.SourceIP = a.diagnostic, a.command, a.remote, a.sourceIP
	e.ReplyCode, e.Status, e.Hint = a.code, a.status, a.hint
}

// detach copies the texts of an attempt out of the line they stand in.
func (a *attempt) detach() {
	for _, s := range []*string{&a.recipient, &a.original, &a.diagnostic, &a.command, &a.remote, &a.sourceIP} {
		*s = strings.Clone(kept(*s))
	}
}

// kept bounds a text that is remembered.
func kept(s string) string { return s[:min(len(s), maxKept)] }
