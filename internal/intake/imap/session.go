package imap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/mailbox"
)

// allowance is how many bytes the answer to a command may have, beside mails.
const allowance = 1 << 20

// uid is the number of a mail in its mailbox.
type uid = imap.UID

// entry is a mail in the list of a mailbox.
type entry struct {
	uid     uid
	size    int64 // in bytes, as the server says
	deleted bool  // marked so
}

// session is a connection to a server.
type session struct {
	client  *imapclient.Client
	conn    *ration
	timeout time.Duration
	news    chan struct{} // the server said that there is a mail
	caps    imap.CapSet   // what the server can do, since the login
	folder  string        // where mails are moved to
}

func newSession(conn *ration, o *Options) *session {
	s := &session{conn: conn, timeout: o.Timeout, news: make(chan struct{}, 1)}
	conn.allow(allowance)
	s.client = imapclient.New(conn, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(data *imapclient.UnilateralDataMailbox) {
			if data.NumMessages == nil {
				return
			}
			select {
			case s.news <- struct{}{}:
			default:
			}
		},
	}})
	return s
}

// within does an exchange, in which the server may send so many bytes and take so
// long. Then the connection is closed, which ends it.
func (s *session) within(timeout time.Duration, bytes int64, exchange func() error) error {
	s.conn.allow(bytes)
	watchdog := time.AfterFunc(timeout, func() { s.conn.Close() })
	err := exchange()
	if !watchdog.Stop() && err != nil {
		return fmt.Errorf("%w: no answer for %s", mailbox.ErrUnreachable, timeout)
	}
	if s.conn.left.Load() <= 0 && err != nil {
		return errTooMuch
	}
	return err
}

// short does an exchange with a short answer.
func (s *session) short(exchange func() error) error {
	return s.within(s.timeout, allowance, exchange)
}

// endWithin ends the connection after some time, whatever it is doing.
func (s *session) endWithin(grace time.Duration) {
	time.AfterFunc(grace, func() { s.conn.Close() })
}

// close says goodbye, if the server still listens, and closes the connection.
func (s *session) close() {
	_ = s.within(min(s.timeout, mailbox.Grace), allowance, func() error { return s.client.Logout().Wait() })
	_ = s.client.Close()
}

// said returns what the server answered where it refused something.
func said(err error) (*imap.Error, bool) {
	return errors.AsType[*imap.Error](err)
}

// login logs in. PLAIN takes names and passwords of any characters; LOGIN is for
// servers that are older.
func (s *session) login(user, password string) error {
	err := s.short(s.client.WaitGreeting)
	if err != nil {
		return fmt.Errorf("%w: %w", mailbox.ErrUnreachable, err)
	}
	if err := s.capabilities(); err != nil {
		return err
	}
	err = s.short(func() error {
		switch {
		case s.caps.Has(imap.AuthCap("PLAIN")):
			return s.client.Authenticate(sasl.NewPlainClient("", user, password))
		case s.caps.Has(imap.CapLoginDisabled):
			return fmt.Errorf("%w: no login without TLS", mailbox.ErrLogin)
		}
		return s.client.Login(user, password).Wait()
	})
	answer, ok := said(err)
	switch {
	case err == nil:
		return s.capabilities() // they are others now
	case !ok:
		return err
	case answer.Code == imap.ResponseCodeUnavailable || answer.Code == imap.ResponseCodeInUse || answer.Code == imap.ResponseCodeServerBug:
		return err // RFC 5530: not our fault, and it will pass
	}
	// The text is left out: it may repeat what was sent.
	return fmt.Errorf("%w: %s", mailbox.ErrLogin, answer.Code)
}

// capabilities asks what the server can do. The client has its own idea of that,
// which for a moment after the login is the one from before it.
func (s *session) capabilities() error {
	return s.short(func() (err error) {
		s.caps, err = s.client.Capability().Wait()
		return err
	})
}

// ensure returns the name of a folder as the server writes it, and makes the folder
// if it is not there.
func (s *session) ensure(folder string) (string, error) {
	delimiter, prefix := "/", ""
	err := s.short(func() error {
		list, err := s.client.List("", "", nil).Collect()
		if err == nil && len(list) > 0 && list[0].Delim != 0 {
			delimiter = string(list[0].Delim)
		}
		if err != nil || !s.caps.Has(imap.CapNamespace) {
			return err
		}
		spaces, err := s.client.Namespace().Wait()
		if err == nil && len(spaces.Personal) > 0 {
			prefix = spaces.Personal[0].Prefix
		}
		return err
	})
	if _, refused := said(err); err != nil && !refused {
		return "", err
	}
	name := strings.ReplaceAll(folder, "/", delimiter)
	// A server whose folders are all below INBOX makes none beside it.
	names := []string{name}
	if prefix != "" && !strings.HasPrefix(name, prefix) {
		names = []string{prefix + name, name}
	}
	for _, name := range names {
		if err = s.short(func() error { return s.make(name) }); err == nil {
			return name, nil
		}
		if _, refused := said(err); !refused {
			return "", err
		}
	}
	return "", fmt.Errorf("%w: %w", errFolder, err)
}

