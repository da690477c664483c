package ndr

// mFilter reads Digital Arts m-FILTER: the recipient alone on a line, then
// "-------server message", the reply, and "-------original message" or
// "-------original mail info".
var mFilter = listedAs("mfilter", listing{
	end:   []string{"-------original"},
	skip:  []string{"-------server message"},
	loose: true,
}, "-server message", "\nx-mailer: m-filter", "-original mail info")
