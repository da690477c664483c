package ndr

// kerio reads Kerio Connect and Kerio MailServer.
var kerio = listedAs("kerio", listing{
	begin: []string{"could not be delivered", "following recipient", "following address", "failed to deliver"},
	end:   []string{"original message", "-----"},
}, "kerio mailserver", "kerio connect", "\nx-mailer: kerio")
