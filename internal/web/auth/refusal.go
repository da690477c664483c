package auth

import (
	"net/http"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// Problem names why a request is refused. The values are the last part of the
// type of a problem (RFC 9457), and stable.
type Problem string

// The problems.
const (
	Unauthorized Problem = "unauthorized" // no token, or none that holds
	Forbidden    Problem = "forbidden"    // the token's scopes do not suffice
	NotLocal     Problem = "not-local"    // open mode: not from this machine, or for another host
	CrossSite    Problem = "cross-site"   // open mode: a browser says that another site asks
	TooMany      Problem = "too-many-requests"
	Unavailable  Problem = "unavailable" // the tokens could not be read
)

// Refusal is why a request is not let in, and what to answer.
type Refusal struct {
	Status  int
	Problem Problem
	Detail  string // for who asks: what is wrong and what to do; no secrets
	// RetryAfter is when to ask again; zero says nothing about it.
	RetryAfter time.Duration
	// Challenge is the value of WWW-Authenticate, "" for none.
	Challenge string
	cause     error
}

// Error says what is wrong.
func (r *Refusal) Error() string { return "auth: " + string(r.Problem) + ": " + r.Detail }

// Unwrap returns what lies below, such as an error of the store.
func (r *Refusal) Unwrap() error { return r.cause }

const challenge = `Bearer realm="rebound"`

func noToken() *Refusal {
	return &Refusal{Status: http.StatusUnauthorized, Problem: Unauthorized, Challenge: challenge,
		Detail: "This needs a token: send the header Authorization: Bearer rbd_... Tokens are made with: rebound token add"}
}

// unknownToken is one answer for all tokens that do not hold: who guesses learns
// nothing from it.
func unknownToken() *Refusal {
	return &Refusal{Status: http.StatusUnauthorized, Problem: Unauthorized, Challenge: challenge + `, error="invalid_token"`,
		Detail: "This token does not hold: it is unknown, was revoked or has expired. rebound token list shows the tokens there are."}
}

func wrongScope(scope store.Scope) *Refusal {
	return &Refusal{Status: http.StatusForbidden, Problem: Forbidden,
		Challenge: challenge + `, error="insufficient_scope", scope="` + string(scope) + `"`,
		Detail:    "This needs a token with the scope " + string(scope) + "."}
}

func notLocal(what string) *Refusal {
	return &Refusal{Status: http.StatusForbidden, Problem: NotLocal,
		Detail: "Without tokens only this machine is served, and " + what + ". Make a token with: rebound token add"}
}

func crossSite() *Refusal {
	return &Refusal{Status: http.StatusForbidden, Problem: CrossSite,
		Detail: "Without tokens no page of another site is served. Make a token with: rebound token add"}
}

func tooMany(wait time.Duration) *Refusal {
	return &Refusal{Status: http.StatusTooManyRequests, Problem: TooMany, RetryAfter: wait,
		Detail: "Too many requests. Wait, then go on more slowly; many addresses are best asked for in one request to /v1/check."}
}

func tooManyWrong(wait time.Duration) *Refusal {
	return &Refusal{Status: http.StatusTooManyRequests, Problem: TooMany, RetryAfter: wait,
		Detail: "This token does not hold, and too many such ones came from this address. rebound token list shows the tokens there are."}
}

func unavailable(err error) *Refusal {
	return &Refusal{Status: http.StatusServiceUnavailable, Problem: Unavailable, RetryAfter: time.Second, cause: err,
		Detail: "The tokens cannot be read at the moment. Try again."}
}
