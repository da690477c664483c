package ndr

// mercury reads the Mercury Mail Transport System: the recipients with the
// reasons below "could not be delivered".
var mercury = listedAs("mercury", listing{
	begin: []string{"could not be delivered", "addresses failed", "following recipient", "following address"},
	end:   []string{"the message you sent", "original message"},
}, "mercury mail transport", "mercury/32", "\nx-mailer: mercury", "mercury mta")
