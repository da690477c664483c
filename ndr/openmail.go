package ndr

// openMail reads HP OpenMail and systems in Japan that keep its form:
// "---The following addresses had delivery errors---", then "address [reason]".
var openMail = listedAs("openmail", listing{
	begin: []string{"following addresses had delivery errors"},
}, "addresses had delivery errors---", "following addresses had delivery error")
