package ndr

// workMail reads Amazon WorkMail, which writes the fields of a delivery report
// into the text below "Technical report:".
var workMail = decoder{
	format: "workmail",
	marks:  []string{"technical report:", "\nx-mailer: amazon workmail", "an error occurred while trying to deliver the mail"},
	read:   readWorkMail,
}

func readWorkMail(m *Mail) (Report, bool) {
	_, report, found := cutFold(m.Text, "technical report:")
	if !found {
		failures := workMailList.read(m.Text)
		return settle(m, failures)
	}
	r, ok := fieldsInText(report)
	return r, ok && mayReport(m)
}

var workMailList = listing{begin: []string{"to the following recipient"}, end: []string{"technical report"}}
