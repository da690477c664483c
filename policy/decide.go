package policy

import (
	"slices"
	"time"
)

// Decide says whether a recipient may be mailed in a stream.
//
// A question that names no stream ("") is about any: an objection to one stream
// answers it. An objection or block that names no stream holds for every one.
func Decide(s State, stream string, set Settings, now time.Time) Answer {
	set = set.withDefaults()
	stream = StreamName(stream)
	lifted := s.liftOf("")
	r := s.run(&set, lifted.at, now)
	if a, ok := s.againstAddress(lifted); ok {
		a.Failures = r.failures
		return a
	}
	if a, ok := s.blocked(stream); ok {
		a.Failures = r.failures
		return a
	}
	if a, ok := s.objected(stream); ok {
		a.Failures = r.failures
		return a
	}
	return r.answer(&s, stream, &set, now)
}

// Grounds returns an answer for each ground on which the address is suppressed,
// for every stream or for one: the strongest first, streams in order. The last
// may be one of probation, with Suppressed false. It is what a list of
// suppressions shows; whether a message may be sent, [Decide] says.
func Grounds(s State, set Settings, now time.Time) []Answer {
	set = set.withDefaults()
	lifted := s.liftOf("")
	var out []Answer
	if a, ok := s.againstAddress(lifted); ok {
		out = append(out, a)
	}
	for _, b := range s.blocks {
		if s.holds(b.stream, "", b.at) {
			out = append(out, b.answer())
		}
	}
	for _, o := range s.objections {
		if s.holds(o.stream, "", o.last.at) {
			out = append(out, o.answer(s.liftedFor(o.stream, "")))
		}
	}
	if r := s.run(&set, lifted.at, now); r.suppressed {
		out = append(out, r.answer(&s, "", &set, now))
	}
	return out
}

// never is before every time that a state can hold.
const never = minMillis - 1

// liftOf returns the latest lifting by hand that holds for a stream: its own or
// that of everything. Its at is never if there is none.
func (s *State) liftOf(stream string) byHand {
	best := byHand{at: never}
	for _, l := range s.lifts {
		if (l.stream == "" || l.stream == stream) && l.at > best.at {
			best = l
		}
	}
	return best
}

// againstAddress answers where a failure speaks against the address itself.
func (s *State) againstAddress(lifted byHand) (Answer, bool) {
	n := 0
	for n < len(s.hard) && s.hard[n].at > lifted.at {
		n++
	}
	if n == 0 {
		return Answer{}, false
	}
	first := s.hard[n-1]
	if s.firstHard.at > lifted.at {
		first = s.firstHard
	}
	a := Answer{Reason: s.hard[0].reason, Since: first.time(), Evidence: ids(s.hard[:n], first)}.suppressed(GroundAddress)
	a.Why = a.whyAddress()
	return a, true
}

// concerns reports whether what holds for one stream answers a question about
// another.
func concerns(holds, asked string) bool { return holds == asked || holds == "" || asked == "" }

// blocked answers where somebody has blocked the address by hand: by the latest
// block that holds.
func (s *State) blocked(stream string) (Answer, bool) {
	best, found := byHand{}, false
	for _, b := range s.blocks {
		if s.holds(b.stream, stream, b.at) && (!found || b.order(best) > 0) {
			best, found = b, true
		}
	}
	if !found {
		return Answer{}, false
	}
	return best.answer(), true
}

func (h byHand) answer() Answer {
	a := Answer{Reason: h.reason, Stream: h.stream, Since: h.time(), By: h.by, Note: h.note}.suppressed(GroundBlock)
	a.Why = a.whyBlock()
	return a
}

// objected answers where the recipient has complained or unsubscribed: by the
// latest objection that holds.
func (s *State) objected(stream string) (Answer, bool) {
	best, found := objection{}, false
	for _, o := range s.objections {
		if s.holds(o.stream, stream, o.last.at) && (!found || o.last.order(best.last) > 0) {
			best, found = o, true
		}
	}
	if !found {
		return Answer{}, false
	}
	return best.answer(s.liftedFor(best.stream, stream)), true
}

// answer makes the answer of an objection of which what is not after lifted no
// longer counts.
func (o objection) answer(lifted int64) Answer {
	since := o.last
	if o.first.at > lifted {
		since = o.first
	}
	a := Answer{Reason: o.last.reason, Stream: o.stream, Since: since.time(), Evidence: ids([]mark{o.last}, since)}.suppressed(GroundObjection)
	a.Why = a.whyObjection()
	return a
}

