package ndr

// biglobe reads NEC Biglobe: the recipients below "The following addresses had
// delivery problems", the reason below "Non-delivered information".
var biglobe = listedAs("biglobe", listing{
	begin:  []string{"addresses had delivery problem"},
	skip:   []string{"non-delivered information", "-----"},
	shared: true,
	loose:  true,
}, "non-delivered information", "biglobe.ne.jp>")
