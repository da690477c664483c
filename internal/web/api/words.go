package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

const aboutAPI = `Rebound reads every kind of e-mail bounce, says what it means, and answers whether an address may be mailed.

* **May I mail this address?** ` + "`GET /v1/check`" + `, or ` + "`POST /v1/check`" + ` for many.
* **What does this reply mean?** ` + "`POST /v1/explain`" + `.
* **Here is a bounce.** ` + "`POST /v1/reports`" + ` takes mails, logs and events; ` + "`POST /v1/hooks/{provider}`" + ` what providers post.

Times are RFC 3339 in UTC. Answers grow by addition: be prepared for fields that are not described here. Addresses in a path are percent-encoded:
` + "`kim%2Bnews%40example.org`" + `. Errors are problems by RFC 9457.`

const aboutTokens = "A token, as `rebound token add` shows it once: `Authorization: Bearer rbd_...`. Each operation says which scope it needs; admin includes the others. " +
	"While no token was ever made, a server that listens on loopback answers programs of its own machine without one."

const aboutKeys = "Chosen by the client, a new one for each new request. The same request with the same key within 24 hours is carried out once and gets the same answer " +
	"(with the header Idempotent-Replayed: true); another request with the same key is refused (422), and a repetition while the first is being carried out as well (409)."

func tags() []*huma.Tag {
	return []*huma.Tag{
		{Name: "check", Description: "May this address be mailed?"},
		{Name: "explain", Description: "What a code or a reply means."},
		{Name: "codes", Description: "What is known of codes, reasons and providers, and who says so."},
		{Name: "recipients", Description: "What is remembered of an address."},
		{Name: "suppressions", Description: "The list of addresses not to be mailed."},
		{Name: "reputation", Description: "How the sender's mail fares."},
		{Name: "events", Description: "What was reported, and the reports themselves."},
		{Name: "reports", Description: "Where bounces go in."},
		{Name: "operation", Description: "What operators look at and decide: alerts, messages given up, reports kept aside, tokens, backups."},
		{Name: "document", Description: "This document."},
	}
}

func aboutStatus(code int) string {
	switch code {
	case http.StatusBadRequest:
		return "The request cannot be read: broken JSON, query, compression or key."
	case http.StatusUnauthorized:
		return "No token, or none that holds."
	case http.StatusForbidden:
		return "The token does not have the scope; or, on a server without tokens, the request does not come from its own machine."
	case http.StatusNotFound:
		return "There is no such thing."
	case http.StatusMethodNotAllowed:
		return "Neither a post nor a handshake that this provider makes."
	case http.StatusRequestTimeout:
		return "The body came too slowly."
	case http.StatusConflict:
		return "A request with the same Idempotency-Key is being carried out; or what is to be made exists."
	case http.StatusRequestEntityTooLarge:
		return "The body is too large."
	case http.StatusRequestURITooLong:
		return "Path and query are too long."
	case http.StatusUnsupportedMediaType:
		return "The body is of another type, or compressed in another way, than is taken here."
	case http.StatusUnprocessableEntity:
		return "The request says something that cannot be: errors tells what and where. Also: the Idempotency-Key was used for another request."
	case http.StatusTooManyRequests:
		return "Too many requests of this token or this address, or too many tokens that did not hold."
	case http.StatusBadGateway:
		return "What the provider refers to could not be fetched from it."
	case http.StatusServiceUnavailable:
		return "Not available at the moment: the server is stopping, cannot write, or has too many long requests at once."
	case http.StatusInsufficientStorage:
		return "There is no space left. Nothing of the request was kept."
	}
	return "Something went wrong inside; the server's log has it by the id of the request."
}
