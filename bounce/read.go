package bounce

import (
	"fmt"
	"io"
	"strings"

	"github.com/rebound-mail/rebound/arf"
	"github.com/rebound-mail/rebound/dsn"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/mailpart"
	"github.com/rebound-mail/rebound/mdn"
	"github.com/rebound-mail/rebound/ndr"
)

// Read reads one mail with the default options. An error means that r could not
// be read; whatever it holds is no error.
func Read(r io.Reader) (Report, error) { return ReadWith(r, Options{}) }

// ReadWith reads one mail.
func ReadWith(r io.Reader, opt Options) (Report, error) {
	limit := opt.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return Report{Type: None}, fmt.Errorf("bounce: reading the mail: %w", err)
	}
	return Parse(raw, opt), nil
}

// Parse reads one mail. It never fails: see Report.Type and Report.Problems.
// raw must not change while the report is in use.
func Parse(raw []byte, opt Options) Report {
	limit := opt.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	cut := int64(len(raw)) > limit
	if cut {
		raw = raw[:limit]
	}
	root := mailpart.Parse(raw, opt.Limits)
	report := recognise(root)
	resolveVERP(report.Events, root)
	report.Problems = append(report.Problems, structureProblems(root)...)
	if cut {
		report.Problems = append(report.Problems, event.Problem{Code: "too-large", Detail: fmt.Sprintf("only the first %d bytes were read", limit)})
	}
	for i := range report.Events {
		e := &report.Events[i]
		e.Problems = append(e.Problems, report.Problems...)
		if e.ID == "" { // not one of a provider's own
			e.ID = e.ComputeID()
		}
	}
	return report
}

// recognise finds out what a mail is. Standard forms come first; an automatic
// reply is told from a bounce by what it says, not by its headers, which both
// share.
func recognise(root *mailpart.Part) Report {
	if r, ok := arf.Read(root); ok {
		return fromFeedback(r, root)
	}
	r, isDSN := dsn.Read(root)
	if isDSN && len(r.Recipients) > 0 {
		// QUIRK: challenge-response systems dress their challenges as
		// notifications of a failure (Boxbe).
		if !fromMailSystem(root) {
			if a := mdn.Classify(root); a.Kind == mdn.Challenge {
				return fromAutomatic(&a, root)
			}
		}
		return fromNotification(r, root)
	}
	if _, ok := mdn.Read(root); ok {
		a := mdn.Classify(root)
		return fromAutomatic(&a, root)
	}
	if payload, ok := fromPayload(root); ok {
		return payload
	}
	prose, isProse := ndr.Read(ndr.NewMail(root))
	if isProse && prose.Confident {
		return fromProse(&prose, root)
	}
	if a := mdn.Classify(root); a.Kind != mdn.None {
		return fromAutomatic(&a, root)
	}
	return lastResorts(r, isDSN, &prose, isProse, root)
}

// lastResorts are what a mail may be that no sure sign tells: a report that
// somebody forwarded, an unknown bounce, a notification that names nobody.
func lastResorts(r *dsn.Report, isDSN bool, prose *ndr.Report, isProse bool, root *mailpart.Part) Report {
	enclosed, isEnclosed := dsn.ReadEnclosed(root)
	switch {
	case isEnclosed && len(enclosed.Recipients) > 0:
		return fromNotification(enclosed, root)
	case isProse:
		return fromProse(prose, root)
	case isDSN:
		return withoutRecipients(r, root)
	}
	return Report{Type: None}
}

// fromMailSystem reports whether a mail names a mail system as its author.
func fromMailSystem(root *mailpart.Part) bool {
	local, _, _ := strings.Cut(strings.ToLower(addressIn(root.Header.Get("From"))), "@")
	switch local {
	case "mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon", "mailsystem", "administrator":
		return true
	}
	return strings.HasPrefix(local, "microsoftexchange")
}

// shared is what all events of one mail have in common.
func shared(root *mailpart.Part, returned mailpart.Header) Event {
	var e Event
	fillReturned(&e, returned)
	if e.Sender == "" {
		// A report goes to the envelope sender of the original, RFC 3464
		// section 2 and RFC 5321 section 6.1.
		for _, name := range []string{"Delivered-To", "X-Original-To", "To"} {
			if a := addressIn(root.Header.Get(name)); a != "" {
				e.Sender = a
				break
			}
		}
	}
	if t, ok := mailpart.Date(root.Header.Get("Date")).Time(); ok {
		e.Time = t
	}
	return e
}

// headerOf returns the header of the returned message in part, which may be
// nil.
func headerOf(part *mailpart.Part) mailpart.Header {
	if part == nil {
		return mailpart.Header{}
	}
	if len(part.Children) > 0 && !part.IsMultipart() {
		return part.Children[0].Header
	}
	return part.Header
}

// structureProblems names what was wrong with the structure of the mail, each
// kind once.
func structureProblems(root *mailpart.Part) []event.Problem {
	var list []event.Problem
	seen := map[mailpart.ProblemKind]bool{}
	for p := range root.All() {
		for _, problem := range p.Problems {
			if seen[problem.Kind] {
				continue
			}
			seen[problem.Kind] = true
			list = append(list, event.Problem{Code: "mime", Detail: problem.String()})
		}
	}
	return list
}
