package pop3

import (
	"errors"
	"fmt"

	"github.com/rebound-mail/rebound/internal/intake/mailbox"
)

// What goes wrong with POP3 alone.
var (
	errNoUIDL   = fmt.Errorf("UIDL %w", mailbox.ErrRefused)
	errTooMuch  = errors.New("the server sends more than belongs to an answer")
	errProtocol = errors.New("that is not POP3")
	errDelete   = errors.New("DELE")
	errState    = errors.New("state file")
)

// negative is an answer -ERR.
type negative struct {
	code string // of RFC 2449, such as IN-USE; "" mostly
	text string
}

func (n *negative) Error() string { return "the server says -ERR " + n.text }

// explain says in a status what an error means and what to do.
func (p *Poller) explain(err error) string {
	where := p.opt.Address
	switch {
	case errors.Is(err, mailbox.ErrSpool): // before what came of it
		return p.Explain(err)
	case errors.Is(err, errState):
		return fmt.Sprintf("which mails of %s were taken cannot be written down: check %s and its folder%s", where, p.opt.StateFile, p.Said(err))
	case errors.Is(err, errNoUIDL):
		return fmt.Sprintf("%s cannot tell old mails from new ones (no UIDL): let mails be deleted once they are taken, or use IMAP%s", where, p.Said(err))
	case errors.Is(err, errDelete):
		return fmt.Sprintf("%s does not delete mails: they are taken once and stay%s", where, p.Said(err))
	}
	return p.Explain(err)
}
