package ndr

// docomo reads NTT DOCOMO and SoftBank where they do not write sendmail's form:
// the recipient in a Japanese sentence or label, the reply below it.
var docomo = listedAs("docomo", listing{
	begin:  []string{"送信できませんでした", "送信に失敗しました", "届けることができませんでした", "配信できませんでした", "配送できませんでした", "お届けできませんでした", "送信することができませんでした"},
	end:    []string{"元のメール", "以下は", "-----"},
	shared: true,
	loose:  true,
}, "送信できませんでした", "送信に失敗しました", "届けることができません", "配信できませんでした", "配送できませんでした", "お届けできません", "送信することができません")
