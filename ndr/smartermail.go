package ndr

// smarterMail reads SmarterTools SmarterMail and its kin: "Failed Recipient:
// address" and "Reason: Remote host said: 550 ...".
var smarterMail = labelledAs("smartermail", labelled{
	recipient: []string{"failed recipient", "delayed recipient"},
	reason:    []string{"reason"},
	end:       []string{"the header and top", "-- the message header"},
}, "failed recipient:", "delayed recipient:", "deliver message to the following recipient(s)")
