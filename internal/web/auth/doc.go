// Package auth decides who may do what at the HTTP server: it knows tokens and
// their scopes, keeps those who guess and those who ask too much away, and
// guards the server that runs on a developer's machine without any token.
//
// A Gate is asked once a request:
//
//	p, err := gate.Authorize(r, store.ScopeRead)   // err is a *Refusal: what to answer
//	r = r.WithContext(auth.NewContext(r.Context(), p))
//
// Requests that have no token by their nature, such as webhooks and public
// pages, are only counted:
//
//	err := gate.Admit(r)
//
// Tokens are shown as "Authorization: Bearer rbd_..." (RFC 6750), nowhere else: not
// in the URL, where logs would keep them. A token that is unknown, revoked,
// expired or malformed gets the same answer after the same work: one look-up and
// one comparison in constant time.
//
// # Open mode
//
// While no token was ever made, a server that listens on the loopback interface
// lets everybody on that machine do everything, so that trying it out needs no
// set-up. Web pages of strangers, open in a browser on the same machine, must not:
// the request has to name a loopback host (a name that was rebound to 127.0.0.1 is
// none), must not come from another site by what the browser says of it, and
// must not have passed a proxy. The first token ends open mode for good.
package auth
