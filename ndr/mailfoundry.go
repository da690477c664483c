package ndr

// mailFoundry reads the appliance MailFoundry: "Unable to deliver message to:
// <address>", then "Delivery failed for the following reason:" and the server's
// reply.
var mailFoundry = listedAs("mailfoundry", listing{
	begin: []string{"unable to deliver message to:"},
	end:   []string{"this has been a"},
	skip:  []string{"delivery failed for the following reason"},
}, "unable to deliver message to: <", "delivery failed for the following reason")
