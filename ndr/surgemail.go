package ndr

// surgeMail reads NetWin SurgeMail and DMail, whose text the operator may
// replace: the recipients below words of failure, the reason beside or below.
var surgeMail = listedAs("surgemail", listing{
	begin: []string{"cannot be delivered to the following", "could not be delivered to", "failed to deliver to", "following recipient", "following address"},
	end:   []string{"original message", "-----", "headers of"},
}, "surgemail", "\nx-mailer: surgemail", "\nx-server: surgemail", "\nx-mailer: dmail")
