package dsn

import (
	"strings"

	"github.com/rebound-mail/rebound/mailpart"
)

// maxRecipients bounds the memory that one report may take.
const maxRecipients = 100_000

// Parse reads the groups of a delivery status. There is always a report; what is wrong with it is noted. At most 100,000 recipients are read.
func Parse(blocks []mailpart.Header) *Report {
	p := parser{report: new(Report)}
	p.report.Recipients = make([]Recipient, 0, min(max(len(blocks)-1, 1), maxRecipients))
	for _, block := range blocks {
		if len(p.report.Recipients) >= maxRecipients {
			p.note(TooManyRecipients)
			break
		}
		p.block(block)
	}
	p.finish()
	return p.report
}

// fieldID tells the fields of RFC 3464 apart.
type fieldID uint8

const (
	otherField fieldID = iota
	// per message
	originalEnvelopeID
	reportingMTA
	dsnGateway
	receivedFromMTA
	arrivalDate
	// per recipient
	originalRecipient
	finalRecipient
	actionField
	statusField
	remoteMTA
	diagnosticCode
	lastAttemptDate
	finalLogID
	willRetryUntil
)

var fieldNames = [...]struct {
	name string
	id   fieldID
}{
	{"Original-Envelope-Id", originalEnvelopeID},
	{"Reporting-MTA", reportingMTA},
	{"DSN-Gateway", dsnGateway},
	{"Received-From-MTA", receivedFromMTA},
	{"Arrival-Date", arrivalDate},
	{"Original-Recipient", originalRecipient},
	{"Final-Recipient", finalRecipient},
	{"Action", actionField},
	{"Status", statusField},
	{"Remote-MTA", remoteMTA},
	{"Diagnostic-Code", diagnosticCode},
	{"Last-Attempt-Date", lastAttemptDate},
	{"Final-Log-Id", finalLogID},
	{"Will-Retry-Until", willRetryUntil},
}

func identify(f mailpart.Field) fieldID {
	for i := range fieldNames {
		if f.Is(fieldNames[i].name) {
			return fieldNames[i].id
		}
	}
	return otherField
}

func (id fieldID) perMessage() bool { return id >= originalEnvelopeID && id <= arrivalDate }

type parser struct {
	report  *Report
	current int    // index of the recipient that fields go to, plus one; 0: fields go to the message
	has     uint32 // fields that the current recipient has, a bit each
	message bool   // per-message fields were met
}

// block reads one group. Which fields it has says what it is: about the message, about a recipient, or both for want of an empty line.
func (p *parser) block(h mailpart.Header) {
	seen := fieldsOf(h)
	const perMessage = 1<<originalEnvelopeID | 1<<reportingMTA | 1<<dsnGateway | 1<<receivedFromMTA | 1<<arrivalDate
	aboutMessage := seen&perMessage != 0
	aboutRecipient := seen>>originalRecipient != 0
	switch {
	case aboutMessage && aboutRecipient:
		p.note(GroupsNotSeparated)
		p.current = 0
	case aboutMessage:
		p.current = 0
	case aboutRecipient && p.tornOff(seen):
		p.note(GroupTorn)
	case aboutRecipient:
		p.begin()
	}
	for f := range h.All() {
		p.field(f)
	}
}

func fieldsOf(h mailpart.Header) uint32 {
	var seen uint32
	for f := range h.All() {
		seen |= 1 << identify(f)
	}
	return seen
}

// tornOff says whether a group is the rest of the recipient's before it: it names no recipient and repeats no field.
func (p *parser) tornOff(seen uint32) bool {
	const names = 1<<finalRecipient | 1<<originalRecipient
	return p.current > 0 && seen&names == 0 && seen&p.has&^(1<<otherField) == 0
}

func (p *parser) begin() {
	p.report.Recipients = append(p.report.Recipients, Recipient{})
	p.current = len(p.report.Recipients)
	p.has = 0
}

func (p *parser) field(f mailpart.Field) {
	id := identify(f)
	if id.perMessage() {
		p.messageField(id, f)
		return
	}
	if id == otherField {
		p.otherField(f)
		return
	}
	repeats := p.has&(1<<id) != 0 && (id == finalRecipient || id == originalRecipient || id == actionField)
	if p.current == 0 {
		p.begin()
	}
	if repeats && len(p.report.Recipients) >= maxRecipients {
		p.note(TooManyRecipients)
		return
	}
	if repeats {
		p.note(GroupsNotSeparated)
		p.begin()
	}
	p.recipientField(&p.report.Recipients[p.current-1], id, f)
	p.has |= 1 << id
}

