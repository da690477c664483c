package mailpart

// problemNames are the words for each kind, in the order of the constants.
var problemNames = [...]string{
	"unknown problem",
	"mail too large, end not read",
	"parts nested too deeply",
	"too many parts",
	"header too large",
	"too many header fields",
	"body too large, end not decoded",
	"no header",
	"no blank line after the header",
	"broken header line",
	"unreadable Content-Type",
	"multipart without boundary parameter",
	"boundary differs from the one named",
	"multipart not closed",
	"boundary not found",
	"broken transfer encoding",
	"unknown character set",
	"bytes not valid in their character set",
	"uuencoded attachment skipped",
	"TNEF attachment skipped",
	"multipart not declared as such",
}
