package ndr

// mailRu reads Mail.ru where it leaves out the English copy, which follows
// Exim: the same list below Russian words.
var mailRu = listedAs("mailru", listing{
	begin: []string{"не может быть доставлено", "не было доставлено", "не доставлено", "не удалось доставить"},
	end:   []string{"рекомендуем", "*****", "-----"},
}, "не может быть доставлено", "не удалось доставить", "не доставлено", "не было доставлено")
