package pipeline

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/policy"
	"github.com/rebound-mail/rebound/verp"
)

// ProblemUnverified is the code of the problem that says why an event is not
// trusted.
const ProblemUnverified = "unverified"

// Why an event is not trusted, in words.
const (
	whySource    = "the source is not known to be genuine"
	whyUnsigned  = "the return path is not signed"
	whyForged    = "the signature of the return path is wrong"
	whyExpired   = "the signature of the return path has expired"
	whyOther     = "the return path was signed for mail to another recipient"
	whySeveral   = "the report names no recipient, and its return paths were signed for several"
	whyNoAddress = "the return path is not known"
)

// verifier says which events are trusted.
//
// What comes from a source that is trusted by itself is. Mail from the open
// Internet is trusted if it came to a return path that one of the keys signed,
// and tells of the recipient that was signed with it; without any key all mail
// is. What else comes from somebody unknown is not trusted.
type verifier struct {
	keyring       *verp.Keyring
	caseSensitive bool
}

// returnPath is what the address that a report was sent to proves.
type returnPath struct {
	signed []string // recipients whose signature is right
	why    string   // why there are none
}

// Do implements Stage.
func (v verifier) Do(_ context.Context, r *Report, entries []store.Entry) error {
	if r.path == nil && v.keyring != nil && r.Kind == spool.KindMail {
		r.path = v.verify(r)
	}
	for i := range entries {
		en := &entries[i]
		why := v.doubt(r, &en.Event)
		en.Trusted = why == ""
		if !en.Trusted {
			setAside(&en.Event, why)
		}
	}
	return nil
}

// setAside marks an event that is not trusted. It gets an id of its own: who can
// foresee the id of a genuine event must not be able to use it up, so that the
// genuine one would count for known already.
func setAside(e *event.Event, why string) {
	e.Problems = append(e.Problems[:len(e.Problems):len(e.Problems)], event.Problem{Code: ProblemUnverified, Detail: why})
	e.ID = event.ProviderID(ProblemUnverified, e.ID)
}

// doubt says why an event is not trusted, "" if it is.
func (v verifier) doubt(r *Report, e *event.Event) string {
	switch {
	case r.Trust == spool.TrustSource:
		return ""
	case r.Kind != spool.KindMail:
		return whySource
	case v.keyring == nil:
		return ""
	}
	switch {
	case len(r.path.signed) == 0:
		return r.path.why
	case len(r.path.signed) > 1 && namesNobody(e):
		return whySeveral
	case r.path.mailed(e, v.caseSensitive) == "":
		return whyOther
	}
	return ""
}

// mailed returns the signed recipient that an event is about, "" if there is none.
// A report that names nobody is about the one that was signed.
func (p *returnPath) mailed(e *event.Event, caseSensitive bool) string {
	for _, signed := range p.signed {
		if sameAddress(signed, e.Recipient, caseSensitive) || sameAddress(signed, e.OriginalRecipient, caseSensitive) {
			return signed
		}
	}
	if len(p.signed) == 1 && namesNobody(e) {
		return p.signed[0]
	}
	return ""
}

// namesNobody reports events that name no recipient by a mail address, such as
// those of gateways, which name an X.400 address, or a local name.
func namesNobody(e *event.Event) bool {
	for _, address := range [...]string{e.Recipient, e.OriginalRecipient} {
		if _, err := policy.NormalAddress(address, true); err == nil {
			return false
		}
	}
	return true
}

// sameAddress reports whether two addresses are one mailbox. Signatures do not
// cover the case of the local part, which hosts on the way may have folded, so
// that it does not count here unless the case matters to the sender anyway.
func sameAddress(a, b string, caseSensitive bool) bool {
	if a == b && a != "" {
		return true
	}
	one, err := policy.NormalAddress(a, caseSensitive)
	if err != nil {
		return false
	}
	other, err := policy.NormalAddress(b, caseSensitive)
	return err == nil && one == other
}

// verify looks for a signature in the addresses that a report came to. It counts
// as of when the report was accepted: that it waited since is not its fault.
func (v verifier) verify(r *Report) *returnPath {
	found := &returnPath{why: whyNoAddress}
	for _, address := range envelopeRecipients(r) {
		signed, err := v.keyring.Verify(address, r.Received)
		switch {
		case err == nil:
			found.add(signed.Recipient, v.caseSensitive)
		case errors.Is(err, verp.ErrExpired):
			found.why = whyExpired
		case errors.Is(err, verp.ErrForged) && found.why != whyExpired:
			found.why = whyForged
		case found.why == whyNoAddress:
			found.why = whyUnsigned
		}
	}
	return found
}

func (p *returnPath) add(recipient string, caseSensitive bool) {
	for _, known := range p.signed {
		if sameAddress(known, recipient, caseSensitive) {
			return
		}
	}
	p.signed = append(p.signed, recipient)
}

// mostPaths is how many addresses are looked at.
const mostPaths = 16

// envelopeRecipients returns the addresses that a report was sent to: the envelope
// recipient; for mail that was taken from a mailbox, what the delivering server
// wrote of it into the header. To, Return-Path, and what is in the returned mail
// prove nothing: there, signed paths can be seen by third parties and copied.
func envelopeRecipients(r *Report) []string {
	paths := []string{}
	if to := r.Meta[spool.MetaTo]; to != "" {
		paths = append(paths, bare(to))
	}
	if r.Source == spool.SMTP || r.Source == spool.LMTP {
		return paths
	}
	header, _ := mailpart.ParseHeader(r.Body[:min(len(r.Body), mostHeader)])
	for _, name := range []string{"Delivered-To", "X-Original-To", "Envelope-To"} {
		for _, value := range header.Values(name) {
			if len(paths) == mostPaths {
				return paths
			}
			paths = append(paths, bare(value))
		}
	}
	return paths
}

// mostHeader is how much of a mail is looked through for its header.
const mostHeader = 256 << 10

// bare returns an address without its angle brackets.
func bare(address string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(address), "<"), ">")
}

// receivedAt returns when a report was received, as far as it can be true: not
// after now. A clock that ran ahead when the report was accepted must not outdate
// what really came later.
func receivedAt(r *spool.Report, now time.Time) time.Time {
	if r.Received.IsZero() || r.Received.After(now) {
		return now
	}
	return r.Received
}
