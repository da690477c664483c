package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rebound-mail/rebound/internal/intake/hook"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/web/auth"
	"github.com/rebound-mail/rebound/policy"
)

// typePrefix begins the type of every problem.
const typePrefix = "urn:rebound:problem:"

// ProblemType is the media type of a problem, RFC 9457.
const ProblemType = "application/problem+json"

// kind names a sort of problem: the last part of its type.
type kind string

// The kinds. They are stable: programs compare them.
const (
	badRequest     kind = "bad-request"
	notFound       kind = "not-found"
	badMethod      kind = "method-not-allowed"
	timedOut       kind = "timeout"
	exists         kind = "exists"
	keyRuns        kind = "request-running"
	keyReused      kind = "key-reused"
	secretGone     kind = "secret-shown"
	tooLarge       kind = "too-large"
	uriTooLong     kind = "uri-too-long"
	badMedia       kind = "unsupported-media-type"
	invalid        kind = "invalid"
	invalidAddress kind = "invalid-address"
	invalidCursor  kind = "invalid-cursor"
	internalError  kind = "internal"
	unavailable    kind = "unavailable"
	busy           kind = "busy"
	full           kind = "storage-full"
	noProvider     kind = kind(hook.UnknownProvider)
)

// meaning is what all problems of a kind have in common.
type meaning struct {
	status int
	title  string
}

func (k kind) meaning() meaning {
	switch k {
	case badRequest:
		return meaning{http.StatusBadRequest, "The request cannot be read"}
	case notFound:
		return meaning{http.StatusNotFound, "There is no such thing"}
	case noProvider:
		return meaning{http.StatusNotFound, "There is no such provider"}
	case badMethod:
		return meaning{http.StatusMethodNotAllowed, "The method is not one that this address knows"}
	case timedOut:
		return meaning{http.StatusRequestTimeout, "The request came too slowly"}
	case exists:
		return meaning{http.StatusConflict, "It exists already"}
	case keyRuns:
		return meaning{http.StatusConflict, "The request with this key is being carried out"}
	case secretGone:
		return meaning{http.StatusConflict, "The secret was shown already"}
	case tooLarge:
		return meaning{http.StatusRequestEntityTooLarge, "The body is too large"}
	case uriTooLong:
		return meaning{http.StatusRequestURITooLong, "The address of the request is too long"}
	case badMedia:
		return meaning{http.StatusUnsupportedMediaType, "The body is of a type that is not taken here"}
	case keyReused:
		return meaning{http.StatusUnprocessableEntity, "The key was used for another request"}
	case invalid:
		return meaning{http.StatusUnprocessableEntity, "The request says something that cannot be"}
	case invalidAddress:
		return meaning{http.StatusUnprocessableEntity, "This is not a mail address"}
	case invalidCursor:
		return meaning{http.StatusUnprocessableEntity, "This is not a cursor of the list"}
	}
	return k.serverMeaning()
}

func (k kind) serverMeaning() meaning {
	switch k {
	case unavailable:
		return meaning{http.StatusServiceUnavailable, "Not available at the moment"}
	case busy:
		return meaning{http.StatusServiceUnavailable, "Too many long requests at once"}
	case full:
		return meaning{http.StatusInsufficientStorage, "There is no space left"}
	}
	return meaning{http.StatusInternalServerError, "Something went wrong inside"}
}

// FieldError is what is wrong with one part of a request.
type FieldError struct {
	Location string `json:"location" doc:"Where, such as body.stream or query.limit." example:"query.limit"`
	Message  string `json:"message" doc:"What is wrong, and often what was perhaps meant." example:"expected number <= 1000"`
}

// Problem is an answer that something went wrong, by RFC 9457.
type Problem struct {
	Type      string       `json:"type" doc:"What sort of problem this is: a stable name to compare, see docs/api.md." example:"urn:rebound:problem:invalid"`
	Title     string       `json:"title" doc:"The sort of problem in words, the same for every one of its type." example:"The request says something that cannot be"`
	Status    int          `json:"status" doc:"The HTTP status of the answer." example:"422"`
	Detail    string       `json:"detail,omitempty" doc:"What is wrong with this request, and what to do." example:"The limit is too large: at most 1000."`
	Instance  string       `json:"instance,omitempty" doc:"Names this one occurrence: urn:rebound:request: and the id of the request."`
	RequestID string       `json:"request_id" doc:"The id of the request, which the server's log has too; also in the header X-Request-Id."`
	Errors    []FieldError `json:"errors,omitempty" doc:"What is wrong where, if several things are or the place matters."`

	header http.Header
	cause  error // for the log
}

// newProblem returns a problem of a kind.
func newProblem(k kind, detail string) *Problem {
	m := k.meaning()
	return &Problem{Type: typePrefix + string(k), Title: m.title, Status: m.status, Detail: detail}
}

