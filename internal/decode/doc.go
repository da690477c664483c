// Package decode makes events of any report that was handed in: a mail, a mailbox
// of mails, the text of a reply, lines of a mail server's log, what a sending
// provider posts, or Rebound's own events; compressed or not.
//
//	result, err := decode.Bytes(decode.Input{Body: body, Received: now})
//	for _, e := range result.Events {
//		classifier.Event(&e) // events come without verdicts
//	}
//
// Kind says what the report is. Where the caller knows it (a mail came by SMTP, a
// payload to a provider's own address) nothing else is tried: a mail from the open
// Internet never becomes a log, whatever it looks like. Without a kind the content
// tells.
//
// Nothing that is read makes Bytes or Each panic; a defect in a decoder becomes a
// [*PanicError]. Memory is bounded by the largest record, and for Bytes by the
// events. An error means that nothing at all could be made of the report; damage
// that leaves something readable is a problem of the result.
package decode
