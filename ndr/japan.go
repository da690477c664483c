package ndr

// kddi reads the reports of au and the provider network of KDDI: three
// lines, when, to whom and why.
var kddi = listedAs("kddi", listing{
	begin: []string{"could not be delivered to"},
}, "could not be delivered to: <", "your mail sent on: ", "your mail attempted to be sent on")

// biglobe reads NEC Biglobe: the recipients below "The following addresses had
// delivery problems", the reason below "Non-delivered information".
var biglobe = listedAs("biglobe", listing{
	begin:  []string{"addresses had delivery problem"},
	skip:   []string{"non-delivered information", "-----"},
	shared: true,
	loose:  true,
}, "non-delivered information", "biglobe.ne.jp>")

// mFilter reads Digital Arts m-FILTER: the recipient alone on a line, then
// "-------server message", the reply, and "-------original message" or
// "-------original mail info".
var mFilter = listedAs("mfilter", listing{
	end:   []string{"-------original"},
	skip:  []string{"-------server message"},
	loose: true,
}, "-server message", "\nx-mailer: m-filter", "-original mail info")

// activeHunter reads TransWARE Active!hunter: sendmail's sections, but the
// recipients behind ">>> " and the reply bare in the transcript.
var activeHunter = listedAs("activehunter", listing{
	begin:  []string{"permanent fatal errors"},
	skip:   []string{"-----"},
	shared: true,
	loose:  true,
}, "\nx-ahmailid: ")

// openMail reads HP OpenMail and systems in Japan that keep its form:
// "---The following addresses had delivery errors---", then "address [reason]".
var openMail = listedAs("openmail", listing{
	begin: []string{"following addresses had delivery errors"},
}, "addresses had delivery errors---", "following addresses had delivery error")

// docomo reads NTT DOCOMO and SoftBank where they do not write sendmail's form:
// the recipient in a Japanese sentence or label, the reply below it.
var docomo = listedAs("docomo", listing{
	begin:  []string{"送信できませんでした", "送信に失敗しました", "届けることができませんでした", "配信できませんでした", "配送できませんでした", "お届けできませんでした", "送信することができませんでした"},
	end:    []string{"元のメール", "以下は", "-----"},
	shared: true,
	loose:  true,
}, "送信できませんでした", "送信に失敗しました", "届けることができません", "配信できませんでした", "配送できませんでした", "お届けできません", "送信することができません")