// make makes a folder that may be there.
func (s *session) make(name string) error {
	list, err := s.client.List("", name, nil).Collect()
	if err != nil {
		return err
	}
	for _, one := range list {
		if one.Mailbox == name && !slices.Contains(one.Attrs, imap.MailboxAttrNoSelect) && !slices.Contains(one.Attrs, imap.MailboxAttrNonExistent) {
			return nil
		}
	}
	err = s.client.Create(name, nil).Wait()
	if answer, ok := said(err); ok && answer.Code == imap.ResponseCodeAlreadyExists {
		return nil
	}
	return err
}

// open opens a mailbox, also one that is open already, and returns what its UIDs
// are valid with and how many mails it has.
func (s *session) open(name string) (validity, mails uint32, err error) {
	err = s.short(func() error {
		data, err := s.client.Select(name, nil).Wait()
		if err == nil {
			validity, mails = data.UIDValidity, data.NumMessages
		}
		return err
	})
	if answer, refused := said(err); refused && answer.Code != imap.ResponseCodeUnavailable && answer.Code != imap.ResponseCodeInUse {
		return 0, 0, fmt.Errorf("%w: %w", errMailbox, err)
	}
	return validity, mails, err
}

// list returns mails of the mailbox, by their places in it.
func (s *session) list(first, last uint32) (list []entry, err error) {
	var places imap.SeqSet
	places.AddRange(first, last)
	err = s.short(func() error {
		fetch := s.client.Fetch(places, &imap.FetchOptions{UID: true, Flags: true, RFC822Size: true})
		for m := fetch.Next(); m != nil; m = fetch.Next() {
			one, err := m.Collect()
			if err == nil && one.UID != 0 {
				list = append(list, entry{one.UID, one.RFC822Size, slices.Contains(one.Flags, imap.FlagDeleted)})
			}
		}
		return fetch.Close()
	})
	return list, err
}

// read returns mails, up to so many bytes of each and one more. Some may be
// missing. Their flags stay as they are.
func (s *session) read(entries []entry, most int64) (map[uid][]byte, error) {
	section := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: most + 1}}
	var uids imap.UIDSet
	budget := int64(allowance)
	for _, one := range entries {
		uids.AddNum(one.uid)
		// Servers are known to tell sizes that are somewhat wrong.
		budget += min(2*max(one.size, 0)+allowance, most+1)
	}
	bodies := map[uid][]byte{}
	err := s.within(s.timeout+time.Duration(budget/mailbox.Slowest)*time.Second, budget, func() error {
		fetch := s.client.Fetch(uids, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
		for m := fetch.Next(); m != nil; m = fetch.Next() {
			number, body, err := collect(m)
			if err != nil {
				// Nothing more of the command may be touched: the client would read
				// the rest of the mail beside its own reading.
				return errors.Join(err, s.conn.Close())
			}
			if number != 0 && body != nil {
				bodies[number] = body
			}
		}
		return fetch.Close()
	})
	return bodies, err
}

// collect reads the answer for one mail to its end. An error means that the
// connection broke.
func collect(m *imapclient.FetchMessageData) (number uid, body []byte, err error) {
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			number = item.UID
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil {
				continue
			}
			var b bytes.Buffer
			n, err := io.Copy(&b, item.Literal)
			if err == nil && n < item.Literal.Size() {
				err = io.ErrUnexpectedEOF
			}
			if err != nil {
				return 0, nil, err
			}
			if body == nil {
				body = b.Bytes()
			}
		}
	}
	return number, body, nil
}

// move takes mails out of the mailbox, to the folder, and reports whether they are
// out of it.
func (s *session) move(uids []uid) (gone bool, err error) {
	set := imap.UIDSetNum(uids...)
	// The client's Move falls back on EXPUNGE, which hits mails of others.
	if s.caps.Has(imap.CapMove) && s.client.Caps().Has(imap.CapMove) {
		return true, s.short(func() error {
			_, err := s.client.Move(set, s.folder).Wait()
			return err
		})
	}
	err = s.short(func() error {
		_, err := s.client.Copy(set, s.folder).Wait()
		return err
	})
	if err != nil {
		return false, err
	}
	return s.remove(uids)
}

// remove deletes mails, and no others that somebody else has marked: without a
// way to expunge by UID they stay, marked as deleted.
func (s *session) remove(uids []uid) (gone bool, err error) {
	set := imap.UIDSetNum(uids...)
	err = s.short(func() error {
		return s.client.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close()
	})
	if err != nil || !s.caps.Has(imap.CapUIDPlus) {
		return false, err
	}
	return true, s.short(func() error { return s.client.UIDExpunge(set).Close() })
}

func (s *session) canIdle() bool { return s.caps.Has(imap.CapIdle) }

// pauseAfterNews lets mails that come together be taken together.
const pauseAfterNews = 200 * time.Millisecond

// idle waits until the server tells of a mail, for so long at most.
func (s *session) idle(ctx context.Context, most time.Duration) error {
	// Not every server tells, once it idles, of what came before.
	err := s.short(func() error { return s.client.Noop().Wait() })
	if err != nil {
		return err
	}
	var idle *imapclient.IdleCommand
	err = s.short(func() (err error) {
		idle, err = s.client.Idle()
		return err
	})
	if err != nil {
		return err
	}
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-s.news:
		intake.Sleep(ctx, pauseAfterNews)
	case <-timer.C:
	case <-ctx.Done():
	case <-s.client.Closed():
	}
	return s.short(func() error {
		if err := idle.Close(); err != nil {
			return err
		}
		return idle.Wait()
	})
}
