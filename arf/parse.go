package arf

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/rebound-mail/rebound/mailpart"
)

// fieldID tells the fields of RFC 5965 section 3 and RFC 6591 section 3 apart.
type fieldID uint8

const (
	otherField fieldID = iota
	feedbackType
	userAgent
	version
	originalRcptTo
	removalRecipient
	originalMailFrom
	originalEnvelopeID
	sourceIP
	arrivalDate
	reportingMTA
	reportedDomain
	reportedURI
	incidents
	authenticationResults
	authFailure
	deliveryResult
	identityAlignment
	dkimDomain
	dkimIdentity
	dkimSelector
	dkimADSP
	spfDNS
)

var fieldNames = [...]struct {
	name string
	id   fieldID
}{
	{"Feedback-Type", feedbackType},
	{"User-Agent", userAgent},
	{"Version", version},
	{"Original-Rcpt-To", originalRcptTo},
	{"Original-Recipient", originalRcptTo}, // QUIRK: some reporters take the name from RFC 3464
	{"Removal-Recipient", removalRecipient},
	{"Original-Mail-From", originalMailFrom},
	{"Original-Envelope-Id", originalEnvelopeID},
	{"Source-IP", sourceIP},
	{"Source", sourceIP}, // QUIRK: only where it is an address; Validity writes the provider's name there
	{"Arrival-Date", arrivalDate},
	{"Received-Date", arrivalDate}, // the name in drafts before RFC 5965, still written by Yahoo
	{"Reporting-MTA", reportingMTA},
	{"Reported-Domain", reportedDomain},
	{"Reported-URI", reportedURI},
	{"Reported-URL", reportedURI},
	{"Incidents", incidents},
	{"Authentication-Results", authenticationResults},
	{"Auth-Failure", authFailure},
	{"Delivery-Result", deliveryResult},
	{"Identity-Alignment", identityAlignment},
	{"DKIM-Domain", dkimDomain},
	{"DKIM-Identity", dkimIdentity},
	{"DKIM-Selector", dkimSelector},
	{"DKIM-ADSP-DNS", dkimADSP},
	{"SPF-DNS", spfDNS},
}

func identify(f mailpart.Field) fieldID {
	for i := range fieldNames {
		if f.Is(fieldNames[i].name) {
			return fieldNames[i].id
		}
	}
	return otherField
}

// Parse reads the fields of a feedback report. They should be one group (RFC 5965 section 3); where they are several, all count.
func Parse(blocks []mailpart.Header) *Report {
	r := &Report{Incidents: 1}
	for _, block := range blocks {
		for f := range block.All() {
			r.field(f)
		}
	}
	switch {
	case r.TypeText == "":
		r.note(TypeMissing)
	case r.Type == TypeUnknown:
		r.note(TypeUnregistered)
	}
	return r
}

func (r *Report) field(f mailpart.Field) {
	id, value := identify(f), f.Text()
	switch id {
	case feedbackType:
		setOnce(&r.TypeText, value)
		r.Type = ParseType(r.TypeText)
	case userAgent:
		setOnce(&r.UserAgent, value)
	case version:
		setOnce(&r.Version, value)
	case originalRcptTo:
		r.recipient(value, OriginalRcptTo)
	case removalRecipient:
		r.recipient(value, RemovalRecipient)
	case originalMailFrom:
		setOnce(&r.OriginalMailFrom, bare(value))
	case originalEnvelopeID:
		setOnce(&r.EnvelopeID, value)
	case arrivalDate:
		setOnce(&r.ArrivalDate, mailpart.Date(value))
	case reportingMTA:
		setOnce(&r.ReportingMTA, host(value))
	case reportedDomain:
		r.ReportedDomains = r.appendNew(r.ReportedDomains, strings.ToLower(strings.Trim(value, ". ")))
	case reportedURI:
		r.ReportedURIs = r.appendNew(r.ReportedURIs, value)
	case authenticationResults:
		r.AuthResults = r.appendNew(r.AuthResults, value)
	case incidents:
		r.count(value)
	case sourceIP:
		r.source(f.Name(), value)
	case otherField:
		r.Other = append(r.Other, Field{f.Name(), value})
	default:
		r.Failure.set(id, value)
	}
}

