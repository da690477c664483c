package ndr

import "strings"

// mailMarshal reads the reports of Trustwave MailMarshal, whose template gives
// the reply between "Could not be delivered because of" and "The following
// recipients were affected:", and the hosts in labelled lines below.
var mailMarshal = decoder{
	format: "mailmarshal",
	marks:  []string{"could not be delivered because of", "recipients were affected", "mailmarshal"},
	read:   readMailMarshal,
}

var mailMarshalList = listing{
	begin: []string{"recipients were affected", "recipient was affected"},
	end:   []string{"additional information", "====", "original sender"},
}

func readMailMarshal(m *Mail) (Report, bool) {
	_, said, found := cutFold(m.Text, "delivered because of")
	if !found {
		return Report{}, false
	}
	if i := indexFold(said, "the following recipient"); i >= 0 {
		said = said[:i]
	}
	failures := mailMarshalList.read(m.Text)
	r, ok := settle(m, failures)
	remote := mailMarshalHost(m.Text, "remote-mta:")
	for i := range failures {
		failures[i].said(strings.TrimSpace(said))
		failures[i].RemoteMTA = remote
	}
	r.ReportingMTA = mailMarshalHost(m.Text, "reporting-mta:")
	return r, ok
}

// mailMarshalHost gives the host or address behind a label.
func mailMarshalHost(text, label string) string {
	_, value, found := cutFold(text, label)
	if !found {
		return ""
	}
	return strings.Trim(value[:lineEnd(value, 0)], " \t<>")
}
