package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// sendmail reads the text of Sendmail 8 (savemail.c, errbody): sections under
// framed titles, one lists the recipients with "(reason: ...)" and "(expanded
// from: ...)" below each, one is the transcript of the session. Sendmail 5 and
// its kin (IDA, ULTRIX, HP-UX) write the transcript alone.
var sendmail = decoder{
	format: "sendmail",
	marks: []string{
		"transcript of session follows", "the following addresses had ", "----- transcript of session",
		"addresses had permanent", "addresses had delivery", "\nsubject: returned mail: ",
	},
	read: readSendmail,
}

// sendmailSection says what the recipients under a title met with.
func sendmailSection(title string) (action event.Action, list, session bool) {
	switch {
	case containsFold(title, "transcript of session"):
		return "", false, true
	case !containsFold(title, "following address"):
		return "", false, false
	case containsFold(title, "successful"):
		return event.Delivered, true, false
	case containsFold(title, "transient"), containsFold(title, "delayed"), containsFold(title, "warning"):
		return event.Delayed, true, false
	}
	return event.Failed, true, false
}

func readSendmail(m *Mail) (Report, bool) {
	var r Report
	var session []answer
	var action event.Action
	var listing bool
	c := cursor{text: m.Text}
	for line, ok := c.next(); ok; line, ok = c.next() {
		if isFramed(line) {
			var isSession bool
			action, listing, isSession = sendmailSection(line)
			if isSession {
				session = readTranscript(c.rest())
				break
			}
			continue
		}
		if listing {
			sendmailListed(m, &r, action, line)
		}
	}
	if len(r.Failures) == 0 && len(session) == 0 {
		return r, false
	}
	sendmailOutcomes(m, &r, session)
	if sendmailDelayed(m.Text) {
		delayed(r.Failures)
	}
	return r, len(r.Failures) > 0
}

// sendmailListed reads a line of a list of recipients.
func sendmailListed(m *Mail, r *Report, action event.Action, line string) {
	trimmed := strings.TrimSpace(line)
	if trimmed == "" {
		return
	}
	if trimmed[0] == '(' && len(r.Failures) > 0 {
		f := &r.Failures[len(r.Failures)-1]
		inner := strings.TrimSuffix(trimmed[1:], ")")
		if reason, ok := strings.CutPrefix(inner, "reason: "); ok {
			f.said(reason)
		}
		if origin, ok := strings.CutPrefix(inner, "expanded from: "); ok {
			f.Original = recipient(origin, m.host())
		}
		return
	}
	name := sendmailName(trimmed)
	if name == "" {
		return
	}
	if action == event.Delivered {
		action = sendmailSuccess(trimmed)
	}
	r.Failures = append(r.Failures, Failure{Recipient: name, Action: action})
	// QUIRK: Mail2000 and some hosters put the reason behind the address on the
	// same line: "user@domain [User unknown]".
	if _, reason, ok := strings.Cut(trimmed, " ["); ok {
		r.Failures[len(r.Failures)-1].said(strings.TrimSuffix(reason, "]"))
	}
}

// sendmailSuccess tells the kinds of success: "<user@domain>  (relayed to
// non-DSN-aware mailer)".
func sendmailSuccess(line string) event.Action {
	switch {
	case containsFold(line, "relayed"):
		return event.Relayed
	case containsFold(line, "expanded"):
		return event.Expanded
	}
	return event.Delivered
}

// sendmailName gives the recipient that a line of the list names: an address,
// a local user, or a pipe or file in quotes or brackets.
func sendmailName(line string) string {
	if name, _, ok := bracketed(line); ok {
		return name
	}
	head, _, _ := strings.Cut(line, " [")
	if address := loneAddress(head); address != "" {
		return address
	}
	if line[0] == '"' || line[0] == '|' || line[0] == '/' {
		return strings.Trim(line, "\"")
	}
	if !strings.ContainsAny(line, " \t:()") && len(line) <= 64 {
		return line
	}
	return ""
}