func (a *AuthFailure) set(id fieldID, value string) {
	switch id {
	case authFailure:
		setOnce(&a.Kind, strings.ToLower(value))
	case deliveryResult:
		setOnce(&a.Delivery, strings.ToLower(value))
	case identityAlignment:
		setOnce(&a.Alignment, value)
	case dkimDomain:
		setOnce(&a.DKIMDomain, value)
	case dkimIdentity:
		setOnce(&a.DKIMIdentity, value)
	case dkimSelector:
		setOnce(&a.DKIMSelector, value)
	case dkimADSP:
		setOnce(&a.DKIMADSPRecord, value)
	case spfDNS:
		setOnce(&a.SPFRecord, value)
	}
}

// recipient adds an address. Programs that redact write the domain alone, a hash without a domain, or a word.
func (r *Report) recipient(value string, origin Origin) {
	address := bare(value)
	if !isAddress(address) {
		r.note(RecipientRedacted)
		return
	}
	if len(r.Recipients) >= maxValues {
		r.note(TooManyValues)
		return
	}
	for _, known := range r.Recipients {
		if strings.EqualFold(known.Address, address) {
			return
		}
	}
	r.Recipients = append(r.Recipients, Recipient{address, origin})
}

// isAddress refuses what programs write in place of an address.
func isAddress(s string) bool {
	local, domain, ok := cutAt(s)
	if !ok || strings.ContainsAny(domain, " <>,;") {
		return false
	}
	switch strings.Trim(strings.ToLower(local), "[]_-*x") {
	case "redacted", "undisclosed", "hidden", "removed", "masked", "":
		// A local part of asterisks, of "x", or of such a word is nobody's. "x" alone can be somebody's.
		return strings.ToLower(local) == "x"
	}
	return true
}

func cutAt(s string) (local, domain string, ok bool) {
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at == len(s)-1 {
		return "", "", false
	}
	return s[:at], s[at+1:], true
}

// bare takes a type, brackets and a comment off an address.
func bare(value string) string {
	if kind, rest, ok := strings.Cut(value, ";"); ok && !strings.Contains(kind, "@") {
		value = rest // QUIRK: "rfc822; a@b", as in RFC 3464
	}
	value = strings.TrimSpace(value)
	if list := mailpart.ParseAddresses(value); len(list) > 0 {
		return list[0].Address
	}
	return strings.Trim(value, "<> \"")
}

// host takes the type off "dns; mx.example.com".
func host(value string) string {
	if _, rest, ok := strings.Cut(value, ";"); ok {
		value = rest
	}
	name, _, _ := strings.Cut(strings.TrimSpace(value), " ")
	return strings.TrimSuffix(name, ".")
}

func (r *Report) source(name, value string) {
	addr, ok := parseIP(value)
	if !ok {
		if strings.EqualFold(name, "Source-IP") {
			r.note(SourceIPUnreadable)
		} else {
			r.Other = append(r.Other, Field{name, value})
		}
		return
	}
	if !r.SourceIP.IsValid() {
		r.SourceIP = addr
	}
}

// parseIP reads an address, perhaps in brackets, with "IPv6:" before or words behind it.
func parseIP(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if i := strings.IndexAny(s, " ,;"); i > 0 {
		s = s[:i]
	}
	s = strings.Trim(s, "[]()<>.")
	if len(s) > 5 && strings.EqualFold(s[:5], "ipv6:") {
		s = s[5:]
	}
	addr, err := netip.ParseAddr(s)
	return addr.Unmap(), err == nil
}

func (r *Report) count(value string) {
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || n < 1 {
		r.note(IncidentsUnreadable)
		return
	}
	r.Incidents = n
}

func setOnce[T ~string](to *T, value T) {
	if *to == "" {
		*to = value
	}
}

// maxValues bounds how often a field may be given.
const maxValues = 1000

func (r *Report) appendNew(list []string, value string) []string {
	if len(list) >= maxValues {
		r.note(TooManyValues)
		return list
	}
	if value == "" || slices.Contains(list, value) {
		return list
	}
	return append(list, value)
}

func (r *Report) note(p Problem) {
	if !slices.Contains(r.Problems, p) {
		r.Problems = append(r.Problems, p)
	}
}
