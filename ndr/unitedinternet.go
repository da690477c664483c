package ndr

import "strings"

// unitedInternet reads the reports of the mail system Nemesis of GMX, web.de,
// mail.com, 1&1, IONOS and kundenserver.de: Exim's opening words, then the
// recipient in quotes or bare with a colon, and "SMTP error from remote server
// after RCPT command:" with host and reply on the next lines, or on one line
// "for TEXT command, host: mx.example (192.0.2.1) reason: 550 ...", or the
// system's own words below "For the following reason:".
var unitedInternet = decoder{
	format: "unitedinternet",
	marks: []string{
		"smtp error from remote server after", "smtp error from remote server for", "\nx-ui-out-filterresults: ", "the header of the original message is following",
		"following address\nfailed:", "following address(es)\nfailed:", "for the following reason:\n", "mailer-daemon@gmx.", "mailer-daemon@mail.gmx.", "kundenserver.de",
		"the following addresses failed:\n\n  <",
	},
	read: readUnitedInternet,
}

var unitedInternetList = listing{
	begin: []string{"following address", "following recipient"},
	end:   []string{"the header of the original message", "--- "},
	skip:  []string{"for the following reason"},
	loose: true,
}

func readUnitedInternet(m *Mail) (Report, bool) {
	if !containsFold(m.Text, "created automatically by mail delivery software") {
		return Report{}, false
	}
	failures := unitedInternetList.read(m.Text)
	for i := range failures {
		unitedInternetSaid(&failures[i])
	}
	return settle(m, failures)
}

func unitedInternetSaid(f *Failure) {
	text := f.Diagnostic
	_, told, found := cutFold(text, "error from remote server ")
	if !found {
		return
	}
	if f.Command = commandIn(told[:min(len(told), 40)]); f.Command == "" && hasPrefixFold(told, "for text") {
		f.Command = "end of DATA" // QUIRK: Nemesis calls the message's text a command
	}
	command := f.Command
	_, told, found = cutFold(told, "host")
	if !found {
		return
	}
	told = strings.TrimLeft(told, ": ")
	f.RemoteMTA = hostIn(told)
	if _, reason, found := cutFold(told, "reason:"); found {
		f.said(reason)
	} else if f.RemoteMTA != "" {
		reply := told[len(f.RemoteMTA):]
		if strings.HasPrefix(reply, "[") || strings.HasPrefix(reply, " [") || strings.HasPrefix(reply, " (") {
			reply = reply[strings.IndexAny(reply, "])")+1:]
		}
		f.said(strings.TrimLeft(reply, ": "))
	}
	f.Command = command
}
