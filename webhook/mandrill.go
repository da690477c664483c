package webhook

import (
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// mandrill reads one event of mandrill_events, or a change of the reject list.
//
// https://mailchimp.com/developer/transactional/docs/webhooks/
func (d *decoder) mandrill(o object) {
	if o.has("mandrill_events") {
		for _, raw := range o.list("mandrill_events") {
			one, _ := parseObject(raw)
			d.mandrill(one.without("mandrill_events"))
		}
		return
	}
	if o.has("type", "action") {
		d.mandrillSync(o)
		return
	}
	msg := o.object("msg")
	e := event.Event{
		Time:      o.time("ts"),
		Recipient: address(msg.text("email")),
		Sender:    address(msg.text("sender")),
		MessageID: msg.text("_id"),
		Subject:   msg.text("subject"),
	}
	if e.MessageID == "" {
		e.MessageID = o.text("_id")
	}
	kind := o.word("event")
	switch kind {
	case "delivered":
		e.Kind, e.Action = event.Delivery, event.Delivered
		mandrillSaid(&e, msg)
	case "deferral":
		mandrillSaid(&e, msg)
		e.Kind, e.Action = event.Delay, event.Delayed
		e.Hint = mandrillHint(msg, codebook.Temporary)
	case "hard-bounce":
		mandrillSaid(&e, msg)
		e.Kind, e.Action = event.Bounce, event.Failed
		e.Hint = mandrillHint(msg, codebook.Permanent)
	case "soft-bounce":
		mandrillSaid(&e, msg)
		e.Kind, e.Action = event.Bounce, event.Failed
		e.Hint = mandrillHint(msg, codebook.Temporary)
	case "spam":
		e.Kind, e.FeedbackType = event.Complaint, "abuse"
	case "unsub":
		e.Kind = event.Unsubscribe
	case "reject":
		e.Kind, e.Action = event.Bounce, event.Failed
		mandrillRejected(&e, msg.object("reject").word("reason"))
	case "send", "open", "click", "inbound":
		d.pass()
		return
	default:
		d.unknown(kind)
		return
	}
	d.add(e, kind, e.MessageID, e.Recipient, o.text("ts"))
}

// mandrillSaid takes the reply; a deferral has it in smtp_events only.
func mandrillSaid(e *event.Event, msg object) {
	var last object
	for _, raw := range msg.list("smtp_events") {
		if o, _ := parseObject(raw); o.text("diag") != "" {
			last = o
		}
	}
	said(e, msg.text("diag"))
	if e.Diagnostic == "" {
		said(e, last.text("diag"))
	}
	e.SourceIP = last.text("source_ip")
	e.RemoteMTA = last.text("destination_ip")
}

// mandrillHint reads bounce_description; hard or soft is in the event's name.
//
// https://mailchimp.com/developer/transactional/docs/reputation-rejections/
func mandrillHint(msg object, lasting codebook.Lasting) event.Hint {
	reason := codebook.Undetermined
	switch msg.word("bounce_description") {
	case "bad-mailbox":
		reason = codebook.UserUnknown
	case "invalid-domain":
		reason = codebook.DomainUnknown
	case "mailbox-full":
		reason = codebook.MailboxFull
	case "inactive-mailbox", "mailbox-inactive":
		reason = codebook.MailboxDisabled
	case "message-size", "message-too-large":
		reason = codebook.MessageTooLarge
	case "spam", "spam-content":
		reason = codebook.SpamContent
	case "virus":
		reason = codebook.Virus
	case "policy-related":
		reason = codebook.PolicyViolation
	case "dns-failure", "bad-dns":
		reason = codebook.DNSFailure
	case "connection-failure", "no-answer":
		reason = codebook.ConnectionFailed
	}
	return weak(reason, lasting)
}

// mandrillRejected reads why Mandrill did not try: the address is on its reject
// list, or the message or the account is at fault.
func mandrillRejected(e *event.Event, reason string) {
	e.Diagnostic = reason
	switch reason {
	case "invalid-sender":
		e.Hint = weak(codebook.SenderRejected, codebook.Permanent)
	case "invalid":
		e.Hint = weak(codebook.AddressSyntax, codebook.Permanent)
	case "test-mode-limit":
		e.Hint = weak(codebook.SendingQuota, codebook.Temporary)
	case "unsigned":
		e.Hint = weak(codebook.Unauthenticated, codebook.Permanent)
	case "rule":
		e.Hint = weak(codebook.PolicyViolation, codebook.Permanent)
	default:
		echo(e)
	}
}

// mandrillSync reads a change of the lists that Mandrill keeps of addresses to
// reject and to allow.
func (d *decoder) mandrillSync(o object) {
	entry := o.object("reject")
	if list := o.word("type"); list != "blacklist" && list != "denylist" || o.word("action") == "remove" {
		d.pass()
		return
	}
	e := event.Event{Time: o.time("ts"), Recipient: address(entry.text("email")), Diagnostic: entry.text("detail", "reason")}
	echo(&e)
	d.add(e, "sync", e.Recipient, o.text("ts"))
}

// without returns o less one member.
func (o object) without(name string) object {
	delete(o, name)
	return o
}
