package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// mailman reads what GNU Mailman tells: that it rejects a posting (templates
// refuse.txt and list:user:action:...), where the list is who did not take the
// mail, and to list owners that a member's address bounced (bounce.txt).
var mailman = decoder{
	format: "mailman",
	marks: []string{
		"mailman mailing list bounce action notice", "has been rejected by the list moderator", "mailing-list was rejected for the following",
		"mailing list bounce action notice",
	},
	read: readMailman,
}

func readMailman(m *Mail) (Report, bool) {
	r := Report{ReportingMTA: m.host()}
	if _, notice, ok := cutFold(m.Text, "bounce action notice"); ok {
		f := mailmanMember(notice)
		r.Failures = append(r.Failures, f)
		return r, f.Recipient != ""
	}
	f := Failure{Hint: event.Hint{Reason: codebook.RecipientRestricted, Lasting: codebook.Permanent}}
	text := m.Text
	if head, reason, ok := cutFold(text, "mailing-list was rejected for the following"); ok {
		_, name, _ := cutFold(head, "your message to the ")
		f.Recipient = firstAddress(name)
		_, text, _ = cutFold(reason, "\n\n")
	} else if containsFold(text, "posting of your message") {
		// The list is named without its domain; the owner's address has it.
		_, owner, _ := cutFold(text, "list administrator")
		local, domain := splitAddress(firstAddress(owner))
		if list, ok := strings.CutSuffix(local, "-owner"); ok {
			f.Recipient = list + "@" + domain
		}
		_, text, _ = cutFold(text, "following reason for rejecting your request:")
	}
	f.said(firstParagraph(text))
	r.Failures = append(r.Failures, f)
	return r, f.Recipient != ""
}

// mailmanMember reads "Member: address", "Action:" and "Reason:".
func mailmanMember(notice string) (f Failure) {
	var said []string
	c := cursor{text: notice}
	for line, ok := c.next(); ok; line, ok = c.next() {
		label, value := cutLabel(line)
		switch strings.ToLower(label) {
		case "member":
			f.Recipient = firstAddress(value)
		case "action", "reason":
			said = append(said, value)
		}
	}
	f.said(strings.Join(said, " "))
	return f
}

// fml reads the notices of the list driver fml 4 (proc/libloop.pl, libmesg):
// a loop, or a posting from somebody who is no member. The list did not take
// the mail.
var fml = decoder{
	format: "fml",
	marks:  []string{"\nx-mlserver: fml"},
	read:   readFML,
}

func readFML(m *Mail) (Report, bool) {
	f := Failure{Recipient: fmlList(m)}
	text := firstParagraph(m.Text)
	switch {
	case containsAny(m.Subject, []string{"Loop Alert", "Loop Back Warning", "UNIX FROM Loop"}):
		f.Hint = event.Hint{Reason: codebook.RoutingLoop, Lasting: codebook.Permanent}
		if address := firstAddress(text); address != "" {
			f.Recipient = address
		}
	case containsFold(m.Subject, "not member article"), containsFold(m.Subject, "non member article"), containsFold(text, "not member"):
		f.Hint = event.Hint{Reason: codebook.RecipientRestricted, Lasting: codebook.Permanent}
	default:
		return Report{}, false
	}
	f.said(text)
	return Report{ReportingMTA: m.host(), Failures: []Failure{f}}, f.Recipient != ""
}

// fmlList gives the address of the list: its maintainer's without "-admin".
func fmlList(m *Mail) string {
	local, domain := splitAddress(m.From)
	list, ok := strings.CutSuffix(local, "-admin")
	if !ok {
		return ""
	}
	return list + "@" + domain
}

// majordomo reads what Majordomo 1 (resend) tells list owners: "BOUNCE
// list@domain: cause" in the subject, the posting below.
var majordomo = decoder{
	format: "majordomo",
	marks:  []string{"\nsubject: bounce "},
	read: func(m *Mail) (Report, bool) {
		name, cause, ok := strings.Cut(strings.TrimSpace(m.Subject[min(len("BOUNCE "), len(m.Subject)):]), ": ")
		name = strings.TrimSuffix(name, ":")
		list := loneAddress(name)
		if !ok || list == "" || !strings.HasPrefix(m.Subject, "BOUNCE ") {
			return Report{}, false
		}
		f := Failure{Recipient: list, Hint: event.Hint{Reason: codebook.RecipientRestricted, Lasting: codebook.Permanent}}
		f.said(cause)
		return Report{ReportingMTA: m.host(), Failures: []Failure{f}}, true
	},
}

// sieve reads the rejections of Dovecot's delivery agent and of Pigeonhole
// (RFC 5429): "Your message to <address> was automatically rejected:", sent as
// a disposition notification.
var sieve = decoder{
	format: "dovecot",
	marks:  []string{"was automatically rejected:"},
	read: func(m *Mail) (Report, bool) {
		_, rest, ok := cutFold(m.Text, "your message to ")
		if !ok {
			return Report{}, false
		}
		address, rest, ok := bracketed(rest)
		_, reason, found := cutFold(rest, "was automatically rejected:")
		if !ok || !found {
			return Report{}, false
		}
		f := Failure{Recipient: recipient(address, m.host())}
		f.said(reason)
		f.Hint = hintOf(f.Diagnostic, sieveSayings)
		return Report{Failures: []Failure{f}}, true
	},
}

var sieveSayings = []saying{
	{"quota exceeded", codebook.MailboxFull, codebook.LastingUnknown},
	{"mailbox is full", codebook.MailboxFull, codebook.LastingUnknown},
	{"user unknown", codebook.UserUnknown, codebook.Permanent},
}
