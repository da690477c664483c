// Package webhook reads what e-mail service providers post about the mail that
// they send: deliveries, deferrals, bounces, complaints and unsubscribes become
// the same events as the reports of mail servers do. It also says whether a
// request is genuine, and what to answer where a provider wants a handshake.
//
// Everything here is pure: nothing is fetched, stored or looked at the clock.
//
//	p, ok := webhook.Detect(body, header)             // or: the operator says who posts to this URL
//	v := webhook.Verify(p, request, keys, now)        // trust only v.Outcome == webhook.Genuine
//	answer, ok := webhook.Handshake(p, request)       // ok: answer so; it carries no events
//	batch, err := webhook.Decode(p, body)             // batch.Events, ready for the classifier
//
// # What becomes of what a provider says
//
// The reply of the remote server goes into Diagnostic as the provider quotes
// it, its codes into ReplyCode and Status. The provider's own class of a bounce
// becomes a weak Hint: evidence for the classifier where the text tells
// nothing. Three things that providers call bounces are none:
//
//   - automatic replies (kind auto-reply);
//   - messages that the provider did not try to deliver because the address is
//     on its own suppression list (kind other, hinted reason suppressed): they
//     repeat what is known already and are no new evidence;
//   - feedback that a message was no spam after all (kind other).
//
// Opens, clicks and the provider's own progress notes are passed over and
// counted. An event whose recipient a provider does not tell apart from others
// comes without recipient and with a problem: nobody is guessed.
//
// Event ids are derived from the provider's own, so that an event that is
// posted twice, or by SNS and by EventBridge, counts once.
package webhook

// Provider names who posts. The values are stable; they are the
// Source.Format of the events.
type Provider string

// The providers. The zero value is none.
const (
	SES        Provider = "ses"        // Amazon SES: SNS, raw delivery, EventBridge, Firehose
	SendGrid   Provider = "sendgrid"   // Twilio SendGrid Event Webhook
	Mailgun    Provider = "mailgun"    // webhooks 3.0, and the form posts before them
	Postmark   Provider = "postmark"   //
	SparkPost  Provider = "sparkpost"  // SparkPost, Bird, Momentum's event hydrant
	Mailjet    Provider = "mailjet"    //
	Brevo      Provider = "brevo"      // once Sendinblue
	Mandrill   Provider = "mandrill"   // Mailchimp Transactional
	Resend     Provider = "resend"     //
	Azure      Provider = "azure"      // Azure Communication Services, by Event Grid
	MailerSend Provider = "mailersend" //
	Mailtrap   Provider = "mailtrap"   //
	Postal     Provider = "postal"     //
	KumoMTA    Provider = "kumomta"    // log records, as its log hooks post them
	Rebound    Provider = "rebound"    // Rebound's own event, for whatever else sends
)

// Providers returns all providers, in the order in which this package lists
// them.
func Providers() []Provider {
	return []Provider{
		SES, SendGrid, Mailgun, Postmark, SparkPost, Mailjet, Brevo, Mandrill,
		Resend, Azure, MailerSend, Mailtrap, Postal, KumoMTA, Rebound,
	}
}

// IsKnown reports whether p is one of the providers.
func (p Provider) IsKnown() bool { return decoderOf(p) != nil }
