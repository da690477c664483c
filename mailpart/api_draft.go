package mailpart

import "iter"

// DRAFT: signatures, replaced within minutes by the working code.

// Parse reads a mail. It never returns nil.
func Parse(raw []byte, lim Limits) *Part { return &Part{MediaType: "text/plain", Raw: raw, Body: raw} }

// ParseHeader reads header fields up to the first blank line; rest is what follows it.
func ParseHeader(raw []byte) (h Header, rest []byte) { return Header{}, raw }

// ParseBlocks reads groups of header fields separated by blank lines.
func ParseBlocks(raw []byte) []Header { return nil }

// Header is an ordered list of fields. The zero value has none.
type Header struct{ fields []Field }

// Field is one header field.
type Field struct{ name, value []byte }

// Name gives the name as it stands.
func (f Field) Name() string { return string(f.name) }

// Is compares the name without regard to case.
func (f Field) Is(name string) bool { return false }

// Raw gives the value as it stands, line folds included.
func (f Field) Raw() string { return string(f.value) }

// Unfolded gives the value with folds made one blank, valid UTF-8, encoded words left alone.
func (f Field) Unfolded() string { return string(f.value) }

// Text gives the value unfolded and RFC 2047 decoded.
func (f Field) Text() string { return string(f.value) }

// Get gives the Text of the first field of that name, "" if there is none.
func (h Header) Get(name string) string { return "" }

// Unfolded gives Field.Unfolded of the first field of that name.
func (h Header) Unfolded(name string) string { return "" }

// Raw gives the first field of that name as it stands.
func (h Header) Raw(name string) string { return "" }

// Values gives the Text of every field of that name.
func (h Header) Values(name string) []string { return nil }

// Has says whether there is a field of that name.
func (h Header) Has(name string) bool { return false }

// Len gives the number of fields.
func (h Header) Len() int { return len(h.fields) }

// All gives the fields in order.
func (h Header) All() iter.Seq[Field] { return func(yield func(Field) bool) {} }

// All gives the part, its children and theirs, in the order of the mail.
func (p *Part) All() iter.Seq[*Part] { return func(yield func(*Part) bool) { yield(p) } }

// Walk calls visit for the part and, where it returns true, for its children.
func (p *Part) Walk(visit func(*Part) bool) {}

// Find gives the first part of that media type outside of returned messages, nil if there is none.
func (p *Part) Find(mediaType string) *Part { return nil }

// Param gives a parameter of Content-Type, RFC 2231 decoded.
func (p *Part) Param(name string) string { return "" }

// FileName gives the name of an attachment, from Content-Disposition or Content-Type.
func (p *Part) FileName() string { return "" }

// IsText says whether the part is text for people: text/*, not an attachment with binary content.
func (p *Part) IsText() bool { return true }

// IsMultipart says whether the media type is multipart/*.
func (p *Part) IsMultipart() bool { return false }

// IsMessage says whether the part encloses a message or its header (message/rfc822, text/rfc822-headers and the like).
func (p *Part) IsMessage() bool { return false }

// Content gives the body with the transfer encoding undone.
func (p *Part) Content() []byte { return p.Body }

// Text gives the body as valid UTF-8 with \n line ends.
func (p *Part) Text() string { return string(p.Body) }

// Plain gives Text, reduced to its text if it is HTML.
func (p *Part) Plain() string { return string(p.Body) }

// Blocks gives the groups of header fields in the body.
func (p *Part) Blocks() []Header { return nil }

// HTMLText reduces HTML to its text.
func HTMLText(html string) string { return html }

// DecodeWords decodes RFC 2047 encoded words.
func DecodeWords(s string) string { return s }