// sendmailOutcomes joins the list of recipients with what the transcript
// tells.
func sendmailOutcomes(m *Mail, r *Report, session []answer) {
	o := outcomeOf(session)
	if len(r.Failures) == 0 {
		for _, address := range o.list {
			r.Failures = append(r.Failures, Failure{Recipient: address})
		}
	}
	replies := repliesByStart(session)
	for i := range r.Failures {
		f := &r.Failures[i]
		x := answerTo(f, &o, replies)
		if x != nil {
			f.fill(x)
		}
		if strings.ContainsAny(f.Recipient, "|/\"") && !isMailbox(f.Recipient) {
			f.Recipient = f.Original // a program or file; the alias that led to it, if any, failed
		}
		f.Recipient = recipient(f.Recipient, m.host())
		if f.Code == 0 || x == nil || x.local {
			f.Hint = hintOf(f.Diagnostic, sendmailSayings)
		}
	}
}

// startLen is how much of a reply finds it again.
const startLen = 24

// repliesByStart finds remote replies by how they start.
func repliesByStart(session []answer) map[string]*answer {
	replies := make(map[string]*answer)
	for i := range session {
		if x := &session[i]; !x.local && replies[start(x.reply)] == nil {
			replies[start(x.reply)] = x
		}
	}
	return replies
}

func start(reply string) string { return reply[:min(len(reply), startLen)] }

// answerTo gives the part of a session that belongs to a recipient: the one of
// that address; the one that starts as the reason listed, which is only the
// first line of the reply; or the one that holds for all.
func answerTo(f *Failure, o *outcome, replies map[string]*answer) *answer {
	x := o.own[strings.ToLower(f.Recipient)]
	if x == nil && f.Original != "" {
		x = o.own[strings.ToLower(f.Original)]
	}
	if f.Diagnostic == "" {
		if x == nil {
			return o.rest
		}
		return x
	}
	if x != nil && !x.local && strings.HasPrefix(x.reply, f.Diagnostic) {
		return x
	}
	if y := replies[start(f.Diagnostic)]; y != nil && strings.HasPrefix(y.reply, f.Diagnostic) {
		return y
	}
	if x != nil && (!x.local || f.Code == 0) {
		return x
	}
	return nil
}

// sendmailDelayed says whether the report only warns (savemail.c, queue.c).
func sendmailDelayed(text string) bool {
	head := text[:min(len(text), maxMarkText)]
	return containsFold(head, "this is a warning message only") || containsFold(head, "will keep trying until")
}

// delayed turns failures into delays.
func delayed(list []Failure) {
	for i := range list {
		if list[i].Action == event.Failed || list[i].Action == "" {
			list[i].Action = event.Delayed
		}
	}
}

// sendmailSayings are Sendmail's own words (err.c, deliver.c, sysexits.c).
var sendmailSayings = []saying{
	{"host unknown", codebook.DomainUnknown, codebook.Permanent},
	{"host not found", codebook.DomainUnknown, codebook.Permanent},
	{"no such host", codebook.DomainUnknown, codebook.Permanent},
	{"user unknown", codebook.UserUnknown, codebook.Permanent},
	{"name server timeout", codebook.DNSFailure, codebook.Temporary},
	{"name server: ", codebook.DNSFailure, codebook.Temporary},
	{"transient parse error", codebook.DNSFailure, codebook.Temporary},
	{"too many hops", codebook.RoutingLoop, codebook.Permanent},
	{"mail loops back to me", codebook.RoutingLoop, codebook.Permanent},
	{"connection timed out", codebook.ConnectionFailed, codebook.Temporary},
	{"connection refused", codebook.ConnectionFailed, codebook.Temporary},
	{"connection reset", codebook.ConnectionFailed, codebook.Temporary},
	{"no route to host", codebook.ConnectionFailed, codebook.Temporary},
	{"network is unreachable", codebook.ConnectionFailed, codebook.Temporary},
	{"disk quota exceeded", codebook.MailboxFull, codebook.LastingUnknown},
	{"unknown mailer error", codebook.ListExpansion, codebook.LastingUnknown},
	{"can't create output", codebook.SystemError, codebook.LastingUnknown},
	{"message could not be delivered for", codebook.Expired, codebook.LastingUnknown},
	{"cannot send message for", codebook.Expired, codebook.LastingUnknown},
}
