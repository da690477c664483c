package hook

import (
	"fmt"
	"net/http"
	"time"
)

// Result is what to answer to a request that was not refused.
type Result struct {
	Status      int               // of the HTTP response: 200
	ContentType string            // "" if there is no body
	Header      map[string]string // further fields that a handshake wants; nil mostly
	Body        []byte
	// ID is that of the report in the spool; "" if the request was a handshake or
	// a repeat and nothing new came of it.
	ID string
}

// Reason says why a request was refused. The values are stable: they are the last
// part of the problem type that is answered.
type Reason string

// The reasons.
const (
	UnknownProvider Reason = "unknown-provider" // there is no such provider
	NotConfigured   Reason = "not-configured"   // nothing is set for this provider
	BadMethod       Reason = "method"           // neither a post nor a handshake
	TooLarge        Reason = "too-large"        // packed or unpacked
	BadEncoding     Reason = "content-encoding" // neither gzip nor plain, or damaged
	Unreadable      Reason = "unreadable"       // empty, or unsigned and no payload of this provider
	Unauthorized    Reason = "unauthorized"     // the secret is missing or wrong
	Forged          Reason = "forged"           // the signature is missing or wrong
	Stale           Reason = "stale"            // the signature is too old, or from the future
	Replayed        Reason = "replayed"         // the token of another request
	Unsigned        Reason = "unsigned"         // nothing to check it by: no secret is set
	MissingKey      Reason = "missing-key"      // the key to check it by is not set
	NoCertificate   Reason = "no-certificate"   // Amazon's certificate could not be fetched or is not Amazon's
	NotConfirmed    Reason = "not-confirmed"    // Amazon did not take the confirmation of a subscription
	SpoolFull       Reason = "spool-full"       // no room to accept it
	Unavailable     Reason = "unavailable"      // it could not be made durable for another reason
)

// Refusal is the error of a request that was not accepted.
type Refusal struct {
	Reason Reason
	Status int    // of the HTTP response: 4xx, or 5xx where to try again helps
	Title  string // what the reason means, the same for every request
	Detail string // what is wrong with this one and what to do; never a secret
	// RetryAfter is when to try again; zero where that would not help.
	RetryAfter time.Duration
	// Header holds fields that belong into the response: WWW-Authenticate of a 401,
	// Allow of a 405. nil mostly.
	Header map[string]string

	cause error
}

// Error tells the reason and the detail.
func (r *Refusal) Error() string { return fmt.Sprintf("hook: %s: %s", r.Reason, r.Detail) }

// Unwrap returns the error behind the refusal, such as one of spool; nil mostly.
func (r *Refusal) Unwrap() error { return r.cause }

// refuse makes a refusal with what belongs to its reason.
func refuse(reason Reason, detail string) *Refusal {
	r := &Refusal{Reason: reason, Detail: detail}
	r.Status, r.Title, r.RetryAfter = reason.answer()
	switch reason {
	case Unauthorized:
		r.Header = map[string]string{"WWW-Authenticate": `Basic realm="webhook", charset="UTF-8"`}
	case BadMethod:
		r.Header = map[string]string{"Allow": "POST, GET, HEAD, OPTIONS"}
	case BadEncoding:
		r.Header = map[string]string{"Accept-Encoding": "gzip"} // RFC 9110, section 12.5.3
	}
	return r
}

// answer returns how a reason is answered.
func (r Reason) answer() (status int, title string, retryAfter time.Duration) {
	switch r {
	case UnknownProvider:
		return http.StatusNotFound, "There is no such provider", 0
	case NotConfigured:
		return http.StatusForbidden, "Webhooks of this provider are not set up", 0
	case BadMethod:
		return http.StatusMethodNotAllowed, "Webhooks are posted", 0
	case TooLarge:
		return http.StatusRequestEntityTooLarge, "The payload is too large", 0
	case BadEncoding:
		return http.StatusUnsupportedMediaType, "The content encoding cannot be read", 0
	case Unreadable:
		return http.StatusUnprocessableEntity, "This is no payload of the provider", 0
	case Unauthorized:
		return http.StatusUnauthorized, "The secret is missing or wrong", 0
	case Forged:
		return http.StatusForbidden, "The signature is missing or wrong", 0
	case Stale:
		return http.StatusForbidden, "The signature is not of the time allowed", 0
	case Replayed:
		return http.StatusForbidden, "The signature is that of another request", 0
	case Unsigned, MissingKey:
		return http.StatusForbidden, "Nothing is set that the request could be checked by", 0
	case NoCertificate, NotConfirmed:
		return http.StatusServiceUnavailable, "Amazon SNS could not be asked", time.Minute
	case SpoolFull:
		return http.StatusInsufficientStorage, "There is no room to accept it", time.Minute
	}
	return http.StatusServiceUnavailable, "It cannot be accepted now", time.Minute
}
