package ndr

// table lists the decoders in the order in which they are asked: those that
// know their reports by surer signs, and those whose reports imitate others,
// before the rest.
var table = [...]decoder{
	exim,
	qmail,
}
