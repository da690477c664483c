package ndr

// symantecCloud reads MessageLabs, later Symantec and Broadcom Email
// Security.cloud: the recipients below one sentence, "Reason:" with the reply
// for all of them, and what identifies the message.
var symantecCloud = listedAs("messagelabs", listing{
	begin:  []string{"unable to deliver your message to the following", "not able to deliver your message to the following"},
	end:    []string{"the message subject was", "the message date was", "please do not reply", "--- "},
	shared: true,
	loose:  true,
}, "mail delivery agent at symantec", "mail delivery agent at messagelabs", "i was unable to deliver your message to the following addresses:")
