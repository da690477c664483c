package pop3

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/legible"
)

// What goes wrong with a server. errRefused is wrapped in what will not be mended
// by trying again soon.
var (
	errRefused     = errors.New("refused")
	errUnreachable = errors.New("unreachable")
	errTLS         = errors.New("no TLS")
	errLogin       = fmt.Errorf("login %w", errRefused)
	errNoUIDL      = fmt.Errorf("UIDL %w", errRefused)
	errTooMuch     = errors.New("the server sends more than belongs to an answer")
	errProtocol    = errors.New("that is not POP3")
	errDelete      = errors.New("DELE")
	errState       = errors.New("state file")
	errSpool       = errors.New("spool")
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
	case errors.Is(err, errSpool):
		return intake.SpoolProblem(err)
	case errors.Is(err, errState):
		return fmt.Sprintf("which mails of %s were taken cannot be written down: check %s and its folder%s", where, p.opt.StateFile, p.said(err))
	case errors.Is(err, errLogin):
		return fmt.Sprintf("%s refuses the user name or the password: check both, and whether the account may use POP3 with a password (some providers want one made for the application)%s", where, p.said(err))
	case errors.Is(err, errNoUIDL):
		return fmt.Sprintf("%s cannot tell old mails from new ones (no UIDL): let mails be deleted once they are taken, or use IMAP%s", where, p.said(err))
	case errors.Is(err, errDelete):
		return fmt.Sprintf("%s does not delete mails: they are taken once and stay%s", where, p.said(err))
	case errors.Is(err, errTLS):
		return fmt.Sprintf("no protected connection to %s: check the port, the kind of security and the server's certificate%s", where, p.said(err))
	case errors.Is(err, errUnreachable):
		return fmt.Sprintf("%s cannot be reached: check host, port and firewall%s", where, p.said(err))
	}
	return fmt.Sprintf("the connection to %s failed%s", where, p.said(err))
}

// maxSaid bounds what is shown of an error, in bytes.
const maxSaid = 300

// said adds what the error itself says. It may hold what the server said, and
// what a server said may hold what it was told.
func (p *Poller) said(err error) string {
	text := err.Error()
	for _, secret := range []string{p.opt.Password, p.opt.Username} {
		text = strings.ReplaceAll(text, secret, "***")
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxSaid {
		text = strings.ToValidUTF8(text[:maxSaid], "") + "..."
	}
	return ": " + legible.Text(text)
}
