package spool

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// Report is what somebody sent, as it came in.
type Report struct {
	// ID tells the report from all others; see NewID. Two reports with one id
	// are taken for the same report that came in twice.
	ID       string
	Source   Source    // the way it came
	Received time.Time // when, by the receiver's clock
	Trust    Trust
	Kind     Kind   // what the receiver takes it for; a hint
	Body     []byte // verbatim
	// Meta is what the receiver knows beside the body. The Meta constants are
	// keys with a meaning.
	Meta map[string]string
}

// NewID returns an id that no other report has: 80 random bits behind the
// millisecond in which it was made (as in a UUID of version 7, RFC 9562 section
// 5.7), so that indexes grow at their end. A clock that is wrong or set back
// makes ids no less unique.
func NewID() string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], uint64(time.Now().UnixMilli())<<16)
	_, _ = rand.Read(id[6:]) // it never fails
	return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(id[:]))
}

// Source is a way by which reports come in.
type Source string

// The sources.
const (
	SourceUnknown Source = ""
	HTTP          Source = "http"    // POST /v1/reports
	Webhook       Source = "webhook" // POST /v1/hooks/{provider}; see MetaProvider
	SMTP          Source = "smtp"
	LMTP          Source = "lmtp"
	Maildir       Source = "maildir"
	IMAP          Source = "imap"
	POP3          Source = "pop3"
	Tail          Source = "tail" // a log that is followed
)

// Trust is what is known of who sent a report before it was read.
type Trust string

// The degrees of trust.
const (
	// TrustUnknown is treated as TrustOpen.
	TrustUnknown Trust = ""
	// TrustOpen is a report from the open Internet: only a return path that
	// Rebound signed makes it trusted.
	TrustOpen Trust = "open"
	// TrustSource is a report whose source is trusted by itself: an own log, an
	// authenticated request, a verified webhook, a mailbox that the operator named.
	TrustSource Trust = "source"
)

// Kind is what a report looks like from outside.
type Kind string

// The kinds.
const (
	KindUnknown Kind = ""     // find out
	KindMail    Kind = "mail" // RFC 5322
	KindLog     Kind = "log"  // lines of an MTA's log
	KindHook    Kind = "hook" // a provider's payload; see MetaProvider
	KindJSON    Kind = "json" // events in the format of docs/events.md
)

// Keys of Report.Meta.
const (
	MetaProvider    = "provider"     // id of the provider whose webhook it is
	MetaFrom        = "mail-from"    // the reverse path of the report; "<>" is the null sender
	MetaTo          = "rcpt-to"      // the forward path: where VERP addresses stand
	MetaRemote      = "remote"       // IP address of who handed it over
	MetaPath        = "path"         // file, or mailbox and message
	MetaContentType = "content-type" // as told by HTTP
	MetaStream      = "stream"       // the stream that its events belong to
	MetaFormat      = "format"       // of a log, where it is configured
)
