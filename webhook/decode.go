package webhook

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/smtpcode"
)

// Limits of one payload. Providers stay far below: SNS allows 256 KiB, SendGrid
// posts about 1 MiB, SparkPost up to 10,000 events.
const (
	MaxPayload = 32 << 20 // bytes
	MaxEvents  = 100_000  // events made of one payload

	maxItems      = 1 << 20  // opens and the like included
	maxProblems   = 100      // kept; the rest is only counted
	maxDiagnostic = 64 << 10 // bytes of a reply; as much as the classifier looks at
	maxField      = 2 << 10  // bytes of any other field
	maxAddress    = 1 << 10  // bytes of an address (RFC 5321 section 4.5.3.1 allows 320)
)

// Errors of Decode.
var (
	ErrProvider   = errors.New("webhook: unknown provider")
	ErrTooLarge   = errors.New("webhook: payload too large")
	ErrUnreadable = errors.New("webhook: neither JSON nor a form of this provider")
)

// The codes of problems. They are stable; details are for people.
const (
	ProblemSyntax    = "json-syntax"    // damaged or cut off; what stands before the damage was read
	ProblemItem      = "not-an-event"   // an item that is no event of this provider
	ProblemUnknown   = "unknown-event"  // a kind of event that this package does not know
	ProblemRecipient = "no-recipient"   // the report names nobody
	ProblemAmbiguous = "ambiguous"      // the report names several, one of whom is meant
	ProblemTime      = "no-time"        // no time, or none that can be true
	ProblemTooMany   = "too-many"       // more than MaxEvents, or than a million items; the rest was not read
	ProblemTooLong   = "field-too-long" // a field was cut
)

// Batch is what one payload holds.
type Batch struct {
	Provider Provider
	Events   []event.Event // in the order of the payload, without verdicts
	Passed   int           // opens, clicks, progress notes, handshakes: items that tell of no outcome
	Unread   int           // items that could not be read; Problems says why, of the first hundred
	Problems []event.Problem
}

// Decode returns the events in a payload: JSON, or the form posts of Mandrill
// and of old Mailgun installations. It reads what can be read: damaged items,
// or damage at the end, become problems and do not lose the other events. It
// fails if p is unknown, the payload too large, or nothing of it readable.
func Decode(p Provider, payload []byte) (Batch, error) {
	d := decoder{batch: Batch{Provider: p}}
	decode := decoderOf(p)
	if decode == nil {
		return d.batch, fmt.Errorf("%w: %q", ErrProvider, string(p))
	}
	if len(payload) > MaxPayload {
		return d.batch, fmt.Errorf("%w: %d bytes, at most %d are read", ErrTooLarge, len(payload), MaxPayload)
	}
	payload = trimBOM(payload)
	if isForm(payload) {
		if form, ok := parseForm(payload); ok && d.form(p, form) {
			return d.batch, nil
		}
		return d.batch, ErrUnreadable
	}
	if err := d.items(payload, decode); err != nil && len(d.batch.Events) == 0 && d.batch.Passed == 0 {
		return d.batch, ErrUnreadable
	}
	return d.batch, nil
}

// decoderOf returns what reads one item of a provider's payload, nil if the
// provider is unknown.
func decoderOf(p Provider) func(*decoder, object) {
	switch p {
	case SES:
		return (*decoder).ses
	case SendGrid:
		return (*decoder).sendGrid
	case Mailgun:
		return (*decoder).mailgun
	case Postmark:
		return (*decoder).postmark
	case SparkPost:
		return (*decoder).sparkPost
	case Mailjet:
		return (*decoder).mailjet
	case Brevo:
		return (*decoder).brevo
	case Mandrill:
		return (*decoder).mandrill
	case Resend:
		return (*decoder).resend
	case Azure:
		return (*decoder).azure
	case MailerSend:
		return (*decoder).mailerSend
	case Mailtrap:
		return (*decoder).mailtrap
	case Postal:
		return (*decoder).postal
	case KumoMTA:
		return (*decoder).kumoMTA
	case Rebound:
		return (*decoder).rebound
	}
	return nil
}

