package ndr

import "strings"

// yahoo reads the reports of Yahoo and its sisters: "Sorry, we were unable to
// deliver your message to the following address." or, of old, "Message from
// yahoo.example. Unable to deliver message to the following address(es).", then
// "<address>:" with the reply below it and the session's state in brackets
// behind it; or, where mail was accepted before, "I wasn't able to deliver the
// following message" with only the original To.
var yahoo = decoder{
	format: "yahoo",
	marks: []string{
		"we were unable to deliver your message to the following", "unable to deliver message to the following address",
		"able to deliver the following message", "\nx-pq-received: ",
	},
	read: readYahoo,
}

var yahooList = listing{
	begin: []string{"unable to deliver your message to the following", "unable to deliver message to the following"},
	loose: true,
}

func readYahoo(m *Mail) (Report, bool) {
	failures := yahooList.read(m.Text)
	for i := range failures {
		yahooSaid(&failures[i])
	}
	if len(failures) == 0 {
		failures = yahooQueued(m.Text)
	}
	return Report{Failures: failures}, len(failures) > 0 && mayReport(m)
}

// yahooSaid takes the reply out of "Remote host said: 550 ... [RCPT_TO]".
func yahooSaid(f *Failure) {
	text := f.Diagnostic
	if open := strings.LastIndexByte(text, '['); open >= 0 && strings.HasSuffix(text, "]") {
		state := strings.ReplaceAll(text[open+1:len(text)-1], "_", " ")
		if f.Command = yahooCommand(state); f.Command != "" {
			text = strings.TrimSpace(text[:open])
		}
	}
	if _, reply, found := cutFold(text, "remote host said:"); found {
		text = reply
	}
	command := f.Command
	f.said(text)
	f.Command = command
}

// yahooCommand names the command of a state of Yahoo's delivery program.
func yahooCommand(state string) string {
	switch strings.ToUpper(state) {
	case "RCPT TO", "MAIL FROM", "DATA", "EHLO", "HELO":
		return strings.ToUpper(state)
	case "BODY", "DATA END", "EOM":
		return "end of DATA"
	case "CONNECT", "BANNER", "WELCOME":
		return "CONNECT"
	}
	return ""
}

// yahooQueued reads the form that names no reason.
func yahooQueued(text string) []Failure {
	_, after, found := cutFold(text, "able to deliver the following message")
	if !found {
		return nil
	}
	c := cursor{text: after}
	for line, ok := c.next(); ok; line, ok = c.next() {
		if label, value := cutLabel(line); strings.EqualFold(label, "to") {
			list := addresses(clip(value))
			if len(list) != 1 { // which of several failed is not said
				return nil
			}
			f := Failure{Recipient: list[0]}
			f.said(unfold(text[:len(text)-len(c.rest())]))
			return []Failure{f}
		}
	}
	return nil
}
