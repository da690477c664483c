package webhook

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/codebook"
)

// TestClasses goes through the classes that providers document: class -> reason
// and how lasting, or the kind of event where it is no failure.
func TestClasses(t *testing.T) {
	for _, c := range []struct {
		p       Provider
		payload func(class string) string
		want    string // class=reason/lasting, one a line
	}{
		{SES, func(class string) string {
			kind, sub, _ := strings.Cut(class, "/")
			return sesBounced("eventType", `"`+kind+`","bounceSubType":"`+sub+`"`, `{"emailAddress":"ann@example.com","action":"failed"}`)
		}, `
			Permanent/General=bounce undetermined/permanent
			Permanent/NoEmail=bounce undetermined/permanent
			Permanent/Suppressed=other suppressed
			Permanent/OnAccountSuppressionList=other suppressed
			Permanent/UnsubscribedRecipient=other suppressed
			Transient/MailboxFull=bounce mailbox-full/temporary
			Transient/MessageTooLarge=bounce message-too-large/temporary
			Transient/ContentRejected=bounce content-rejected/temporary
			Transient/AttachmentRejected=bounce attachment-rejected/temporary
			Transient/CustomTimeoutExceeded=bounce expired/temporary
			Undetermined/Undetermined=bounce undetermined/unknown`},
		{SES, func(class string) string {
			return `{"eventType":"DeliveryDelay","deliveryDelay":{"delayType":"` + class + `","timestamp":"2024-05-01T10:00:00Z"},"mail":{"messageId":"m","destination":["ann@example.com"]}}`
		}, `
			InternalFailure=delay system-error/temporary
			General=delay undetermined/temporary
			MailboxFull=delay mailbox-full/temporary
			SpamDetected=delay spam-content/temporary
			RecipientServerError=delay system-unavailable/temporary
			IPFailure=delay blocked/temporary
			TransientCommunicationFailure=delay connection-failed/temporary
			BYOIPHostNameLookupUnavailable=delay no-ptr/temporary
			SendingDeferral=delay undetermined/temporary`},
		{SendGrid, func(class string) string {
			return `{"event":"bounce","type":"bounce","email":"ann@example.com","timestamp":1600000000,"sg_event_id":"1","bounce_classification":"` + class + `"}`
		}, `
			Invalid Address=bounce user-unknown/permanent
			Technical=bounce system-error/temporary
			Technical Failure=bounce system-error/temporary
			Content=bounce content-rejected/permanent
			Reputation=bounce low-reputation/temporary
			Frequency or Volume Too High=bounce rate-limited/temporary
			Mailbox Unavailable=bounce mailbox-unavailable/unknown
			Unclassified=bounce undetermined/permanent`},
		{Postmark, func(code string) string { return postmarkBounce(`"TypeCode":` + code) }, `
			1=bounce undetermined/permanent
			2=delay connection-failed/temporary
			16=unsubscribe
			32=other
			64=auto-reply
			128=other
			256=bounce dns-failure/temporary
			512=bounce spam-content/permanent
			1024=other
			2048=bounce undetermined/unknown
			4096=bounce undetermined/temporary
			8192=bounce virus/permanent
			16384=challenge
			100000=bounce address-syntax/permanent
			100001=complaint
			100002=other suppressed
			100003=other
			100006=bounce blocked/unknown
			100007=bounce system-error/unknown
			100008=other
			100009=bounce dmarc-failed/permanent
			100010=bounce content-rejected/permanent`},
		{SparkPost, func(class string) string {
			return sparkPostEvent("message_event", `"type":"bounce","bounce_class":"`+class+`"`)
		}, `
			1=bounce undetermined/unknown
			10=bounce user-unknown/permanent
			20=bounce undetermined/temporary
			21=bounce dns-failure/temporary
			22=bounce mailbox-full/temporary
			23=bounce message-too-large/temporary
			24=bounce connection-failed/temporary
			25=bounce policy-violation/temporary
			26=other suppressed
			30=bounce undetermined/permanent
			40=bounce undetermined/temporary
			50=bounce blocked/temporary
			51=bounce low-reputation/temporary
			52=bounce spam-content/temporary
			53=bounce attachment-rejected/temporary
			54=bounce relay-denied/temporary
			60=auto-reply
			70=bounce undetermined/temporary
			80=other
			90=unsubscribe
			100=challenge`},
		{Mailjet, func(class string) string {
			return `{"event":"bounce","email":"ann@example.com","time":1600000000,"MessageID":1,"hard_bounce":true,"error":"` + class + `"}`
		}, `
			user unknown=bounce user-unknown/permanent
			mailbox inactive=bounce mailbox-disabled/permanent
			quota exceeded=bounce mailbox-full/permanent
			invalid domain=bounce domain-unknown/permanent
			no mail host=bounce domain-unknown/permanent
			relay/access denied=bounce relay-denied/permanent
			greylisted=bounce greylisted/permanent
			typofix=bounce address-syntax/permanent
			bad or empty template=bounce content-rejected/permanent
			sender blocked=bounce blocked/permanent
			content blocked=bounce spam-content/permanent
			policy issue=bounce policy-violation/permanent
			system issue=bounce system-error/permanent
			protocol issue=bounce protocol-error/permanent
			connection issue=bounce connection-failed/permanent
			blacklisted=bounce undetermined/permanent`},
		{Mandrill, func(class string) string { return mandrillEvent("hard_bounce", `,"bounce_description":"`+class+`"`) }, `
			bad_mailbox=bounce user-unknown/permanent
			invalid_domain=bounce domain-unknown/permanent
			mailbox_full=bounce mailbox-full/permanent
			inactive_mailbox=bounce mailbox-disabled/permanent
			message_size=bounce message-too-large/permanent
			spam=bounce spam-content/permanent
			policy_related=bounce policy-violation/permanent
			general=bounce undetermined/permanent`},
		{Mandrill, func(reason string) string { return mandrillEvent("reject", `,"reject":{"reason":"`+reason+`"}`) }, `
			hard-bounce=other suppressed
			soft-bounce=other suppressed
			spam=other suppressed
			unsub=other suppressed
			custom=other suppressed
			invalid-sender=bounce sender-rejected/permanent
			invalid=bounce address-syntax/permanent
			test-mode-limit=bounce sending-quota/temporary
			unsigned=bounce unauthenticated/permanent
			rule=bounce policy-violation/permanent`},
		{Mailtrap, func(class string) string {
			return `{"events":[{"event":"bounce","email":"ann@example.com","event_id":"1","timestamp":1600000000,"bounce_category":"` + class + `"}]}`
		}, `
			badmailbox=bounce user-unknown/permanent
			baddomain=bounce domain-unknown/permanent
			quota=bounce mailbox-full/permanent
			spam=bounce spam-content/permanent
			policy=bounce policy-violation/permanent
			anything=bounce undetermined/permanent`},
		{KumoMTA, func(class string) string { return kumoRecord("Bounce", `"bounce_classification":"`+class+`",`) }, `
			InvalidRecipient=bounce user-unknown/unknown
			InactiveMailbox=bounce mailbox-disabled/unknown
			BadDomain=bounce domain-unknown/unknown
			DNSFailure=bounce dns-failure/unknown
			QuotaIssues=bounce mailbox-full/unknown
			SpamBlock=bounce low-reputation/unknown
			SpamContent=bounce spam-content/unknown
			VirusRelated=bounce virus/unknown
			ProhibitedAttachment=bounce attachment-rejected/unknown
			ContentRelated=bounce content-rejected/unknown
			PolicyRelated=bounce policy-violation/unknown
			AuthenticationFailed=bounce unauthenticated/unknown
			RelayDenied=bounce relay-denied/unknown
			RoutingErrors=bounce routing-failed/unknown
			InvalidSender=bounce sender-rejected/unknown
			BadConfiguration=bounce system-error/unknown
			NoAnswerFromHost=bounce connection-failed/unknown
			TooManyRecipients=bounce too-many-recipients/unknown
			ProtocolErrors=bounce protocol-error/unknown
			MessageExpired=bounce expired/temporary
			TransientFailure=bounce undetermined/temporary
			Uncategorized=bounce undetermined/unknown
			AutoReply=auto-reply
			ChallengeResponse=challenge
			Subscribe=other
			Unsubscribe=unsubscribe`},
	} {
		for line := range strings.Lines(strings.TrimSpace(c.want)) {
			class, want, _ := strings.Cut(strings.TrimSpace(line), "=")
			e := one(t, c.p, c.payload(class))
			got := string(e.Kind)
			if e.Hint.Reason != "" {
				got += " " + string(e.Hint.Reason)
			}
			if e.Hint.Lasting != "" {
				got += fmt.Sprintf("/%s", e.Hint.Lasting)
			}
			if got != want {
				t.Errorf("%s %s: %s, want %s", c.p, class, got, want)
			}
			if e.Hint.Reason != "" && (!e.Hint.Reason.IsKnown() || e.Hint.Weak == (e.Hint.Reason == codebook.Suppressed)) {
				t.Errorf("%s %s: hint %+v", c.p, class, e.Hint)
			}
		}
	}
}
