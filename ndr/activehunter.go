package ndr

// activeHunter reads TransWARE Active!hunter: sendmail's sections, but the
// recipients behind ">>> " and the reply bare in the transcript.
var activeHunter = listedAs("activehunter", listing{
	begin:  []string{"permanent fatal errors"},
	skip:   []string{"-----"},
	shared: true,
	loose:  true,
}, "\nx-ahmailid: ")
