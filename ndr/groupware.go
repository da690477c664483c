package ndr

import "strings"

// groupWise reads Novell GroupWise: the recipients, each with the reason in
// brackets behind it, below "The message that you sent was undeliverable to
// the following:", or the command and the response of the session.
var groupWise = decoder{
	format: "groupwise",
	marks: []string{
		"was undeliverable to the following", "possibly truncated original message", "had the following undeliverable recipient", "\nx-mailer: novell groupwise",
		"\nx-mailer: groupwise",
	},
	read: readGroupWise,
}

var groupWiseList = listing{
	begin: []string{"undeliverable to the following", "undeliverable to:", "following undeliverable recipient"},
	end:   []string{"possibly truncated original message", "original message follows"},
}

func readGroupWise(m *Mail) (Report, bool) {
	failures := groupWiseList.read(m.Text)
	for i := range failures {
		f := &failures[i]
		before, reply, found := cutFold(f.Diagnostic, "response:")
		if !found {
			continue
		}
		f.said(reply)
		f.Command = commandIn(before)
	}
	return settle(m, failures)
}

// mercury reads the Mercury Mail Transport System: the recipients with the
// reasons below "could not be delivered".
var mercury = listedAs("mercury", listing{
	begin: []string{"could not be delivered", "addresses failed", "following recipient", "following address"},
	end:   []string{"the message you sent", "original message"},
}, "mercury mail transport", "mercury/32", "\nx-mailer: mercury", "mercury mta")

// iceWarp reads IceWarp, formerly Merak: "address; originally to address
// (unrecoverable error)" with the session or reply below it.
var iceWarp = decoder{
	format: "icewarp",
	marks:  []string{"(unrecoverable error)", "\nx-mailer: merak", "\nx-mailer: icewarp", "merak mail server", "icewarp mail server"},
	read:   readIceWarp,
}

var iceWarpList = listing{
	begin: []string{"permanent fatal errors", "permanent delivery errors", "following address", "following recipient"},
	end:   []string{"transcript of session", "transcript of the session", "-----"},
}

func readIceWarp(m *Mail) (Report, bool) {
	failures := iceWarpList.read(m.Text)
	for i := range failures {
		f := &failures[i]
		_, origin, found := cutFold(f.Diagnostic, "originally to ")
		if !found {
			continue
		}
		address, _, end := nextAddress(origin, 0)
		if !strings.EqualFold(address, f.Recipient) {
			f.Original = address
		}
		said := strings.TrimLeft(origin[end:], "> ")
		if rest := strings.TrimPrefix(said, "(unrecoverable error)"); strings.TrimSpace(rest) != "" {
			said = rest
		}
		f.said(said)
	}
	return settle(m, failures)
}

// communiGate reads CommuniGate Pro: "Failed to deliver to 'address'" and
// "Delayed delivery to" with what the module says below it: "SMTP module(domain
// example.org) reports: host mx.example.org says: 550 ...".
var communiGate = decoder{
	format: "communigate",
	marks:  []string{"failed to deliver to '", "delivery to '", "module(domain ", "failed to deliver to <"},
	read:   readCommuniGate,
}

func readCommuniGate(m *Mail) (Report, bool) {
	var failures []Failure
	for rest := m.Text[:min(len(m.Text), maxSentences)]; ; {
		_, after, found := cutFold(rest, "deliver to ")
		if !found {
			break
		}
		rest = after
		line := after[:lineEnd(after, 0)]
		address, start, _ := nextAddress(line, 0)
		if address == "" || start > 1 {
			continue
		}
		said := after[len(line):]
		if next := indexFold(said, "deliver to '"); next >= 0 {
			said = said[:max(strings.LastIndexByte(said[:next], '\n'), 0)]
		}
		f := Failure{Recipient: address}
		f.said(firstParagraph(said))
		if _, host, found := cutFold(f.Diagnostic, "host "); found {
			f.RemoteMTA = hostIn(firstWord(host))
		}
		if _, reply, found := cutFold(f.Diagnostic, " says:"); found {
			f.said(reply)
		}
		failures = append(failures, f)
	}
	return settle(m, failures)
}

// surgeMail reads NetWin SurgeMail and DMail, whose text the operator may
// replace: the recipients below words of failure, the reason beside or below.
var surgeMail = listedAs("surgemail", listing{
	begin: []string{"cannot be delivered to the following", "could not be delivered to", "failed to deliver to", "following recipient", "following address"},
	end:   []string{"original message", "-----", "headers of"},
}, "surgemail", "\nx-mailer: surgemail", "\nx-server: surgemail", "\nx-mailer: dmail")

// kerio reads Kerio Connect and Kerio MailServer.
var kerio = listedAs("kerio", listing{
	begin: []string{"could not be delivered", "following recipient", "following address", "failed to deliver"},
	end:   []string{"original message", "-----"},
}, "kerio mailserver", "kerio connect", "\nx-mailer: kerio")

// statusLines reads servers that write one line a recipient, "<address>;
// Failed; 5.1.1 (bad destination mailbox address)", in the words of RFC 3463,
// and the remote reply further in below it.
var statusLines = decoder{
	format: "statuslines",
	marks:  []string{">; failed; ", ">; delayed; ", "smtp diagnostic:"},
	read:   readStatusLines,
}

var statusLinesList = listing{loose: true}

func readStatusLines(m *Mail) (Report, bool) {
	failures := statusLinesList.read(m.Text)
	kept := failures[:0]
	for _, f := range failures {
		word, own, found := strings.Cut(f.Diagnostic, "; ")
		action := actionField(word)
		if !found || action == "" {
			continue
		}
		f.Action = action
		f.said(own)
		if before, reply, found := cutFold(own, "smtp diagnostic:"); found {
			f.said(reply)
			if _, host, found := cutFold(before, "remote mta "); found {
				f.RemoteMTA = hostIn(host)
			}
		}
		kept = append(kept, f)
	}
	return settle(m, kept)
}