// holds reports whether what was at a time, for one stream, answers a question
// about another: it concerns it and has not been lifted since.
func (s *State) holds(stream, asked string, at int64) bool {
	return concerns(stream, asked) && at > s.liftedFor(stream, asked)
}

// liftedFor is until when what holds for one stream is lifted for a question
// about another.
func (s *State) liftedFor(holds, asked string) int64 {
	return max(s.liftOf(holds).at, s.liftOf(asked).at)
}

// ids returns the events of marks, the latest first, and of the first one.
func ids(marks []mark, first mark) []string {
	out := make([]string, 0, len(marks)+1)
	for _, m := range append(slices.Clip(marks), first) {
		if m.id != "" && !slices.Contains(out, m.id) {
			out = append(out, m.id)
		}
	}
	return out
}

// run is a run of failed messages with no delivery in between.
type run struct {
	marks      []mark // those that are in the state, the latest first
	failures   int
	suppressed bool
	since      time.Time
	until      time.Time
	doublings  int
}

// run follows the failed messages since the last delivery or lifting, from the
// first to the last.
func (s *State) run(set *Settings, lifted int64, now time.Time) run {
	after := max(lifted, s.delivered())
	n := 0
	for n < len(s.failures) && s.failures[n].at > after {
		n++
	}
	var r run
	var last time.Time
	begin := n
	for i := n - 1; i >= 0; i-- {
		t := s.failures[i].time()
		if r.forgotten(set, last, t) {
			r, begin = run{}, i+1
		}
		r.fail(set, t)
		last = t
	}
	if r.forgotten(set, last, now) {
		return run{}
	}
	r.marks = s.failures[:begin]
	return r
}

// fail takes one more failed message into the run.
func (r *run) fail(set *Settings, t time.Time) {
	r.failures++
	switch {
	case !r.suppressed && r.failures < set.Consecutive:
		return
	case !r.suppressed:
		r.suppressed = true
	case t.Before(r.until):
		return // it was on its way already
	default:
		r.doublings = max(0, min(r.doublings+1, set.MaxDoublings))
	}
	r.since, r.until = t, t.Add(set.expiry(r.doublings))
}

// forgotten reports whether a run that was last added to at last has gone on
// for so long without a failure that it is over at t.
func (r *run) forgotten(set *Settings, last, t time.Time) bool {
	if r.failures == 0 {
		return false
	}
	if r.until.After(last) {
		last = r.until
	}
	return t.Sub(last) > set.Forget
}

// clockSkew is how far apart clocks may be that tell of the same message.
const clockSkew = 5 * 60 * 1000

// delivered is when the latest message was delivered that did not fail after
// all: a next hop that takes a message and returns it later has delivered
// nothing. It is never if there is none.
func (s *State) delivered() int64 {
	for _, d := range s.deliveries {
		if !failedAfter(s.failures, d) && !failedAfter(s.hard, d) {
			return d.at
		}
	}
	// All that are known failed. Of those that fell out nothing is known, so
	// nothing that was before is held against the recipient.
	if n := len(s.deliveries); n == keptDeliveries {
		return s.deliveries[n-1].at - 1 - clockSkew
	}
	return never
}

func failedAfter(failures []mark, d mark) bool {
	return slices.ContainsFunc(failures, func(f mark) bool { return f.key == d.key && f.at >= d.at-clockSkew })
}

// answer makes the answer where nothing but a run of failures is known.
func (r *run) answer(s *State, stream string, set *Settings, now time.Time) Answer {
	a := Answer{MaySend: true, Failures: r.failures, Doublings: r.doublings}
	if len(r.marks) > 0 {
		a.Reason, a.Evidence = r.marks[0].reason, ids(r.marks, r.marks[0])
	}
	switch {
	case r.suppressed && now.Before(r.until):
		a.MaySend, a.Since, a.Until = false, r.since, r.until
		a = a.suppressed(GroundFailures)
		a.Why = a.whyFailures()
		return a
	case r.suppressed:
		a.Probation, a.Since, a.Until = true, r.since, r.until
		a.Why = a.whyProbation()
		return a
	}
	lift := s.liftOf(stream)
	if lift.at == never {
		lift = byHand{}
	}
	a.By, a.Note = lift.by, lift.note
	a.Why = a.whyClear(set, lift, s.unverified)
	return a
}
