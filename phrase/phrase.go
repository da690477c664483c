package phrase

// Pattern is one way to say a phrase. Several patterns may share an ID.
type Pattern struct {
	ID    int    // what a Match reports; >= 0, chosen by the caller
	Words string // the pattern
}

// Match is one occurrence of a phrase in a text.
type Match struct {
	ID         int32
	Start, End int32 // byte range in the text, holes at the ends included
	Literal    int32 // length in bytes of the words matched literally: how specific the match is
	from, to   int32 // its captures in the Scratch
}

// Capture is the text in a hole.
type Capture struct {
	Name  string // "ip", "dnsbl", ...
	Value string // a substring of the text
}
