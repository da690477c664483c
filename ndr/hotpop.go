package ndr

// hotPOP reads the provider HotPOP: "Undeliverable Address: address" and
// "Reason: words".
var hotPOP = labelledAs("hotpop", labelled{
	recipient: []string{"undeliverable address"},
	reason:    []string{"reason"},
	other:     []string{"system contact"},
}, "undeliverable address:")
