package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// gmail reads the two forms of Gmail's reports. The old one names the
// recipient below "Delivery to the following recipient failed permanently:"
// and what happened below "Technical details". The new one has a title between
// asterisks, a sentence with the recipient, and the reply below a line that
// ends with a colon; it is written in the sender's language, so that only the
// structure counts there.
var gmail = decoder{
	format: "gmail",
	marks: []string{
		"delivery to the following recipient", "technical details of ", "\nfrom: mail delivery subsystem <mailer-daemon@google", "the error that the other server returned",
		"the response from the remote server was", "** address not found", "** message blocked", "** message not delivered", "** delivery incomplete",
		"mailer-daemon@googlemail.com", "\nx-gm-message-state: ",
	},
	read: readGmail,
}

func readGmail(m *Mail) (Report, bool) {
	failures := gmailOld(m)
	if len(failures) == 0 {
		failures = gmailNew(m)
	}
	delayed := containsFold(m.Subject, "(delay)") || containsFold(m.Text, "has been delayed") || containsFold(m.Text, "message will be retried")
	for i := range failures {
		if delayed {
			failures[i].Action = event.Delayed
		}
	}
	return Report{Failures: failures}, len(failures) > 0 && mayReport(m)
}

var gmailList = listing{
	begin: []string{"delivery to the following recipient"},
	end:   []string{"technical details of", "message will be retried", "----- "},
}

func gmailOld(m *Mail) []Failure {
	failures := gmailList.read(m.Text)
	if len(failures) == 0 {
		return nil
	}
	_, details, found := cutFold(m.Text, "technical details of")
	if found {
		details = details[min(lineEnd(details, 0)+1, len(details)):]
	} else if !containsFold(m.From, "google") && !containsFold(m.From, "gmail") {
		return nil // others begin with the same words
	}
	for i := range failures {
		gmailSaid(&failures[i], details)
	}
	return failures
}

// gmailSaid notes the technical details: the remote reply where there is one,
// else Gmail's own words.
func gmailSaid(f *Failure, details string) {
	before, reply, found := cutFold(details, "error that the other server returned was:")
	if !found {
		f.said(details)
		f.Hint = hintOf(f.Diagnostic, gmailSayings)
		return
	}
	f.said(reply)
	if _, by, found := cutFold(unfold(before), " by "); found {
		if i := strings.LastIndex(by, " by "); i >= 0 {
			by = by[i+len(" by "):]
		}
		f.RemoteMTA = hostIn(by)
	}
}

// gmailNew reads the new form.
func gmailNew(m *Mail) []Failure {
	title, after, ok := gmailTitle(m.Text)
	if !ok || !hasAnyFold(m.From, []string{"mailer-daemon@", "postmaster@"}) {
		return nil
	}
	address := ""
	for paragraph := range paragraphs(after) {
		if address = firstAddress(paragraph); address != "" {
			break
		}
	}
	if address == "" {
		return nil
	}
	f := Failure{Recipient: address}
	f.said(gmailResponse(after))
	if f.Diagnostic == "" {
		f.said(title + ". " + firstParagraph(after))
	}
	return []Failure{f}
}

// gmailTitle finds the title between asterisks among the first lines.
func gmailTitle(text string) (title, after string, ok bool) {
	c := cursor{text: text}
	for range 12 {
		line, more := c.next()
		if !more {
			return "", "", false
		}
		line = strings.TrimSpace(line)
		if len(line) > 5 && strings.HasPrefix(line, "**") && strings.HasSuffix(line, "**") {
			return strings.Trim(line, "* "), c.rest(), true
		}
	}
	return "", "", false
}

// gmailResponse gives the paragraph below a line that ends with a colon.
func gmailResponse(text string) string {
	announced := false
	said := ""
	for paragraph := range paragraphs(text) {
		paragraph = strings.TrimSpace(paragraph)
		if announced && !strings.HasPrefix(paragraph, "http") {
			return paragraph
		}
		first := paragraph
		if i := strings.IndexByte(paragraph, '\n'); i >= 0 {
			first = paragraph[:i]
			if strings.HasSuffix(first, ":") || strings.HasSuffix(first, "：") {
				said = paragraph[i+1:]
			}
		}
		announced = strings.HasSuffix(paragraph, ":") || strings.HasSuffix(paragraph, "：")
	}
	return said
}

// gmailSayings are Gmail's own words.
var gmailSayings = []saying{
	{"did not accept our requests to connect", codebook.ConnectionFailed, codebook.Temporary},
	{"connection was dropped", codebook.ConnectionFailed, codebook.Temporary},
	{"dns error", codebook.DNSFailure, codebook.LastingUnknown},
	{"domain name not found", codebook.DomainUnknown, codebook.Permanent},
	{"storage quota exceeded", codebook.MailboxFull, codebook.LastingUnknown},
	{"message rejected. see", codebook.PolicyViolation, codebook.LastingUnknown},
}

// googleGroups reads what Google says in the sender's language when a group
// does not exist or takes no mail from him, which it leaves open. The group's
// address stands in the header only.
var googleGroups = decoder{
	format: "googlegroups",
	marks:  []string{"groups.google.com/support", "google groups", "support.google.com/groups", "support.google.com/a/answer/"},
	read:   readGoogleGroups,
}

func readGoogleGroups(m *Mail) (Report, bool) {
	if !containsFold(m.Text, "groups") || !containsFold(m.From, "mailer-daemon@") {
		return Report{}, false
	}
	var failures []Failure
	for _, value := range m.Root.Header.Values("X-Failed-Recipients") {
		for _, address := range addresses(clip(value)) {
			// Whether the group is missing or closed is left open, so that
			// the words count only where nothing else does.
			f := Failure{Recipient: address, Hint: event.Hint{Reason: codebook.RecipientRestricted, Lasting: codebook.Permanent}}
			f.said(secondParagraph(m.Text))
			failures = append(failures, f)
		}
	}
	return Report{Failures: failures}, len(failures) > 0
}

// secondParagraph gives what follows the salutation.
func secondParagraph(text string) string {
	n := 0
	for paragraph := range paragraphs(text) {
		if n++; n == 2 {
			return paragraph
		}
	}
	return text
}
