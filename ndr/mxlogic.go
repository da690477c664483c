package ndr

// mxLogic reads the reports of MX Logic, later McAfee SaaS: Exim's opening
// words, the recipient in angle brackets with the reply behind it, and the
// header of the message behind a line of dashes.
var mxLogic = listedAs("mxlogic", listing{
	begin: []string{"following address failed", "following addresses failed", "following address(es) failed"},
	end:   []string{"included is a copy of", "-----"},
}, "\nx-mx-bounce: ", "\nx-mxl-notehash: ", "included is a copy of the message header")

// mcAfee reads the gateway McAfee Email Gateway: "<address>   (reply)", below
// "--- The following addresses had delivery problems ---". Biglobe and others
// in Japan use the same opening words with the reason in a section of its own.
var mcAfee = listedAs("mcafee", listing{
	begin:  []string{"following addresses had delivery problem", "following address had delivery problem"},
	skip:   []string{"-----"},
	shared: true,
	loose:  true,
}, "addresses had delivery problem", "address had delivery problem")

// webShield reads McAfee WebShield, of old an "e-mail service" on a proxy:
// "<address>: words. [SMTP Error Code 550]".
var webShield = listedAs("webshield", listing{
	begin: []string{"failed recipients"},
	end:   []string{"returned mail", "------"},
}, "failed recipients ---", "[smtp error code ")
