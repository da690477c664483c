package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/codebook"
)

// Ground is on what ground an address is suppressed.
type Ground string

// The grounds, the strongest first; the zero value means none.
const (
	GroundAddress   Ground = "address"   // a permanent failure speaks against the address
	GroundBlock     Ground = "block"     // by hand, or taken over from another system's list
	GroundObjection Ground = "objection" // the recipient complained or unsubscribed
	GroundFailures  Ground = "failures"  // several failed messages in a row
)

// Answer says whether an address may be mailed, and why.
type Answer struct {
	MaySend    bool   `json:"may_send"`
	Suppressed bool   `json:"suppressed"`
	Ground     Ground `json:"ground,omitempty"` // the strongest, where there are several
	// Probation is that a suppression ran out: one message may be tried, and if
	// it fails the address is suppressed for twice as long.
	Probation bool            `json:"probation"`
	Reason    codebook.Reason `json:"reason,omitempty"`
	// Stream is the one that the suppression holds for, "" for every stream.
	Stream string    `json:"stream,omitempty"`
	Since  time.Time `json:"since,omitzero"`
	// Until is when a suppression ends by itself; zero if it does not. In
	// probation it is when the last one ended.
	Until     time.Time `json:"until,omitzero"`
	Failures  int       `json:"failures"`           // failed messages in a row
	Doublings int       `json:"doublings"`          // how often the time of suppression was doubled
	Evidence  []string  `json:"evidence,omitempty"` // event ids, the latest first
	By        string    `json:"by,omitempty"`       // who blocked or lifted it by hand
	Note      string    `json:"note,omitempty"`     // and why
	Why       string    `json:"why"`                // all of it in one sentence
}

// suppressed finishes the answer of a suppressed address.
func (a Answer) suppressed(ground Ground) Answer {
	a.Suppressed, a.Ground = true, ground
	return a
}

// day is how sentences write a time.
const day = "2006-01-02 15:04 UTC"

func on(t time.Time) string { return t.UTC().Format(day) }

// whyAddress says what a failure that suppresses at once amounts to.
func (a *Answer) whyAddress() string {
	return fmt.Sprintf("Suppressed since %s: %s (%s), until somebody lifts it.", on(a.Since), saidOf(a.Reason), a.Reason)
}

// saidOf puts a reason that speaks against the address in words.
func saidOf(r codebook.Reason) string {
	switch r {
	case codebook.UserUnknown:
		return "the mailbox does not exist"
	case codebook.AddressSyntax:
		return "the address is malformed"
	case codebook.MailboxDisabled:
		return "the mailbox is disabled"
	case codebook.MailboxMoved:
		return "the user has moved away"
	case codebook.DomainUnknown:
		return "the domain does not exist or has no mail host"
	case codebook.DomainNoMail:
		return "the domain takes no mail"
	}
	return "mail to it fails for good"
}

func (a *Answer) whyBlock() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Suppressed by hand on %s%s", on(a.Since), forStream(a.Stream))
	if a.By != "" {
		fmt.Fprintf(&b, " by %s", plain(a.By))
	}
	switch {
	case a.Note != "":
		fmt.Fprintf(&b, ": %s", plain(a.Note))
	case a.Reason != "":
		fmt.Fprintf(&b, ": %s", plain(string(a.Reason)))
	}
	b.WriteString("; until somebody lifts it.")
	return b.String()
}

func (a *Answer) whyObjection() string {
	did := "complained"
	if a.Reason == codebook.Unsubscribe {
		did = "unsubscribed"
	}
	return fmt.Sprintf("Suppressed%s since %s: the recipient %s; until somebody lifts it.", forStream(a.Stream), on(a.Since), did)
}

func (a *Answer) whyFailures() string {
	again := ""
	if a.Doublings > 0 {
		again = ", the last of them a try after an earlier suppression"
	}
	return fmt.Sprintf("Suppressed since %s: %s failed in a row, the latest reason being %s%s; until %s, then one try.",
		on(a.Since), messages(a.Failures), plain(string(a.Reason)), again, on(a.Until))
}

func (a *Answer) whyProbation() string {
	return fmt.Sprintf("On probation since %s: %s failed in a row (%s) and the suppression has run out; one message may be tried, and if it fails the address is suppressed for twice as long.",
		on(a.Until), messages(a.Failures), plain(string(a.Reason)))
}

// whyClear says why an address may be mailed.
func (a *Answer) whyClear(set *Settings, lift byHand, unverified mark) string {
	var b strings.Builder
	b.WriteString("May be mailed: ")
	switch {
	case a.Failures > 0:
		fmt.Fprintf(&b, "%s failed in a row (%s), and %d would suppress it", messages(a.Failures), plain(string(a.Reason)), set.Consecutive)
	case !lift.isZero():
		fmt.Fprintf(&b, "lifted by hand on %s", on(lift.time()))
		if lift.by != "" {
			fmt.Fprintf(&b, " by %s", plain(lift.by))
		}
		if lift.note != "" {
			fmt.Fprintf(&b, " (%s)", plain(lift.note))
		}
		b.WriteString(", and nothing speaks against it since")
	default:
		b.WriteString("nothing speaks against it")
	}
	if !unverified.isZero() {
		fmt.Fprintf(&b, "; the report %s of %s does not count, as its source could not be verified", plain(unverified.id), on(unverified.time()))
	}
	b.WriteByte('.')
	return b.String()
}

func forStream(stream string) string {
	if stream == "" {
		return ""
	}
	return " for stream " + strconv.Quote(stream)
}

func messages(n int) string {
	if n == 1 {
		return "1 message"
	}
	return strconv.Itoa(n) + " messages"
}

// plain writes what somebody typed so that it stays within its sentence: on one
// line and without characters that do not show.
func plain(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	s = strings.TrimRight(s, ".;")
	quoted := strconv.Quote(s)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
