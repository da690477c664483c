package imap

import (
	"context"
	"fmt"

	"github.com/rebound-mail/rebound/internal/intake/mailbox"
	"github.com/rebound-mail/rebound/internal/spool"
)

// How much is done at a time, and remembered.
const (
	listed     = 500    // mails listed at once
	maxUnmoved = 10_000 // mails taken that the server does not move, before no more are taken
	maxTries   = 3      // of a mail with which the connection ends
)

// memory is what is remembered of the mailbox between connections. UIDs mean
// something only together with UIDVALIDITY.
type memory struct {
	validity uint32
	unmoved  map[uid]bool // the spool has them
	moved    map[uid]bool // the server said so; UIDs never come again
	skipped  map[uid]bool // they cannot be taken
	tries    map[uid]int
	fragile  bool // the last connection ended while mails were read: one at a time
}

func newMemory() memory {
	return memory{unmoved: map[uid]bool{}, moved: map[uid]bool{}, skipped: map[uid]bool{}, tries: map[uid]int{}}
}

// begin starts with a connection. If UIDVALIDITY has changed, all numbers mean
// other mails now (RFC 9051, section 2.3.1.1).
func (m *memory) begin(validity uint32) {
	if m.validity == validity {
		return
	}
	fragile := m.fragile
	*m = newMemory()
	m.validity, m.fragile = validity, fragile
}

// round is one look at the whole mailbox.
type round struct {
	*Poller
	s       *session
	moveErr error // mails are taken all the same
	large   int   // mails seen that are too large
	odd     int   // mails seen that the server does not give out
	back    int   // mails seen that the server said it had moved
}

// round takes all mails that there are. The mailbox is opened anew for each piece of
// it: so the places of mails are right, whatever the server told of them meanwhile.
func (p *Poller) round(ctx context.Context, s *session) error {
	r := &round{Poller: p, s: s}
	for first := uint32(1); ctx.Err() == nil; {
		validity, mails, err := s.open(p.opt.Mailbox)
		if err != nil {
			return err
		}
		p.begin(validity)
		if first > mails {
			break
		}
		list, err := s.list(first, min(mails, first+listed-1))
		if err != nil {
			return err
		}
		if len(list) == 0 {
			break
		}
		left, err := r.take(ctx, list)
		if err != nil {
			return err
		}
		first += uint32(left)
	}
	if ctx.Err() != nil {
		return nil
	}
	p.fragile = false
	if r.moveErr != nil {
		return r.moveErr
	}
	p.report(r)
	return nil
}

// report shows what was left, or that all is well.
func (p *Poller) report(r *round) {
	problem := ""
	if r.large > 0 {
		problem = fmt.Sprintf("%d mails in %q have more than %d bytes and stay there: raise the limit, or take them away", r.large, p.opt.Mailbox, p.opt.MaxMessage)
	}
	if r.odd > 0 {
		problem = fmt.Sprintf("%d mails in %q cannot be had from %s and stay there: look at them with a mail program", r.odd, p.opt.Mailbox, p.opt.Address)
	}
	if r.back > 0 {
		problem = fmt.Sprintf("%d mails are still in %q although %s said that they are moved: they are not taken again; take them away", r.back, p.opt.Mailbox, p.opt.Address)
	}
	p.Settle(problem)
}

// take takes the mails of a list and returns how many of it are still in the
// mailbox.
func (r *round) take(ctx context.Context, list []entry) (left int, err error) {
	var batch []entry
	var waiting []uid
	size, gone := int64(0), 0
	flush := func() error {
		n, err := r.batch(ctx, batch)
		batch, size = nil, 0
		gone += n
		return err
	}
	for _, one := range list {
		switch {
		case one.deleted:
			continue
		case r.moved[one.uid]:
			r.back++
			continue
		case r.unmoved[one.uid]:
			waiting = append(waiting, one.uid)
			continue
		case one.size > r.opt.MaxMessage || r.skipped[one.uid]:
			r.skip(one)
			continue
		}
		if len(batch) > 0 && (r.fragile || len(batch) >= mailbox.BatchMails || size+one.size > mailbox.BatchBytes) {
			if err := flush(); err != nil || ctx.Err() != nil {
				return len(list) - gone, err
			}
		}
		batch, size = append(batch, one), size+one.size
	}
	if err := flush(); err != nil {
		return len(list) - gone, err
	}
	moved, err := r.move(waiting)
	return len(list) - gone - moved, err
}

