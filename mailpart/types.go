package mailpart

// Limits bound the memory and time that one mail may take. A zero field stands for its default, a negative one for none of it.
type Limits struct {
	Bytes        int // bytes of the mail that are read; default 1 GiB (an absolute bound too)
	Depth        int // levels of parts within parts; default 128
	Parts        int // parts altogether; default 10,000
	HeaderBytes  int // bytes of one header; default 4 MiB
	HeaderFields int // header fields altogether; default 100,000
	TextBytes    int // bytes of one body that Text, Content and Blocks decode; default 32 MiB
}

const (
	maxBytes            = 1 << 30
	defaultDepth        = 128
	defaultParts        = 10_000
	defaultHeaderBytes  = 4 << 20
	defaultHeaderFields = 100_000
	defaultTextBytes    = 32 << 20
)

// Part is one MIME entity: the mail itself or a part of it. Its slices point into the mail that was parsed, which must not change while they
// are in use; strings are copies. The methods keep what they decoded, so a Part is for one goroutine at a time.
type Part struct {
	Header    Header
	MediaType string   // lower case, "type/subtype"; the default of RFC 2045 section 5.2 or RFC 2046 section 5.1.5 where none can be read
	Charset   string   // charset parameter in lower case, "" if there is none
	Encoding  Encoding // Content-Transfer-Encoding
	Raw       []byte   // header and body as they stand
	Body      []byte   // body as it stands, transfer encoding not undone
	Preamble  []byte   // multipart only: what stands before the first boundary
	Epilogue  []byte   // multipart only: what stands after the last boundary
	Children  []*Part  // see the package comment
	Parent    *Part    // nil for the mail itself
	Problems  []Problem

	textBytes int // Limits.TextBytes
	lazy      *lazy
}

// lazy holds what was decoded because somebody asked for it.
type lazy struct {
	content []byte
	text    string
	plain   string
	blocks  []Header
	done    progress
}

// progress says which values of lazy are made.
type progress uint8

const (
	contentDone progress = 1 << iota
	textDone
	plainDone
	blocksDone
)

// todo gives the part's store and says whether a value has yet to be made, noting that it will be.
func (p *Part) todo(value progress) (store *lazy, missing bool) {
	if p.lazy == nil {
		p.lazy = new(lazy)
	}
	missing = p.lazy.done&value == 0
	p.lazy.done |= value
	return p.lazy, missing
}

// Encoding is a Content-Transfer-Encoding (RFC 2045 section 6).
type Encoding uint8

const (
	EncodingUnknown Encoding = iota // an encoding that is not one of these: the body is taken as it stands
	Identity                        // 7bit, 8bit, binary or none given
	Base64                          // base64
	QuotedPrintable                 // quoted-printable
	UUEncode                        // x-uuencode and its kin: recognised, not decoded
)

// Problem is one deviation from the standards that was met and survived.
type Problem struct {
	Kind   ProblemKind
	Offset int // byte offset in the mail where it was noticed; in a part whose encoding had to be undone first, in the decoded bytes
}

// ProblemKind says what was wrong.
type ProblemKind uint8

const (
	ProblemUnknown      ProblemKind = iota // the zero value: no problem of this list
	TooLarge                               // longer than Limits.Bytes: the rest was not read
	TooDeep                                // nested deeper than Limits.Depth: the part was not opened
	TooManyParts                           // more parts than Limits.Parts: the rest is the epilogue of the last multipart
	HeaderTooLarge                         // header longer than Limits.HeaderBytes: the rest of it was skipped
	TooManyFields                          // more header fields than Limits.HeaderFields: the rest was skipped
	TextTooLarge                           // a body longer than Limits.TextBytes: its end was not decoded
	HeaderMissing                          // the mail or part begins without any header field
	HeaderUnterminated                     // the body begins without the blank line that ends the header
	HeaderLineBroken                       // a line in the header that is neither a field nor a folded line
	ContentTypeBroken                      // the Content-Type could not be read; the default applies
	BoundaryMissing                        // a multipart without a boundary parameter
	BoundaryWrong                          // the boundary named never occurs; another one was found and used
	BoundaryUnclosed                       // no closing boundary
	BoundaryNotFound                       // no boundary at all: the multipart has no parts, its text is the preamble
	EncodingBroken                         // errors in base64 or quoted-printable, or an unknown transfer encoding
	CharsetUnknown                         // a character set that is not known: guessed
	CharsetBroken                          // bytes that are not valid in the character set named: replaced or guessed
	UUEncodedSkipped                       // a uuencoded attachment stood in the text and was left out
	TNEFSkipped                            // a TNEF body (winmail.dat), which is not read
	MultipartUndeclared                    // a body that is plainly a multipart although its Content-Type says nothing
)

// String gives the problem in words.
func (k ProblemKind) String() string {
	if int(k) < len(problemNames) {
		return problemNames[k]
	}
	return problemNames[ProblemUnknown]
}

// String names the kind of the problem.
func (p Problem) String() string { return p.Kind.String() }
