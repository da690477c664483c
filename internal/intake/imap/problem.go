package imap

import (
	"errors"
	"fmt"

	"github.com/rebound-mail/rebound/internal/intake/mailbox"
)

// What goes wrong with IMAP alone.
var (
	errMailbox = fmt.Errorf("mailbox %w", mailbox.ErrRefused)
	errFolder  = errors.New("folder")
	errMove    = errors.New("move")
)

// explain says in a status what an error means and what to do.
func (p *Poller) explain(err error) string {
	where := p.opt.Address
	switch {
	case errors.Is(err, errMailbox):
		return fmt.Sprintf("%s does not open the mailbox %q: check its name and the account's rights%s", where, p.opt.Mailbox, p.Said(err))
	case errors.Is(err, errFolder):
		return fmt.Sprintf("%s does not make the folder %q for processed mails: make it by hand, or name another%s", where, p.opt.Folder, p.Said(err))
	case errors.Is(err, errMove):
		return fmt.Sprintf("%s does not move mails out of %q: they are taken once and wait there; check the account's rights%s", where, p.opt.Mailbox, p.Said(err))
	}
	return p.Explain(err)
}
