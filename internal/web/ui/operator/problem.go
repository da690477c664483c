package operator

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/auth"
	"github.com/rebound-mail/rebound/policy"
)

var (
	// errForged is that a form has no token of this visit.
	errForged = errors.New("operator: a form that is not ours")
	errNoPage = errors.New("operator: no such page")
)

// mistake is that a form or an address says something that cannot be; it is told to
// whoever made it.
type mistake string

func (m mistake) Error() string { return "operator: " + string(m) }

func mistaken(format string, args ...any) error { return mistake(fmt.Sprintf(format, args...)) }

// fail answers with a page that says what went wrong.
func (v *visit) fail(err error) {
	if v.r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return // nobody waits for it
	}
	status, title, what := v.o.explained(v.r, err)
	var refusal *auth.Refusal
	if errors.As(err, &refusal) && refusal.RetryAfter > 0 {
		v.w.Header().Set("Retry-After", retryAfter(refusal))
	}
	v.o.pages.Send(v.w, v.r, status, "", "problem", v.page(title, "", what))
}

func retryAfter(r *auth.Refusal) string { return strconv.Itoa(int(math.Ceil(r.RetryAfter.Seconds()))) }

// explained says what to answer for an error: the status, and what happened and
// what to do, in words.
func (o *Operator) explained(r *http.Request, err error) (status int, title, what string) {
	var refusal *auth.Refusal
	var large *http.MaxBytesError
	var wrong mistake
	switch {
	case errors.As(err, &refusal):
		return refusal.Status, "Not let in", refusal.Detail
	case errors.Is(err, errForged):
		return http.StatusForbidden, "That form is not from here", "Nothing was done. The form came from another site, or from a page that was open when the log-in or the server ended. Load the page again, and send the form again."
	case errors.As(err, &wrong):
		return http.StatusUnprocessableEntity, "That cannot be", string(wrong)
	case errors.Is(err, policy.ErrAddress):
		return http.StatusUnprocessableEntity, "That is no mail address", "A mail address looks like kim@example.org."
	case errors.Is(err, errNoPage), errors.Is(err, store.ErrNotFound), errors.Is(err, spool.ErrNotFound):
		return http.StatusNotFound, "There is no such thing", "It may have been removed since, or the link is incomplete."
	case errors.Is(err, store.ErrCursor), errors.Is(err, spool.ErrInvalid), errors.Is(err, reputation.ErrQuery):
		return http.StatusBadRequest, "That link does not work", "A part of it is no longer good, or was changed. Begin again from the list."
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge, "That is too large", fmt.Sprintf("At most %d bytes are taken here.", large.Limit)
	case errors.Is(err, store.ErrFull), errors.Is(err, spool.ErrFull):
		return http.StatusInsufficientStorage, "The disk is full", "Nothing was changed. Free some space, and try again."
	case errors.Is(err, store.ErrReadOnly), errors.Is(err, store.ErrClosed), errors.Is(err, spool.ErrClosed):
		return http.StatusServiceUnavailable, "Not at the moment", "The store cannot be written to, or the server is stopping. Nothing was changed."
	}
	o.log.Error("a page could not be made", "path", r.URL.Path, "error", err)
	return http.StatusInternalServerError, "Something went wrong inside", "The server's log says what."
}
