package event

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strconv"
	"strings"
	"time"
)

// idEncoding writes ids in lower case without padding.
var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// ComputeID derives an id from what identifies the report and the recipient:
// kind, recipient, original message, who reports, codes, what was said, and
// when. It does not depend on where the report was found, on the case of
// addresses and host names, nor on line ends and runs of blanks.
func (e *Event) ComputeID() string {
	var room [1024]byte
	b := room[:0]
	b = appendField(b, string(e.Kind))
	b = appendAddress(b, e.Recipient)
	b = appendAddress(b, e.OriginalRecipient)
	b = appendField(b, strings.Trim(e.MessageID, "<> "))
	b = appendAddress(b, e.Sender)
	b = appendField(b, strings.ToLower(e.ReportingMTA))
	b = appendField(b, strconv.Itoa(int(e.ReplyCode)))
	b = appendField(b, e.Status.String())
	b = appendWords(b, e.Diagnostic)
	b = appendField(b, e.FeedbackType)
	if !e.Time.IsZero() {
		b = e.Time.UTC().AppendFormat(b, time.RFC3339)
	}
	return encodeID(b)
}

// ProviderID derives an id from the event id that a provider gave, which is
// unique within that provider.
func ProviderID(provider, eventID string) string {
	return encodeID(appendField(appendField(appendField(nil, "provider"), provider), eventID))
}

func encodeID(b []byte) string {
	sum := sha256.Sum256(b)
	return idEncoding.EncodeToString(sum[:15])
}

// appendField appends s with its length before it, so that fields cannot run
// into each other.
func appendField(b []byte, s string) []byte {
	b = append(strconv.AppendInt(b, int64(len(s)), 10), ':')
	return append(b, s...)
}

// appendWords appends the words of s with single blanks, then a mark that no
// length begins with.
func appendWords(b []byte, s string) []byte {
	for w := range strings.FieldsSeq(s) {
		b = append(append(b, w...), ' ')
	}
	return append(b, '#')
}

// appendAddress appends an address with its domain in lower case; local parts
// are kept (RFC 5321 section 2.4).
func appendAddress(b []byte, address string) []byte {
	address = strings.Trim(address, "<> ")
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return appendField(b, address)
	}
	b = append(strconv.AppendInt(b, int64(len(address)), 10), ':')
	b = append(b, address[:at]...)
	return append(b, strings.ToLower(address[at:])...)
}

func sortFacts(f Facts) {
	slices.SortFunc(f, func(a, b Fact) int { return strings.Compare(a.Name, b.Name) })
}
