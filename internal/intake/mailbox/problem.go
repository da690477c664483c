package mailbox

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/legible"
)

// What goes wrong with any server. ErrRefused is wrapped in what will not be mended
// by trying again soon.
var (
	ErrRefused     = errors.New("refused")
	ErrUnreachable = errors.New("unreachable")
	ErrTLS         = errors.New("no TLS")
	ErrLogin       = fmt.Errorf("login %w", ErrRefused)
	ErrSpool       = errors.New("spool")
)

// Explain says in a status what an error means that any server may have, and what
// to do.
func (w *Watch) Explain(err error) string {
	where := w.account.Address
	switch {
	case errors.Is(err, ErrSpool):
		return intake.SpoolProblem(err)
	case errors.Is(err, ErrLogin):
		return fmt.Sprintf("%s refuses the user name or the password: check both, and whether the account may use %s with a password (some providers want one made for the application)%s",
			where, strings.ToUpper(string(w.kind)), w.Said(err))
	case errors.Is(err, ErrTLS):
		return fmt.Sprintf("no protected connection to %s: check the port, the kind of security and the server's certificate%s", where, w.Said(err))
	case errors.Is(err, ErrUnreachable):
		return fmt.Sprintf("%s cannot be reached: check host, port and firewall%s", where, w.Said(err))
	}
	return fmt.Sprintf("the connection to %s failed%s", where, w.Said(err))
}

// Said is what the error itself says, to stand behind an explanation. It may hold
// what the server said, and what a server said may hold what it was told.
func (w *Watch) Said(err error) string {
	text := err.Error()
	for _, secret := range []string{w.account.Password, w.account.Username} {
		text = hide(text, secret)
	}
	return ": " + Line(text)
}

// longSecret is the length from which a secret stands in a text by no chance.
const longSecret = 8

// hide blots a secret out of a text. A short one only where it stands by itself:
// stars in the middle of words would tell its letters.
func hide(text, secret string) string {
	if secret == "" {
		return text
	}
	var out strings.Builder
	for {
		at := strings.Index(text, secret)
		if at < 0 {
			out.WriteString(text)
			return out.String()
		}
		end := at + len(secret)
		out.WriteString(text[:at])
		if len(secret) >= longSecret || !endsInWord(text[:at]) && !beginsWithWord(text[end:]) {
			out.WriteString("***")
		} else {
			out.WriteString(secret)
		}
		text = text[end:]
	}
}

func endsInWord(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func beginsWithWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// maxLine bounds what Line shows, in bytes.
const maxLine = 300

// Line makes text of a stranger fit for a line of a log.
func Line(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxLine {
		text = strings.ToValidUTF8(text[:maxLine], "") + "..."
	}
	return legible.Text(text)
}
