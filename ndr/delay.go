package ndr

import (
	"strings"

	"github.com/rebound-mail/rebound/event"
)

// goOnWords tell that delivery goes on. Reports of a final failure do not use
// them, but may name the delay itself ("delayed for 5 days").
var goOnWords = []string{
	"will continue to attempt", "will continue to try", "will continue trying", "will keep trying", "will be retried", "will retry", "still being retried",
	"further delivery attempts will", "delivery will continue", "delivery attempts will continue", "will be tried again", "attempts will be made",
	"this is a warning message only", "this is only a warning", "this is just a warning", "warning only", "do not need to resend",
	"no action is required on your part", "not yet been delivered", "transient non-fatal", "is still undelivered", "still awaiting delivery",
	"will try to deliver", "continue attempting",
}

// goOnSubjects, in a subject, tell the same.
var goOnSubjects = []string{"warning: ", "warning--could not send", "delayed mail", "delivery delayed", "message delayed", "delay)", "transient delivery", "delivery warning"}

// actionOf says whether a report tells of a delay or of a failure. Words that
// end all hope outweigh those of a delay, for some warn of both.
func actionOf(m *Mail) event.Action {
	text := strings.ToLower(m.Text[:min(len(m.Text), maxMarkText)])
	switch {
	case givingUp.in(text):
		return event.Failed
	case goingOn.in(text), containsAny(strings.ToLower(m.Subject), goOnSubjects):
		return event.Delayed
	}
	return event.Failed
}

// givingUp and goingOn tell a final failure from a delay.
var (
	givingUp = newWordSet(finalWords)
	goingOn  = newWordSet(goOnWords, genericDelayWords)
)

var finalWords = []string{
	"no further delivery attempts will", "no further attempts will", "will not continue", "no more attempts", "has given up", "i've given up", "not going to try again",
	"permanent error", "permanent fatal", "permanent failure", "failed permanently", "removed from the mail queue",
}

// mayReport says whether anything but the text speaks for a report: its sender,
// subject or another field. People quote reports, forward them, and write lists
// of recipients of their own.
//
// A report to the owners of a list has the list's fields too, which the
// generic reader takes for a sign against it; a known form outweighs them.
func mayReport(m *Mail) bool {
	weight := reportWeight(m)
	return weight >= 2 || weight+listWeight(m) >= 4
}

// settle makes a report of what a decoder found, with the same action for all
// where the decoder did not tell; false if it found nothing or the mail is no
// report.
func settle(m *Mail, failures []Failure) (Report, bool) {
	if len(failures) == 0 || !mayReport(m) {
		return Report{}, false
	}
	action := actionOf(m)
	for i := range failures {
		if failures[i].Action == "" {
			failures[i].Action = action
		}
	}
	return Report{Failures: failures}, true
}

// listedAs makes a decoder for reports that are nothing but a list.
func listedAs(format string, l listing, marks ...string) decoder {
	return decoder{format: format, marks: marks, read: func(m *Mail) (Report, bool) {
		failures := l.read(m.Text)
		for i := range failures {
			failures[i].prefixed()
		}
		return settle(m, failures)
	}}
}

// labelledAs makes a decoder for reports that are nothing but labelled lines.
func labelledAs(format string, l labelled, marks ...string) decoder {
	return decoder{format: format, marks: marks, read: func(m *Mail) (Report, bool) {
		failures := l.read(m.Text)
		for i := range failures {
			failures[i].prefixed()
		}
		return settle(m, failures)
	}}
}
