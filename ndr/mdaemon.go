package ndr

import "strings"

// mdaemon reads the reports of MDaemon: "The following addresses did NOT
// receive a copy of your message:", the recipients behind "> ", and the SMTP
// session with "-->" and "<--" between "--- Session Transcript ---" and "---
// End Transcript ---".
var mdaemon = decoder{
	format: "mdaemon",
	marks:  []string{"did not receive a copy of your message", "the attached message had permanent", "the attached message had transient", "--- session transcript", "\nx-mdaemon-deliver-to: "},
	read:   readMDaemon,
}

var mdaemonList = listing{
	begin: []string{"did not receive a copy of your message", "following addresses"},
	end:   []string{"--- session transcript", "--- end transcript"},
}

func readMDaemon(m *Mail) (Report, bool) {
	failures := mdaemonList.read(m.Text)
	_, session, found := cutFold(m.Text, "--- session transcript")
	if found {
		turns := dialogue(session)
		if len(turns) == 0 {
			turns = plainDialogue(session) // up to MDaemon 6 or so
		}
		last := mdaemonWords(session)
		for i := range failures {
			if !failures[i].answered(turns) && failures[i].Diagnostic == "" {
				failures[i].said(last)
			}
		}
	}
	return settle(m, failures)
}

// mdaemonWords gives the last thing that happened in a session without a
// reply: "Socket connection failed", "No DNS records found".
func mdaemonWords(session string) string {
	if i := indexFold(session, "--- end transcript"); i >= 0 {
		session = session[:i]
	}
	last := ""
	for line := range strings.Lines(session) {
		line = strings.TrimSpace(line)
		if line != "" && line != "---" && !strings.HasPrefix(line, "---") {
			last = line
		}
	}
	return last
}
