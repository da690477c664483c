// Package hook receives what e-mail service providers post: package webhook says
// whose it is, whether it is genuine and what to answer to a handshake; this one
// does what needs the network, the clock and a memory.
//
// A [Receiver] is called by the HTTP server with a request that it has read. What
// is genuine goes to the spool, and the answer 200 means that it is durable there:
//
//	result, err := receiver.Receive(ctx, webhook.SES, request, remote)
//	var refusal *hook.Refusal
//	if errors.As(err, &refusal) { ... refusal.Status, refusal.Detail ... }
//
// What it adds to webhook.Verify:
//
//   - The certificates of Amazon SNS are fetched from Amazon's hosts only, over
//     TLS, without redirects, bounded in size, time and number, checked for the
//     names that Amazon uses, and kept for a day at most.
//   - A subscription is confirmed when its signature fits and its topic is one
//     that the operator named.
//   - Requests that come twice are answered as accepted and not processed again.
//     Mailgun's tokens are kept on disk until they expire: its signature does not
//     cover the event, so a token that was seen is worth nothing for another one.
//   - Compressed bodies are unpacked, up to webhook.MaxPayload.
//
// What no signature or secret vouches for is refused, unless the operator allows
// it; then it goes to the spool as open and suppresses nobody by itself.
package hook