// skip leaves a mail where it is, and counts it the first time.
func (r *round) skip(one entry) {
	if one.size > r.opt.MaxMessage {
		r.large++
	} else {
		r.odd++
	}
	if r.skipped[one.uid] {
		return
	}
	if len(r.skipped) >= mailbox.MaxSkipped {
		clear(r.skipped)
	}
	r.skipped[one.uid] = true
	r.Gauge.Refuse(1)
}

// batch takes some mails and returns how many of them have left the mailbox.
func (r *round) batch(ctx context.Context, batch []entry) (gone int, err error) {
	if len(batch) == 0 {
		return 0, nil
	}
	if len(r.unmoved) >= maxUnmoved {
		return 0, fmt.Errorf("%w: no more mails are taken, since %d are waiting", errMove, len(r.unmoved))
	}
	bodies, err := r.read(batch)
	if err != nil {
		return 0, err
	}
	var taken []uid
	var reports []spool.Report
	for _, one := range batch {
		body, ok := bodies[one.uid]
		switch {
		case !ok:
			r.missing(one)
		case int64(len(body)) > r.opt.MaxMessage:
			one.size = int64(len(body))
			r.skip(one)
		default:
			taken = append(taken, one.uid)
			reports = append(reports, r.Report(r.path(one.uid), body))
		}
	}
	if taken, err = r.append(ctx, taken, reports); err != nil {
		return 0, err
	}
	return r.move(taken)
}

// read reads mails. If the server refuses, it may be for one of them.
func (r *round) read(batch []entry) (map[uid][]byte, error) {
	if r.fragile {
		r.tries[batch[0].uid]++
		if r.tries[batch[0].uid] > maxTries {
			delete(r.tries, batch[0].uid)
			r.skip(batch[0])
			return map[uid][]byte{}, nil
		}
	}
	bodies, err := r.s.read(batch, r.opt.MaxMessage)
	_, refused := said(err)
	if err != nil && !refused {
		r.fragile = true
		return nil, err
	}
	if r.fragile && err == nil {
		delete(r.tries, batch[0].uid)
	}
	if !refused || len(batch) == 1 {
		return bodies, nil
	}
	bodies = map[uid][]byte{}
	for i := range batch {
		one, err := r.s.read(batch[i:i+1], r.opt.MaxMessage)
		if _, refused := said(err); err != nil && !refused {
			return nil, err
		}
		if body, ok := one[batch[i].uid]; ok {
			bodies[batch[i].uid] = body
		}
	}
	return bodies, nil
}

// missing notes that a mail was listed and could not be had. It may have gone
// meanwhile; if it stays, it is left alone after some tries.
func (r *round) missing(one entry) {
	if r.skipped[one.uid] {
		return
	}
	if r.tries[one.uid]++; r.tries[one.uid] >= maxTries {
		delete(r.tries, one.uid)
		r.skip(one)
	}
	if len(r.tries) >= mailbox.MaxSkipped {
		clear(r.tries)
	}
}

// path is where a mail was found, as RFC 5092 writes it.
func (r *round) path(number uid) string {
	return fmt.Sprintf("imap://%s/%s;UIDVALIDITY=%d/;UID=%d", r.opt.Address, r.opt.Mailbox, r.validity, number)
}

// append hands mails to the spool, and returns which of them it has.
func (r *round) append(ctx context.Context, uids []uid, reports []spool.Report) (taken []uid, err error) {
	err = r.Append(ctx, reports, func(i int) {
		r.unmoved[uids[i]] = true
		taken = append(taken, uids[i])
	}, func(i int) {
		r.skip(entry{uid: uids[i], size: r.opt.MaxMessage + 1}) // the spool's limit is lower
	})
	return taken, err
}

// move takes mails that the spool has out of the mailbox and returns how many. If
// the server refuses, others are taken all the same.
func (r *round) move(uids []uid) (int, error) {
	if len(uids) == 0 || r.moveErr != nil {
		return 0, nil
	}
	do := r.s.move
	if r.opt.After == Delete {
		do = r.s.remove
	}
	gone, err := do(uids)
	if err != nil {
		err = fmt.Errorf("%w: %w", errMove, err)
		if _, refused := said(err); refused {
			r.moveErr = err
			return 0, nil
		}
		return 0, err
	}
	if len(r.moved) >= mailbox.MaxSkipped {
		clear(r.moved)
	}
	for _, number := range uids {
		delete(r.unmoved, number)
		r.moved[number] = true
	}
	if !gone {
		return 0, nil
	}
	return len(uids), nil
}