// decoder gathers the events of one payload.
type decoder struct {
	batch Batch
	item  int // number of the item being read, from 1
	full  bool
}

func (d *decoder) items(payload []byte, decode func(*decoder, object)) error {
	seen := 0
	err := eachItem(payload, func(raw json.RawMessage) {
		if d.item++; d.item > maxItems && !d.full {
			d.full = true
			d.problem(ProblemTooMany, fmt.Sprintf("more than %d items", maxItems))
		}
		if d.full {
			return
		}
		o, err := parseObject(raw)
		if err == errNotObject {
			d.unread(ProblemItem, "not an object")
			return
		}
		seen++
		if err != nil {
			d.problem(ProblemSyntax, "damaged or cut off")
		}
		decode(d, o)
	})
	if err != nil {
		d.problem(ProblemSyntax, "damaged or cut off")
	}
	if seen == 0 {
		return ErrUnreadable
	}
	return err
}

// pass counts an item that tells of no outcome.
func (d *decoder) pass() { d.batch.Passed++ }

// unread counts an item that could not be read, and says why.
func (d *decoder) unread(code, detail string) {
	d.batch.Unread++
	d.problem(code, detail)
}

func (d *decoder) problem(code, detail string) {
	if len(d.batch.Problems) >= maxProblems {
		return
	}
	if d.item > 0 {
		detail = fmt.Sprintf("item %d: %s", d.item, detail)
	}
	d.batch.Problems = append(d.batch.Problems, event.Problem{Code: code, Detail: detail})
}

// unknown counts an item of a kind that is not known.
func (d *decoder) unknown(kind string) {
	if kind == "" {
		d.unread(ProblemItem, "no kind of event given")
		return
	}
	d.unread(ProblemUnknown, clip(kind, 64))
}

// add takes an event. key is the provider's own id of it, or what makes it
// unique among events of its kind and recipient; without one the id is computed.
func (d *decoder) add(e event.Event, key ...string) {
	if len(d.batch.Events) >= MaxEvents {
		if !d.full {
			d.full = true
			d.problem(ProblemTooMany, fmt.Sprintf("more than %d events", MaxEvents))
		}
		return
	}
	e.Source = event.Source{Index: max(d.item-1, 0), Format: string(d.batch.Provider)}
	bound(&e)
	if e.Recipient == "" && !hasProblem(&e, ProblemAmbiguous) && !hasProblem(&e, ProblemRecipient) {
		note(&e, ProblemRecipient, "the report names nobody")
	}
	if e.Time.IsZero() {
		note(&e, ProblemTime, "no time given with its zone")
	}
	if e.ID == "" {
		e.ID = idOf(d.batch.Provider, &e, key)
	}
	d.batch.Events = append(d.batch.Events, e)
}

// idOf derives the id of an event from the provider's, kind and recipient: one
// id may cover several recipients, and the test buttons of providers use one id
// for all kinds. An empty part of the key means that the provider gave no id:
// then what the event says must do.
func idOf(p Provider, e *event.Event, key []string) string {
	if len(key) == 0 || slices.Contains(key, "") {
		return e.ComputeID()
	}
	return event.ProviderID(string(p), string(e.Kind)+"\x00"+e.Recipient+"\x00"+strings.Join(key, "\x00"))
}

func note(e *event.Event, code, detail string) {
	e.Problems = append(e.Problems, event.Problem{Code: code, Detail: detail})
}

func hasProblem(e *event.Event, code string) bool {
	for _, p := range e.Problems {
		if p.Code == code {
			return true
		}
	}
	return false
}