func (p *parser) otherField(f mailpart.Field) {
	field := Field{f.Name(), f.Text()}
	if p.current == 0 {
		p.report.Other = append(p.report.Other, field)
		return
	}
	r := &p.report.Recipients[p.current-1]
	r.Other = append(r.Other, field)
}

// messageField: of a field that is given twice, the first counts.
func (p *parser) messageField(id fieldID, f mailpart.Field) {
	p.message = true
	r := p.report
	switch id {
	case originalEnvelopeID:
		setOnce(&r.EnvelopeID, f.Unfolded())
	case reportingMTA:
		setMTA(&r.ReportingMTA, f)
	case dsnGateway:
		setMTA(&r.Gateway, f)
	case receivedFromMTA:
		setMTA(&r.ReceivedFromMTA, f)
	case arrivalDate:
		setOnce(&r.ArrivalDate, Date(f.Unfolded()))
	}
}

func (p *parser) recipientField(r *Recipient, id fieldID, f mailpart.Field) {
	switch id {
	case originalRecipient:
		r.Original = p.address(f)
		r.Original.Address = decodeLeftXtext(r.Original.Address)
	case finalRecipient:
		r.Final = p.address(f)
	case actionField:
		r.ActionText = f.Unfolded()
		r.Action = ParseAction(r.ActionText)
	case statusField:
		setOnce(&r.StatusText, f.Unfolded())
		if r.Status.IsZero() {
			r.Status = ParseStatus(r.StatusText)
		}
	case remoteMTA:
		setMTA(&r.RemoteMTA, f)
	case diagnosticCode:
		p.diagnostic(r, f)
	case lastAttemptDate:
		setOnce(&r.LastAttempt, Date(f.Unfolded()))
	case finalLogID:
		setOnce(&r.FinalLogID, f.Unfolded())
	case willRetryUntil:
		setOnce(&r.WillRetryUntil, Date(f.Unfolded()))
	}
}

// diagnostic: a second Diagnostic-Code says more about the same failure and is kept.
func (p *parser) diagnostic(r *Recipient, f mailpart.Field) {
	text := f.Text()
	if r.Diagnostic.Text == "" {
		r.Diagnostic = ParseDiagnostic(text)
		return
	}
	r.Other = append(r.Other, Field{f.Name(), text})
}

func (p *parser) address(f mailpart.Field) Address {
	a, typed := ParseAddress(f.Text())
	if !typed {
		p.note(AddressTypeMissing)
	}
	if a.IsZero() {
		p.note(AddressUnreadable)
	}
	return a
}

func setOnce[T ~string](to *T, value T) {
	if *to == "" {
		*to = value
	}
}

func setMTA(to *MTA, f mailpart.Field) {
	if to.Name == "" {
		*to = ParseMTA(f.Text())
	}
}

// note keeps each kind of problem once.
func (p *parser) note(problem Problem) {
	for _, known := range p.report.Problems {
		if known == problem {
			return
		}
	}
	p.report.Problems = append(p.report.Problems, problem)
}

// finish notes what is missing.
func (p *parser) finish() {
	r := p.report
	switch {
	case !p.message:
		p.note(MessageGroupMissing)
	case r.ReportingMTA.Name == "":
		p.note(ReportingMTAMissing)
	}
	if len(r.Recipients) == 0 {
		p.note(RecipientsMissing)
	}
	for i := range r.Recipients {
		p.check(&r.Recipients[i])
	}
}

func (p *parser) check(r *Recipient) {
	if r.Final.IsZero() {
		p.note(FinalRecipientMissing)
	}
	switch {
	case strings.TrimSpace(r.ActionText) == "":
		p.note(ActionMissing)
	case r.Action == ActionUnknown:
		p.note(ActionUnreadable)
	}
	switch {
	case strings.TrimSpace(r.StatusText) == "":
		p.note(StatusMissing)
	case r.Status.IsZero():
		p.note(StatusUnreadable)
	}
	failed, class := r.Action == Failed, r.Status.Class
	if failed && class == 2 || (r.Action == Delivered || r.Action == Relayed || r.Action == Expanded) && class > 2 {
		p.note(ActionContradictsClass)
	}
}