// Error says what the problem is.
func (p *Problem) Error() string { return p.Type + ": " + p.Detail }

// Unwrap returns what lies below.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type of problems.
func (p *Problem) ContentType(string) string { return ProblemType }

// GetHeaders returns what the answer has in its header.
func (p *Problem) GetHeaders() http.Header { return p.header }

var (
	_ huma.StatusError       = (*Problem)(nil)
	_ huma.ContentTypeFilter = (*Problem)(nil)
	_ huma.HeadersError      = (*Problem)(nil)
)

func (p *Problem) with(name, value string) *Problem {
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(name, value)
	return p
}

// retry says when to ask again; that is a second at least.
func (p *Problem) retry(wait time.Duration) *Problem {
	seconds := int64(wait+time.Second-1) / int64(time.Second)
	return p.with("Retry-After", strconv.FormatInt(max(1, seconds), 10))
}

func (p *Problem) at(location, message string) *Problem {
	p.Errors = append(p.Errors, FieldError{location, message})
	return p
}

func (p *Problem) because(err error) *Problem {
	p.cause = err
	return p
}

// of adds which request it is about.
func (p *Problem) of(id string) *Problem {
	p.RequestID = id
	p.Instance = "urn:rebound:request:" + id
	return p
}

// problemOf says what an error is for who asked. What lies inside is for the log.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var refused *auth.Refusal
	if errors.As(err, &refused) {
		return refusalProblem(refused)
	}
	var hooked *hook.Refusal
	if errors.As(err, &hooked) {
		return hookProblem(hooked)
	}
	return innerProblem(err).because(err)
}

// innerProblem says what an error of the store or the spool is for who asked.
func innerProblem(err error) *Problem {
	switch {
	case errors.Is(err, policy.ErrAddress):
		return newProblem(invalidAddress, "An address has a local part, an @ and a domain. In a path, write %40 for @ and %2F for /.")
	case errors.Is(err, store.ErrNotFound), errors.Is(err, spool.ErrNotFound):
		return newProblem(notFound, "Nothing is known by this id. It may have been removed meanwhile.")
	case errors.Is(err, store.ErrCursor):
		return newProblem(invalidCursor, aboutCursors)
	case errors.Is(err, store.ErrExists):
		return newProblem(exists, "There is one by that id.")
	case errors.Is(err, reputation.ErrQuery):
		return newProblem(invalid, "No figures can be given for this question: dimension, value, window or times do not fit together.")
	case errors.Is(err, store.ErrFull), errors.Is(err, spool.ErrFull):
		return newProblem(full, "Nothing of the request was kept. Repeat it when there is room.").retry(time.Minute)
	case errors.Is(err, spool.ErrInvalid):
		return newProblem(invalid, "The report cannot be kept as it is.")
	case errors.Is(err, spool.ErrTooLarge):
		return newProblem(tooLarge, "The report is larger than can be kept.")
	case errors.Is(err, store.ErrReadOnly), errors.Is(err, spool.ErrReadOnly):
		return newProblem(unavailable, "The server cannot write at the moment.").retry(time.Minute)
	case errors.Is(err, store.ErrClosed), errors.Is(err, spool.ErrClosed), errors.Is(err, store.ErrInUse):
		return newProblem(unavailable, "The server is stopping or starting.").retry(5 * time.Second)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return newProblem(unavailable, "The request was given up before it was done.").retry(time.Second)
	}
	return newProblem(internalError, "Tell the operator of the server the request_id: the log says more.")
}

const aboutCursors = "Begin without a cursor, and pass on next_cursor as it was given, with the same filter."

func refusalProblem(r *auth.Refusal) *Problem {
	p := &Problem{Type: typePrefix + string(r.Problem), Title: refusalTitle(r.Problem), Status: r.Status, Detail: r.Detail, cause: r.Unwrap()}
	if r.Challenge != "" {
		p.with("WWW-Authenticate", r.Challenge)
	}
	if r.RetryAfter > 0 {
		p.retry(r.RetryAfter)
	}
	return p
}

func refusalTitle(p auth.Problem) string {
	switch p {
	case auth.Unauthorized:
		return "A valid token is needed"
	case auth.Forbidden:
		return "The token does not allow this"
	case auth.NotLocal:
		return "Only this machine is served without tokens"
	case auth.CrossSite:
		return "Pages of other sites are not served without tokens"
	case auth.TooMany:
		return "Too many requests"
	}
	return unavailable.meaning().title
}

func hookProblem(r *hook.Refusal) *Problem {
	p := &Problem{Type: typePrefix + string(r.Reason), Title: r.Title, Status: r.Status, Detail: r.Detail, cause: r.Unwrap()}
	for name, value := range r.Header {
		p.with(name, value)
	}
	if r.RetryAfter > 0 {
		p.retry(r.RetryAfter)
	}
	return p
}
