package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/codebook"
)

// exchange2003 reads the prose of Exchange 2000 and 2003 and of the SMTP
// service of Windows, in any language: the recipient and the time on one line,
// below it and further in what it means, then "<host #5.1.1>" or
// "<host #5.5.0 smtp;550 the remote reply>".
var exchange2003 = decoder{
	format: "exchange2003",
	marks: []string{
		"\nx-dsncontext: ", "intended recipients", "#5.1.0 ", "#5.1.1>", "#5.1.1 ", "#5.1.2>", "#5.1.2 ", "#5.1.8 ", "#5.2.1>", "#5.2.1 ", "#5.2.2 ", "#5.2.2>", "#5.2.3>",
		"#5.3.0 ", "#5.3.3 ", "#5.3.4 ", "#5.4.0>", "#5.4.0 ", "#5.4.1 ", "#5.4.3>", "#5.4.4>", "#5.4.6>", "#5.4.7>", "#5.5.0 ", "#5.5.0>", "#5.5.1 ", "#5.7.1>", "#5.7.1 ",
		"#5.7.0 ", "#4.2.2 ", "#4.4.1>", "#4.4.6>", "#4.4.7>", "#4.4.7 ", "#4.7.1 ",
	},
	read: readExchange2003,
}

func readExchange2003(m *Mail) (Report, bool) {
	var failures []Failure
	var block []string // lines from the recipient's on
	c := cursor{text: m.Text}
	for line, ok := c.next(); ok; line, ok = c.next() {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" {
			continue
		}
		if strings.HasPrefix(trimmed, "<") && strings.Contains(trimmed, " #") && len(block) > 0 {
			inner := angled(trimmed, &c)
			if f, ok := exchange2003Failure(block, inner); ok {
				failures = append(failures, f)
			}
			block = block[:0]
			continue
		}
		if len(block) < 64 {
			block = append(block, line)
		}
	}
	return Report{Failures: failures}, len(failures) > 0 && mayReport(m)
}

// angled gives what stands between an opening angle bracket and the one that
// closes it, at the end of this line or one of the next.
func angled(line string, c *cursor) string {
	line = line[1:]
	for range 12 {
		if strings.HasSuffix(line, ">") {
			return line[:len(line)-1]
		}
		next, ok := c.next()
		if !ok || strings.TrimSpace(next) == "" {
			break
		}
		line += " " + strings.TrimSpace(next)
	}
	return line
}

// exchange2003Failure reads one recipient: the last line that stands further
// out than those below it names it.
func exchange2003Failure(block []string, inner string) (Failure, bool) {
	host, reply, ok := strings.Cut(inner, " #")
	if !ok || strings.ContainsAny(host, " <@") || !beginsReply(reply) {
		return Failure{}, false
	}
	name := len(block) - 1
	for name > 0 && indentOf(block[name-1]) >= indentOf(block[name]) {
		name--
	}
	if name > 0 {
		name--
	}
	f := Failure{Recipient: firstAddress(block[name])}
	if f.Recipient == "" {
		f.Recipient = firstAddress(reply)
	}
	said := reply
	if _, remote, found := cutFold(reply, "smtp;"); found {
		f.RemoteMTA = hostIn(host)
		said = remote
	} else {
		f.ReportingMTA = hostIn(host)
		said = strings.Join(block[name+1:], " ") + " " + said
	}
	f.said(said)
	if f.Status.IsZero() {
		_, f.Status = codesIn(reply)
	}
	return f, f.Recipient != ""
}

// windowsSMTP reads the SMTP service of Windows and Hotmail of old, which say
// why in one of a few sentences above the recipients; the standard part has the
// rest.
var windowsSMTP = decoder{
	format: "windows-smtp",
	marks: []string{
		"delivery to the following recipients failed.", "unable to deliver message to the following recipients, ", "delivery to the following recipients has been delayed",
	},
	read: readWindowsSMTP,
}

var windowsSMTPList = listing{begin: []string{"following recipients failed.", "to the following recipients, ", "following recipients has been delayed"}}

func readWindowsSMTP(m *Mail) (Report, bool) {
	if !containsFold(m.Text, "automatically generated delivery status notification") {
		return Report{}, false
	}
	failures := windowsSMTPList.read(m.Text)
	why := ""
	for paragraph := range paragraphs(m.Text) {
		if hasAnyFold(paragraph, windowsSMTPList.begin) {
			why = paragraph
			break
		}
	}
	for i := range failures {
		failures[i].said(why)
		failures[i].Hint = hintOf(failures[i].Diagnostic, windowsSMTPSayings)
	}
	return settle(m, failures)
}

// windowsSMTPSayings are the service's own words.
var windowsSMTPSayings = []saying{
	{"maximum allowed times", codebook.RoutingLoop, codebook.Permanent},
	{"unable to connect successfully", codebook.ConnectionFailed, codebook.Temporary},
	{"unable to be connected", codebook.ConnectionFailed, codebook.Temporary},
}
