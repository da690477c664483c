package event

import (
	"crypto/sha256"
	"encoding/base32"
	"hash"
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
	h := sha256.New()
	writeField(h, string(e.Kind))
	writeField(h, foldDomain(e.Recipient))
	writeField(h, foldDomain(e.OriginalRecipient))
	writeField(h, strings.Trim(e.MessageID, "<> "))
	writeField(h, foldDomain(e.Sender))
	writeField(h, strings.ToLower(e.ReportingMTA))
	writeField(h, strconv.Itoa(int(e.ReplyCode)))
	writeField(h, e.Status.String())
	writeField(h, strings.Join(strings.Fields(e.Diagnostic), " "))
	writeField(h, e.FeedbackType)
	if !e.Time.IsZero() {
		writeField(h, e.Time.UTC().Format(time.RFC3339))
	}
	return idEncoding.EncodeToString(h.Sum(nil)[:15])
}

// ProviderID derives an id from the event id that a provider gave, which is
// unique within that provider.
func ProviderID(provider, eventID string) string {
	h := sha256.New()
	writeField(h, "provider")
	writeField(h, provider)
	writeField(h, eventID)
	return idEncoding.EncodeToString(h.Sum(nil)[:15])
}

// writeField writes s with its length before it, so that fields cannot run into
// each other.
func writeField(h hash.Hash, s string) {
	var buf [20]byte
	h.Write(append(strconv.AppendInt(buf[:0], int64(len(s)), 10), ':'))
	h.Write([]byte(s))
}

// foldDomain lower-cases the domain of an address; local parts are kept (RFC
// 5321 section 2.4).
func foldDomain(address string) string {
	address = strings.Trim(address, "<> ")
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	return address[:at] + strings.ToLower(address[at:])
}

func sortFacts(f Facts) {
	slices.SortFunc(f, func(a, b Fact) int { return strings.Compare(a.Name, b.Name) })
}
