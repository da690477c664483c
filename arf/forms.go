package arf

import (
	"strings"

	"github.com/rebound-mail/rebound/mailpart"
)

// inWords recognises complaints without a machine-readable part; nil if the mail is none.
func (s *places) inWords(root *mailpart.Part) *Report {
	form, kind := s.form(root)
	if form == FormUnknown {
		return nil
	}
	r := &Report{Form: form, Type: kind, Incidents: 1}
	r.note(MachinePartMissing)
	r.readWords(root.Header.Get("Subject"))
	return r
}

// beginning gives the first few lines of a text: what announces the report stands there.
func beginning(text string) string {
	const look = 1500
	return text[:min(len(text), look)]
}

// form judges by sender and subject, and by the text if the complained-of message is attached.
func (s *places) form(root *mailpart.Part) (Form, FeedbackType) {
	sender := strings.ToLower(root.Header.Get("From"))
	subject := strings.ToLower(root.Header.Get("Subject"))
	switch {
	case s.returned != nil && microsoftRecipient(s.returned) != "":
		return FormMicrosoft, Abuse
	// Microsoft's FAQ of the program: "RFC822 Attachment" complaints come from staff@hotmail.com.
	case s.returned != nil && strings.Contains(sender, "staff@hotmail.com"), s.returned != nil && strings.HasPrefix(subject, "complaint about message from"):
		return FormMicrosoft, Abuse
	// AOL's postmaster pages: from scomp@aol.net, before September 2008 as an empty text with the redacted message attached.
	case s.returned != nil && (strings.Contains(sender, "scomp@aol.") || subject == "client tos notification"):
		return FormAOL, Abuse
	}
	if s.returned == nil {
		return FormUnknown, TypeUnknown
	}
	for _, part := range s.texts {
		text := beginning(part.Plain())
		if !strings.Contains(text, "eport") {
			continue // before anything costly
		}
		if kind := announces(strings.ToLower(text)); kind != TypeUnknown {
			return FormText, kind
		}
	}
	if s.declared {
		return FormText, OtherType
	}
	return FormUnknown, TypeUnknown
}

// announces reads the sentence with which generators of RFC 5965 reports begin the part for people (its appendix B has it: "This is an email
// abuse report for an email message received from ...").
func announces(text string) FeedbackType {
	text = strings.Join(strings.Fields(text), " ")
	if !strings.Contains(text, "report for a") && !strings.Contains(text, "report about a") && !strings.Contains(text, "report concerning a") {
		return TypeUnknown
	}
	for _, known := range [...]struct {
		words string
		kind  FeedbackType
	}{
		{"abuse report", Abuse}, {"spam report", Abuse}, {"complaint report", Abuse}, {"spam complaint report", Abuse},
		{"opt-out report", OptOut}, {"unsubscribe report", OptOut}, {"fraud report", Fraud}, {"phishing report", Fraud},
		{"virus report", Virus}, {"not-spam report", NotSpam}, {"authentication failure report", AuthFailed},
	} {
		for _, article := range [...]string{" for a", " about a", " concerning a"} {
			if strings.Contains(text, known.words+article) {
				return known.kind
			}
		}
	}
	return TypeUnknown
}

// readWords finds the source address and the date in "received from IP 192.0.2.1 on Thu, 9 Apr 2006 23:34:45 +0000".
func (r *Report) readWords(text string) {
	text = strings.Join(strings.Fields(text), " ")
	lowered := strings.ToLower(text)
	if len(lowered) != len(text) {
		return // letters whose case changes their length: the positions would not fit
	}
	for _, words := range [...]string{"received from ip ", "message from ", "received from ", "source ip: ", "source-ip: ", " ip ", "for ip "} {
		i := strings.Index(lowered, words)
		if i < 0 || r.SourceIP.IsValid() {
			continue
		}
		if addr, ok := parseIP(text[i+len(words):]); ok {
			r.SourceIP = addr
		}
	}
	if i := strings.Index(lowered, " on "); i >= 0 && r.ArrivalDate == "" {
		date, _, _ := strings.Cut(text[i+len(" on "):], ". ")
		date = mailpartDate(strings.TrimSuffix(date, "."))
		r.ArrivalDate = mailpart.Date(date)
	}
}

// mailpartDate gives the text back if it is a date, else "".
func mailpartDate(text string) string {
	const longest = 64
	if len(text) > longest {
		return ""
	}
	if _, ok := mailpart.Date(text).Time(); !ok {
		return ""
	}
	return text
}

// microsoftRecipient: Outlook.com put the subscriber who complained into the header of the message that it returned, until reports became
// anonymous.
func microsoftRecipient(returned *mailpart.Part) string {
	address := bare(returned.Header.Unfolded("X-HmXmrOriginalRecipient"))
	if !isAddress(address) {
		return ""
	}
	return address
}

// readReturned takes what only the returned header tells.
func (r *Report) readReturned(root *mailpart.Part) {
	if r.Returned == nil {
		return
	}
	h := r.Returned.Header
	r.MessageID = strings.TrimSpace(h.Unfolded("Message-ID"))
	if address := microsoftRecipient(r.Returned); address != "" && len(r.Recipients) == 0 {
		r.Recipients = append(r.Recipients, Recipient{address, MicrosoftHeader})
	}
	if len(r.Recipients) == 0 && r.returnsTo(root) {
		if to := mailpart.ParseAddresses(h.Unfolded("To")); len(to) == 1 && isAddress(to[0].Address) {
			r.Recipients = append(r.Recipients, Recipient{to[0].Address, ReturnedTo})
		}
	}
	if r.OriginalMailFrom == "" {
		r.OriginalMailFrom = bare(h.Unfolded("Return-Path"))
	}
}

// returnsTo says whether the address in To of the returned message is the complainer's. Microsoft's program returns the message unredacted, to a
// subscriber of its own. Of other reporters it is certain only where that address is at the reporter's own domain.
func (r *Report) returnsTo(root *mailpart.Part) bool {
	if r.Form == FormMicrosoft {
		return true
	}
	if r.Type == AuthFailed || r.Type == DMARC || r.hasProblem(RecipientRedacted) {
		return false
	}
	to := mailpart.ParseAddresses(r.Returned.Header.Unfolded("To"))
	from := mailpart.ParseAddresses(root.Header.Unfolded("From"))
	if len(to) != 1 || len(from) == 0 {
		return false
	}
	_, recipient, _ := cutAt(to[0].Address)
	_, reporter, _ := cutAt(from[0].Address)
	return recipient != "" && withinDomain(reporter, recipient) || withinDomain(r.ReportingMTA, recipient)
}

// withinDomain says whether a host is the domain or below it.
func withinDomain(host, domain string) bool {
	host, domain = strings.ToLower(host), strings.ToLower(domain)
	return domain != "" && (host == domain || strings.HasSuffix(host, "."+domain))
}

func (r *Report) hasProblem(p Problem) bool {
	for _, known := range r.Problems {
		if known == p {
			return true
		}
	}
	return false
}

// finish takes from the words what the fields did not tell, and notes what is missing.
func (r *Report) finish() {
	if r.Text != nil && (!r.SourceIP.IsValid() || r.ArrivalDate == "") {
		r.readWords(beginning(r.Text.Plain()))
	}
	if len(r.Recipients) == 0 {
		r.note(NoRecipient)
	}
	if r.Returned == nil {
		r.note(NoReturnedMessage)
	}
}
