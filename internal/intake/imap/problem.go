package imap

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
	errMailbox     = fmt.Errorf("mailbox %w", errRefused)
	errFolder      = errors.New("folder")
	errMove        = errors.New("move")
	errSpool       = errors.New("spool")
)

// explain says in a status what an error means and what to do.
func (p *Poller) explain(err error) string {
	where := p.opt.Address
	switch {
	case errors.Is(err, errSpool):
		return intake.SpoolProblem(err)
	case errors.Is(err, errLogin):
		return fmt.Sprintf("%s refuses the user name or the password: check both, and whether the account may use IMAP with a password (some providers want one made for the application)%s", where, p.said(err))
	case errors.Is(err, errMailbox):
		return fmt.Sprintf("%s does not open the mailbox %q: check its name and the account's rights%s", where, p.opt.Mailbox, p.said(err))
	case errors.Is(err, errFolder):
		return fmt.Sprintf("%s does not make the folder %q for processed mails: make it by hand, or name another%s", where, p.opt.Folder, p.said(err))
	case errors.Is(err, errMove):
		return fmt.Sprintf("%s does not move mails out of %q: they are taken once and wait there; check the account's rights%s", where, p.opt.Mailbox, p.said(err))
	case errors.Is(err, errTLS):
		return fmt.Sprintf("no protected connection to %s: check the port, the kind of security and the server's certificate%s", where, p.said(err))
	case errors.Is(err, errUnreachable):
		return fmt.Sprintf("%s cannot be reached: check host, port and firewall%s", where, p.said(err))
	}
	return fmt.Sprintf("the connection to %s failed%s", where, p.said(err))
}

// said adds what the error itself says. It may hold what the server said, and
// what a server said may hold what it was told.
func (p *Poller) said(err error) string {
	text := err.Error()
	for _, secret := range []string{p.opt.Password, p.opt.Username} {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return ": " + line(text)
}

// maxSaid bounds what is shown of an error, in bytes.
const maxSaid = 300

// line makes text of a stranger fit for a line of a log.
func line(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxSaid {
		text = strings.ToValidUTF8(text[:maxSaid], "") + "..."
	}
	return legible.Text(text)
}