// bound keeps the fields of an event within their limits. An address is never
// cut: it would be another one.
func bound(e *event.Event) {
	long := ""
	for _, f := range []struct {
		name  string
		value *string
		limit int
	}{
		{"diagnostic", &e.Diagnostic, maxDiagnostic}, {"message_id", &e.MessageID, maxField}, {"subject", &e.Subject, maxField},
		{"stream", &e.Stream, maxField}, {"command", &e.Command, maxField}, {"reporting_mta", &e.ReportingMTA, maxField},
		{"remote_mta", &e.RemoteMTA, maxField}, {"source_ip", &e.SourceIP, maxField}, {"feedback_type", &e.FeedbackType, maxField},
		{"list_id", &e.ListID, maxField}, {"id", &e.ID, maxField},
	} {
		if len(*f.value) > f.limit {
			*f.value, long = clip(*f.value, f.limit), f.name
		}
	}
	for _, a := range []*string{&e.Recipient, &e.OriginalRecipient, &e.Sender} {
		if len(*a) > maxAddress {
			*a, long = "", "address"
		}
	}
	if long != "" {
		note(e, ProblemTooLong, long)
	}
}

// clip cuts s to at most n bytes, not within a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// said sets what the remote server answered, as the provider quotes it, and the
// codes in it.
func said(e *event.Event, text string) {
	e.Diagnostic = withoutType(text)
	reply := smtpcode.Parse(clip(e.Diagnostic, maxDiagnostic))
	e.ReplyCode, e.Status = reply.Code, reply.Status
}

// coded fills in codes that the provider gives apart from the text, where the
// text has none. A number that is no SMTP reply code is the provider's own and
// passed over.
func coded(e *event.Event, code, status string) {
	if e.ReplyCode == 0 {
		e.ReplyCode, _ = smtpcode.ParseCode(strings.TrimSpace(code))
	}
	if e.Status.IsZero() {
		e.Status, _ = smtpcode.ParseStatus(strings.TrimSpace(status))
	}
}

// withoutType removes the diagnostic-type of RFC 3464 section 2.3.6 ("smtp;").
func withoutType(s string) string {
	s = strings.TrimSpace(s)
	for _, t := range [...]string{"smtp;", "x-smtp;", "dns;"} {
		if len(s) >= len(t) && strings.EqualFold(s[:len(t)], t) {
			return strings.TrimSpace(s[len(t):])
		}
	}
	return s
}

// address returns the address in "Name <user@domain>" or a bare one, "" if s
// is none. Display names are not looked into: they may hold other addresses.
func address(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasSuffix(s, ">") {
		i := strings.LastIndexByte(s, '<')
		if i < 0 {
			return ""
		}
		s = strings.TrimSpace(s[i+1 : len(s)-1])
	}
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at == len(s)-1 || strings.ContainsAny(s[at:], " \t\r\n,;<>\"") {
		return ""
	}
	if s[0] != '"' && strings.ContainsAny(s[:at], " \t\r\n,;<>\"") {
		return ""
	}
	return s
}

// messageID returns a Message-ID without angle brackets.
func messageID(s string) string { return strings.Trim(strings.TrimSpace(s), "<>") }

// kindOfFeedback says which feedback is a complaint. That a message failed to
// authenticate (RFC 6591) or was no spam after all (RFC 6430) is none.
func kindOfFeedback(feedbackType string) event.Kind {
	switch fold(feedbackType) {
	case "not-spam", "auth-failure", "dmarc":
		return event.Other
	case "opt-out", "opt-out-list":
		return event.Unsubscribe
	}
	return event.Complaint
}

// weak is the hint that a provider's own class gives.
func weak(reason codebook.Reason, lasting codebook.Lasting) event.Hint {
	return event.Hint{Reason: reason, Lasting: lasting, Weak: true}
}

// echo makes e say that the provider did not try: its own suppression list
// holds the address. The provider's codes for that are no server's reply.
func echo(e *event.Event) {
	e.Kind, e.Action = event.Other, ""
	e.ReplyCode, e.Status = 0, smtpcode.Status{}
	e.Hint = event.Hint{Reason: codebook.Suppressed}
}

// outcome makes an event with the action that its kind implies.
func outcome(kind event.Kind) event.Event {
	e := event.Event{Kind: kind}
	switch kind {
	case event.Bounce:
		e.Action = event.Failed
	case event.Delay:
		e.Action = event.Delayed
	case event.Delivery:
		e.Action = event.Delivered
	}
	return e
}
