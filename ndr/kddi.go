package ndr

// kddi reads the reports of au and the provider network of KDDI: three
// lines, when, to whom and why.
var kddi = listedAs("kddi", listing{
	begin: []string{"could not be delivered to"},
}, "could not be delivered to: <", "your mail sent on: ", "your mail attempted to be sent on")
