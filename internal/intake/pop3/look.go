package pop3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/rebound-mail/rebound/internal/intake/mailbox"
	"github.com/rebound-mail/rebound/internal/spool"
)

const (
	maxDelay = time.Hour  // between logins that a server may ask for
	hashed   = "content:" // begins the id of a mail that the server tells none of
)

// look is one look at the mailbox, by a connection of its own.
type look struct {
	*Poller
	c     *client
	batch []taken
	size  int64
	ids   []string // of all mails seen
	large int      // mails seen that are too large
	odd   int      // mails seen that the server, or the spool, does not take
}

// taken is a mail on its way to the spool.
type taken struct {
	entry
	body []byte
}

// look takes all mails that are not known.
func (p *Poller) look(ctx context.Context) error {
	c, err := dial(ctx, &p.opt)
	if err != nil {
		return err
	}
	defer c.close()
	// Whatever is in flight may end by itself, but not at leisure.
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(mailbox.Grace, c.close) })
	defer stop()
	l := &look{Poller: p, c: c}
	list, err := l.open()
	if err != nil {
		return err
	}
	err = l.all(ctx, list)
	if err != nil && !errors.Is(err, mailbox.ErrSpool) {
		return err
	}
	// Deletions count from here on (RFC 1939, section 6).
	if _, quit := c.command("QUIT"); quit != nil || err != nil {
		return errors.Join(err, quit)
	}
	if ctx.Err() != nil {
		return nil
	}
	l.report()
	return p.known.retain(l.ids)
}

// open logs in and lists the mailbox.
func (l *look) open() ([]entry, error) {
	caps, err := l.c.capabilities()
	if err != nil {
		return nil, err
	}
	l.delay = loginDelay(caps)
	if err := l.c.login(l.opt.Username, l.opt.Password); err != nil {
		return nil, err
	}
	list, hasIDs, err := l.c.entries()
	if err != nil {
		return nil, err
	}
	if !hasIDs && l.opt.After == Keep {
		return nil, errNoUIDL
	}
	return list, nil
}

// loginDelay is how long to wait between logins, as the server asks (RFC 2449,
// section 6.5).
func loginDelay(caps map[string][]string) time.Duration {
	words := caps["LOGIN-DELAY"]
	if len(words) == 0 {
		return 0
	}
	seconds, err := strconv.Atoi(words[0])
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(min(seconds, 1<<20))*time.Second, maxDelay)
}

// all takes the mails of a list.
func (l *look) all(ctx context.Context, list []entry) error {
	for _, one := range list {
		if ctx.Err() != nil {
			break
		}
		if err := l.one(ctx, one); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil // what was not handed on is for the next time
	}
	return l.flush(ctx)
}

// one takes a mail.
func (l *look) one(ctx context.Context, one entry) error {
	l.ids = append(l.ids, one.id)
	switch {
	case one.id != "" && l.known.ids[one.id]:
		return l.remove(one)
	case one.size > l.opt.MaxMessage || one.id != "" && l.skipped[one.id]:
		l.skip(one)
		return nil
	}
	body, err := l.c.read(one, l.opt.MaxMessage)
	switch {
	case errors.Is(err, errTooMuch):
		l.skip(entry{id: one.id, size: l.opt.MaxMessage + 1})
		return err
	case errors.As(err, new(*negative)):
		l.skip(one)
		return nil
	case err != nil:
		return err
	}
	if one.id == "" {
		sum := sha256.Sum256(body)
		one.id = hashed + hex.EncodeToString(sum[:])
		l.ids = append(l.ids, one.id)
		if l.known.ids[one.id] {
			return l.remove(one)
		}
	}
	l.batch, l.size = append(l.batch, taken{one, body}), l.size+int64(len(body))
	if len(l.batch) < mailbox.BatchMails && l.size < mailbox.BatchBytes {
		return nil
	}
	return l.flush(ctx)
}

// skip leaves a mail where it is, and counts it the first time.
func (l *look) skip(one entry) {
	if one.size > l.opt.MaxMessage {
		l.large++
	} else {
		l.odd++
	}
	if one.id == "" || l.skipped[one.id] {
		return
	}
	if len(l.skipped) >= mailbox.MaxSkipped {
		clear(l.skipped)
	}
	l.skipped[one.id] = true
	l.Gauge.Refuse(1)
}

// remove deletes a mail that the spool has, if that is asked for.
func (l *look) remove(one entry) error {
	if l.opt.After != Delete {
		return nil
	}
	if _, err := l.c.command(fmt.Sprintf("DELE %d", one.number)); err != nil {
		return fmt.Errorf("%w: %w", errDelete, err)
	}
	return nil
}

// flush hands what was read to the spool, and then writes it down.
func (l *look) flush(ctx context.Context) error {
	batch := l.batch
	l.batch, l.size = nil, 0
	batch, err := l.append(ctx, batch)
	ids := make([]string, 0, len(batch))
	for _, one := range batch {
		ids = append(ids, one.id)
	}
	if err := errors.Join(err, l.known.add(ids)); err != nil {
		return err
	}
	for _, one := range batch {
		if err := l.remove(one.entry); err != nil {
			return err
		}
	}
	return nil
}

// append hands mails to the spool and returns which of them it has.
func (l *look) append(ctx context.Context, batch []taken) (fit []taken, err error) {
	reports := make([]spool.Report, 0, len(batch))
	for _, one := range batch {
		reports = append(reports, l.Report(fmt.Sprintf("pop3://%s/%s", l.opt.Address, one.id), one.body))
	}
	err = l.Append(ctx, reports, func(i int) { fit = append(fit, batch[i]) }, func(i int) {
		l.skip(entry{id: batch[i].id, size: l.opt.MaxMessage + 1}) // the spool's limit is lower
	})
	return fit, err
}

// report shows what was left, or that all is well.
func (l *look) report() {
	problem := ""
	switch {
	case l.odd > 0:
		problem = fmt.Sprintf("%d mails cannot be had from %s and stay there: look at them with a mail program", l.odd, l.opt.Address)
	case l.large > 0:
		problem = fmt.Sprintf("%d mails at %s have more than %d bytes and stay there: raise the limit, or take them away", l.large, l.opt.Address, l.opt.MaxMessage)
	}
	l.Settle(problem)
}
