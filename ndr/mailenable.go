package ndr

// mailEnable reads MailEnable: "Recipient: [SMTP:address]" and "Reason: words",
// behind "Message could not be delivered to some recipients."
var mailEnable = labelledAs("mailenable", labelled{
	recipient: []string{"recipient"},
	reason:    []string{"reason"},
	end:       []string{"message headers follow"},
}, "mailenable", "following recipient(s) could not be reached:\n\n\trecipient:")
