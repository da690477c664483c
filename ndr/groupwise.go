package ndr

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
