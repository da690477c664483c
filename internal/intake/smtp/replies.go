package smtp

import (
	"context"
	"errors"
	"fmt"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/rebound-mail/rebound/internal/spool"
)

// reply makes a reply (RFC 5321 section 4.2) with its enhanced status code (RFC 3463).
func reply(code int, class, subject, detail int, text string) *gosmtp.SMTPError {
	return &gosmtp.SMTPError{Code: code, EnhancedCode: gosmtp.EnhancedCode{class, subject, detail}, Message: text}
}

// The replies that differ from those of go-smtp, most of them to tell a client no.
var (
	errBusy            = reply(421, 4, 3, 2, "too many connections, come again later")
	errManyConnections = reply(421, 4, 7, 0, "too many connections of your address at once")
	errFastConnections = reply(421, 4, 7, 0, "too many connections of your address in a minute, come again later")
	errShutdown        = reply(421, 4, 3, 2, "the server is stopping, come again later")
	errManyRefusals    = reply(421, 4, 7, 0, "too much of what you sent was refused")
	errFastMessages    = reply(450, 4, 7, 1, "too many messages of your address in a minute, come again later")
	errSender          = reply(550, 5, 7, 1, "only reports are taken here: the sender must be <>")
	errSenderSyntax    = reply(553, 5, 1, 7, "that is no sender's address")
	errRecipientSyntax = reply(553, 5, 1, 3, "that is no address")
	errRelay           = reply(550, 5, 7, 1, "no mail is taken for that domain here")
	errEmpty           = reply(554, 5, 6, 0, "the message is empty")
	errTooLarge        = reply(552, 5, 3, 4, "the message is too large")
	errMemory          = reply(452, 4, 3, 1, "too many messages at once, come again later")
	errBroken          = reply(451, 4, 4, 2, "the message did not come to its end")
	errChunks          = reply(502, 5, 5, 1, "chunks are not offered, send DATA")
	errHello           = reply(503, 5, 5, 1, "say hello first")
	errSecure          = reply(503, 5, 5, 1, "that is so already")
	errReady           = reply(220, 2, 0, 0, "begin")
)

// kept is the reply to a message that is durable.
func kept(id string) *gosmtp.SMTPError { return reply(250, 2, 0, 0, "kept as "+id) }

// ofSpool returns the reply to a message that the spool did not take.
func ofSpool(err error) *gosmtp.SMTPError {
	switch {
	case errors.Is(err, spool.ErrFull):
		return reply(452, 4, 3, 1, "no space for the message, come again later")
	case errors.Is(err, spool.ErrTooLarge):
		return errTooLarge
	case errors.Is(err, spool.ErrClosed), errors.Is(err, context.Canceled):
		return errShutdown
	}
	return reply(451, 4, 3, 0, "the message could not be kept, come again later")
}

// line writes a reply that go-smtp does not write.
func line(err error) []byte {
	var r *gosmtp.SMTPError
	if !errors.As(err, &r) {
		r = errBusy
	}
	e := r.EnhancedCode
	return fmt.Appendf(nil, "%d %d.%d.%d %s\r\n", r.Code, e[0], e[1], e[2], r.Message)
}
