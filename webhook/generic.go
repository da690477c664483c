package webhook

import (
	"encoding/json"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// rebound reads an event in Rebound's own form (docs/events.md), from another
// Rebound or from whatever else sends mail. Only kind and recipient are
// needed. An id that is given is kept; a verdict that is given is evidence, not
// the verdict.
func (d *decoder) rebound(o object) {
	if o.has("events") {
		for _, raw := range o.list("events") {
			one, _ := parseObject(raw)
			d.rebound(one.without("events"))
		}
		return
	}
	kind := event.Kind(o.text("kind"))
	if !isKind(kind) {
		d.unknown(string(kind))
		return
	}
	e := event.Event{
		ID: o.text("id"), Time: o.time("time"), Kind: kind,
		Recipient: address(o.text("recipient")), OriginalRecipient: address(o.text("original_recipient")), Sender: address(o.text("sender")),
		MessageID: messageID(o.text("message_id")), Stream: o.text("stream"), Subject: o.text("subject"), ListID: o.text("list_id"),
		Action: reboundAction(o.text("action"), kind), Diagnostic: o.text("diagnostic"), Command: o.text("command"),
		ReportingMTA: o.text("reporting_mta"), RemoteMTA: o.text("remote_mta"), SourceIP: o.text("source_ip"), FeedbackType: o.text("feedback_type"),
	}
	reboundCodes(&e, o)
	reboundVerdict(&e, o.object("verdict"))
	var problems []event.Problem
	if json.Unmarshal(o["problems"], &problems) == nil {
		e.Problems = problems[:min(len(problems), 16)]
	}
	d.add(e)
}

// reboundCodes takes the codes given; else those in the text.
func reboundCodes(e *event.Event, o object) {
	e.ReplyCode, _ = smtpcode.ParseCode(o.text("reply_code"))
	e.Status, _ = smtpcode.ParseStatus(o.text("status"))
	if e.ReplyCode != 0 || !e.Status.IsZero() {
		return
	}
	reply := smtpcode.Parse(clip(e.Diagnostic, maxDiagnostic))
	e.ReplyCode, e.Status = reply.Code, reply.Status
}

// reboundVerdict makes a given verdict a weak hint: whoever posts may know the
// cause where the reply does not tell.
func reboundVerdict(e *event.Event, verdict object) {
	reason := codebook.Reason(verdict.text("reason"))
	if !reason.IsKnown() {
		return
	}
	e.Hint = weak(reason, "")
	switch lasting := codebook.Lasting(verdict.text("lasting")); lasting {
	case codebook.Permanent, codebook.Temporary, codebook.LastingUnknown:
		e.Hint.Lasting = lasting
	}
	if reason == codebook.Suppressed && e.Kind == event.Other {
		e.Hint.Weak = false
	}
}

func reboundAction(s string, kind event.Kind) event.Action {
	switch a := event.Action(s); a {
	case event.Failed, event.Delayed, event.Delivered, event.Relayed, event.Expanded:
		return a
	}
	return outcome(kind).Action
}

func isKind(k event.Kind) bool {
	switch k {
	case event.Bounce, event.Delay, event.Delivery, event.Complaint, event.AutoReply, event.Challenge, event.Unsubscribe, event.Other:
		return true
	}
	return false
}
