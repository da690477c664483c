package imap

import (
	"context"
	"errors"
	"fmt"

	"github.com/rebound-mail/rebound/internal/spool"
)

// How much is done at a time, and remembered.
const (
	listed     = 500     // mails listed at once
	batchMails = 64      // mails read at once
	batchBytes = 8 << 20 // of them together, unless one has more
	maxUnmoved = 10_000  // mails taken that the server does not move, before no more are taken
	maxSkipped = 100_000 // mails moved, or left where they are, that are remembered
	maxTries   = 3       // of a mail with which the connection ends
)

// mailbox is what is remembered of the mailbox between connections. UIDs mean
// something only together with UIDVALIDITY.
type mailbox struct {
	validity uint32
	unmoved  map[uid]bool // the spool has them
	moved    map[uid]bool // the server said so; UIDs never come again
	skipped  map[uid]bool // they cannot be taken
	tries    map[uid]int
	fragile  bool // the last connection ended while mails were read: one at a time
}

func newMailbox() mailbox {
	return mailbox{unmoved: map[uid]bool{}, moved: map[uid]bool{}, skipped: map[uid]bool{}, tries: map[uid]int{}}
}

// begin starts with a connection. If UIDVALIDITY has changed, all numbers mean
// other mails now (RFC 9051, section 2.3.1.1).
func (m *mailbox) begin(validity uint32) {
	if m.validity == validity {
		return
	}
	fragile := m.fragile
	*m = newMailbox()
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
	if problem == "" {
		if p.gauge.Fine() {
			p.opt.Logger.Info("imap: all is well again", "source", p.opt.Name)
		}
		return
	}
	if p.gauge.Trouble(problem) {
		p.opt.Logger.Warn("imap: "+problem, "source", p.opt.Name)
	}
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
		if len(batch) > 0 && (r.fragile || len(batch) >= batchMails || size+one.size > batchBytes) {
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
	if len(r.skipped) >= maxSkipped {
		clear(r.skipped)
	}
	r.skipped[one.uid] = true
	r.gauge.Refuse(1)
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
			reports = append(reports, r.spoolReport(one.uid, body))
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
	if len(r.tries) >= maxSkipped {
		clear(r.tries)
	}
}

// spoolReport makes the report of a mail.
func (r *round) spoolReport(number uid, body []byte) spool.Report {
	meta := map[string]string{ // as RFC 5092 writes it
		spool.MetaPath: fmt.Sprintf("imap://%s/%s;UIDVALIDITY=%d/;UID=%d", r.opt.Address, r.opt.Mailbox, r.validity, number),
	}
	if r.opt.Stream != "" {
		meta[spool.MetaStream] = r.opt.Stream
	}
	return spool.Report{ID: spool.NewID(), Source: spool.IMAP, Received: r.opt.Now(), Trust: r.opt.Trust, Kind: spool.KindMail, Body: body, Meta: meta}
}

// append hands mails to the spool, and returns which of them it has. One that the
// spool does not take at all must not hold up the others.
func (r *round) append(ctx context.Context, uids []uid, reports []spool.Report) ([]uid, error) {
	if len(reports) == 0 {
		return nil, nil
	}
	err := r.opt.Spool.Append(ctx, reports...)
	unfit := errors.Is(err, spool.ErrTooLarge) || errors.Is(err, spool.ErrInvalid)
	switch {
	case err == nil:
		for _, number := range uids {
			r.unmoved[number] = true
		}
		r.gauge.Accept(len(uids))
		return uids, nil
	case !unfit:
		return nil, fmt.Errorf("%w: %w", errSpool, err)
	case len(reports) == 1:
		r.skip(entry{uid: uids[0], size: r.opt.MaxMessage + 1}) // the spool's limit is lower
		return nil, nil
	}
	var taken []uid
	for i := range reports {
		one, err := r.append(ctx, uids[i:i+1], reports[i:i+1])
		if err != nil {
			return nil, err
		}
		taken = append(taken, one...)
	}
	return taken, nil
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
	if len(r.moved) >= maxSkipped {
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
