package hook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/rebound-mail/rebound/webhook"
)

// check verifies a request, and unpacks its body. Signatures cover the bytes that
// were sent, packed or not, and providers differ; so a packed body is tried as it
// came, and unpacked. Who has not the secret has nothing unpacked.
func (r *Receiver) check(ctx context.Context, one *post) *Refusal {
	packed, refusal := one.isPacked()
	if refusal != nil {
		return refusal
	}
	if !packed {
		one.verified, refusal = r.verify(ctx, one)
		return refusal
	}
	if one.provider != webhook.SES { // whose envelope must be read
		if one.verified, refusal = r.verify(ctx, one); refusal != nil {
			return refusal
		}
	}
	if one.verified.Outcome == webhook.Forged && one.verified.Scheme == webhook.SchemeSecret {
		return nil // and judge refuses it
	}
	if refusal := r.unpack(ctx, one); refusal != nil {
		return refusal
	}
	if one.verified.Outcome != webhook.Genuine {
		one.verified, refusal = r.verify(ctx, one)
	}
	return refusal
}

// verify asks webhook.Verify, with the certificate of Amazon where it is needed.
func (r *Receiver) verify(ctx context.Context, one *post) (webhook.Verification, *Refusal) {
	keys := one.hook.Keys
	keys.Certificates = nil
	v := webhook.Verify(one.provider, one.request, keys, one.now)
	if v.CertificateURL == "" {
		return v, nil
	}
	if refusal := one.mayFetch(); refusal != nil {
		return v, refusal
	}
	cert, err := r.sns.certificate(ctx, v.CertificateURL)
	if err != nil {
		return v, because(NoCertificate, "the certificate of Amazon SNS could not be had", err)
	}
	keys.Certificates = map[string]*certificate{v.CertificateURL: cert}
	return webhook.Verify(one.provider, one.request, keys, one.now), nil
}

// mayFetch says whether it makes sense to fetch a certificate for a request of
// Amazon SNS: not for strangers, who could keep us busy with it.
func (one *post) mayFetch() *Refusal {
	keys := &one.hook.Keys
	var envelope map[string]json.RawMessage
	var topic string
	if json.Unmarshal(one.request.Body, &envelope) == nil {
		_ = json.Unmarshal(envelope["TopicArn"], &topic)
	}
	if len(keys.Topics) > 0 {
		if !slices.Contains(keys.Topics, topic) {
			return refuse(Forged, "signed for a topic that is not set")
		}
		return nil
	}
	if len(keys.Secrets) == 0 {
		return refuse(MissingKey, "Amazon signs for all its customers: set the ARN of your topic")
	}
	// Any provider that signs nothing will do to ask for the secret alone.
	if v := webhook.Verify(webhook.Postmark, one.request, *keys, one.now); v.Outcome != webhook.Genuine {
		return refuse(Unauthorized, v.Detail)
	}
	return nil
}

// confirm fetches what confirms a subscription, if the topic is one that the
// operator named. The URL is covered by the signature, the topic in it included.
func (r *Receiver) confirm(ctx context.Context, one *post, answer webhook.Answer) *Refusal {
	if answer.Confirm == "" {
		return nil
	}
	u, err := url.Parse(answer.Confirm)
	if err != nil {
		return because(NotConfirmed, "the address in Amazon's request cannot be read", err)
	}
	topics := u.Query()["TopicArn"]
	if len(topics) != 1 || !slices.Contains(one.hook.Keys.Topics, topics[0]) {
		return refuse(MissingKey, "a subscription is confirmed only for a topic whose ARN is set")
	}
	seen, refusal := r.remember(one)
	if refusal != nil || seen == repeated {
		return refusal
	}
	if err := r.sns.confirm(ctx, answer.Confirm); err != nil {
		return because(NotConfirmed, "Amazon SNS did not confirm the subscription", err)
	}
	r.settle(one)
	r.options.Logger.Info("webhooks: confirmed the subscription to a topic of Amazon SNS", "topic", topics[0])
	return nil
}

// because makes a refusal with the error behind it.
func because(reason Reason, what string, err error) *Refusal {
	refusal := refuse(reason, fmt.Sprintf("%s: %v", what, err))
	refusal.cause = err
	return refusal
}
