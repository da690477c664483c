package mailpart

import (
	"bytes"
	"iter"
)

// Parse reads a mail. It never returns nil and never panics. The result points into raw.
func Parse(raw []byte, lim Limits) *Part {
	lim = lim.withDefaults()
	tooLarge := len(raw) > lim.Bytes
	raw = raw[:min(len(raw), lim.Bytes)]
	r := &reader{
		lim: lim, buf: raw, lines: newLines(raw), parts: lim.Parts, fields: lim.HeaderFields,
		decodable: len(raw), rescan: 4 * len(raw),
		spans: make([]span, 0, min(72, 1+len(raw)/32)),
		slab:  make([]Part, 0, 5),
	}
	root := r.newPart(nil, "text/plain")
	if tooLarge {
		root.note(TooLarge, len(raw))
	}
	r.message(root, 0, 0)
	return root
}

// reader goes through a mail once, from front to back. Multiparts that are open stand on a stack, so that every byte is looked at once
// however deep the nesting.
type reader struct {
	lim       Limits
	buf       []byte
	lines     lines
	open      [][]byte // boundaries of the multiparts around the position, outermost first
	parts     int      // parts that may still be made
	fields    int      // header fields that may still be read
	decodable int      // bytes that may still be decoded to look into encoded messages
	rescan    int      // bytes that may still be looked at twice to find a boundary that is not the one named
	spans     []span   // where fields go
	slab      []Part   // where parts go
}

// delimiter is a boundary line, or the end of the mail.
type delimiter struct {
	start, next int  // where the line begins, and the line after it
	level       int  // index of the multipart in reader.open; -1 at the end of the mail
	closing     bool // the delimiter ends the multipart
}

func (l Limits) withDefaults() Limits {
	limit := func(value, otherwise int) int {
		if value == 0 {
			return otherwise
		}
		return max(value, 0)
	}
	return Limits{
		Bytes:        min(limit(l.Bytes, maxBytes), maxBytes),
		Depth:        limit(l.Depth, defaultDepth),
		Parts:        limit(l.Parts, defaultParts),
		HeaderBytes:  limit(l.HeaderBytes, defaultHeaderBytes),
		HeaderFields: limit(l.HeaderFields, defaultHeaderFields),
		TextBytes:    limit(l.TextBytes, defaultTextBytes),
	}
}

func (r *reader) newPart(parent *Part, mediaType string) *Part {
	if len(r.slab) == cap(r.slab) {
		r.slab = make([]Part, 0, min(max(4, 2*cap(r.slab)), 64))
	}
	r.slab = append(r.slab, Part{MediaType: mediaType, Parent: parent, textBytes: r.lim.TextBytes})
	r.parts--
	return &r.slab[len(r.slab)-1]
}

func (p *Part) note(kind ProblemKind, offset int) {
	const enough = 64 // a mail broken in every line is no better described by a problem a line
	if len(p.Problems) < enough {
		p.Problems = append(p.Problems, Problem{kind, offset})
	}
}

// message reads a mail that begins at pos, possibly after empty lines and an mbox From line, up to the next delimiter.
func (r *reader) message(p *Part, pos, depth int) delimiter {
	start := pos
	if bytes.HasPrefix(r.buf[pos:], []byte("\xef\xbb\xbf")) { // QUIRK: a byte order mark, from mails saved by Windows editors
		pos += 3
	}
	for {
		blank := skipBlank(r.buf, pos)
		next := afterEOL(r.buf, blank)
		if next == blank {
			break
		}
		pos = next
	}
	return r.entity(p, start, pos, depth)
}

// entity reads a header at pos and its body. The entity as a whole begins at start.
func (r *reader) entity(p *Part, start, pos, depth int) delimiter {
	body := r.header(p, pos, len(r.buf))
	p.describe()
	d := r.body(p, body, depth)
	end := max(beforeEOL(r.buf, body, d.start), body)
	if d.level < 0 {
		end = d.start
	}
	p.Raw, p.Body = r.buf[start:end:end], r.buf[body:end:end]
	r.openEncoded(p, depth)
	if p.Charset == "" && p.IsMultipart() && len(p.Children) > 0 {
		p.Header.charset = p.Children[0].Header.charset
	}
	return d
}

func (r *reader) header(p *Part, pos, end int) (body int) {
	h := headerReader{lines: &r.lines, end: end, maxBytes: r.lim.HeaderBytes, room: r.fields, spans: r.spans, owner: r, part: p}
	body = h.read(pos)
	if p.Parent != nil && p.Parent.IsMultipart() && p.noted(HeaderUnterminated) && !describesContent(h.spans[h.first:], r.buf) {
		// The part has no header: its first lines only look like fields ("Error: ...").
		h.spans = h.spans[:h.first]
		body = pos
	}
	r.fields -= len(h.spans) - h.first
	r.spans = h.spans
	p.Header = Header{buf: r.buf, spans: h.spans[h.first:len(h.spans):len(h.spans)]}
	return body
}

func (p *Part) noted(kind ProblemKind) bool {
	for _, problem := range p.Problems {
		if problem.Kind == kind {
			return true
		}
	}
	return false
}

func describesContent(spans []span, buf []byte) bool {
	for _, s := range spans {
		if hasPrefixFold(buf[s.start:s.nameEnd], "content-") {
			return true
		}
	}
	return false
}

// body reads what follows a header, up to the delimiter that ends it.
func (r *reader) body(p *Part, pos, depth int) delimiter {
	composite := p.IsMultipart() || p.IsMessage()
	if composite && depth >= r.lim.Depth {
		p.note(TooDeep, pos)
		return r.nextDelimiter(pos)
	}
	switch {
	case p.IsMultipart():
		return r.multipart(p, pos, depth)
	case p.IsMessage() && r.parts > 0 && (p.Encoding == Identity || p.Encoding == EncodingUnknown || plausibleField(r.buf[pos:]) && p.Encoding == Base64):
		return r.enclosed(p, pos, depth)
	case !p.Header.Has("Content-Type") || p.noted(ContentTypeBroken):
		return r.undeclared(p, pos, depth)
	}
	return r.nextDelimiter(pos)
}

// enclosed reads the message, or the header of a message, that is the body of p.
func (r *reader) enclosed(p *Part, pos, depth int) delimiter {
	child := r.newPart(p, "text/plain")
	p.Children = []*Part{child}
	if !headersOnly(p.MediaType) {
		return r.message(child, pos, depth+1)
	}
	d := r.nextDelimiter(pos)
	r.returnedHeader(child, pos, d.start)
	return d
}

// returnedHeader reads a header that stands alone. Its Content-Type describes a body that was not returned, so nothing is opened.
func (r *reader) returnedHeader(p *Part, pos, end int) {
	start := pos
	for pos < end && isSpace(r.buf[pos]) {
		pos++
	}
	body := min(r.header(p, pos, end), end)
	p.describe()
	p.Raw, p.Body = r.buf[start:end:end], r.buf[body:end:end]
}

// openEncoded opens a message whose transfer encoding has to be undone first. RFC 2046 section 5.2.1 forbids such encodings, RFC 6533
// allows them for message/global, and gateways use them at will.
func (r *reader) openEncoded(p *Part, depth int) {
	encoded := p.Encoding == Base64 || p.Encoding == QuotedPrintable
	if !encoded || len(p.Children) > 0 || depth >= r.lim.Depth || r.parts <= 0 || r.decodable < len(p.Body) {
		return
	}
	if !p.IsMessage() && !(p.IsMultipart() && p.noted(BoundaryNotFound)) {
		return
	}
	r.decodable -= len(p.Body)
	content := p.Content()
	inner := &reader{
		lim: r.lim, buf: content, lines: newLines(content), parts: r.parts, fields: r.fields, decodable: r.decodable, rescan: r.rescan,
	}
	if p.IsMessage() {
		inner.enclosed(p, 0, depth)
	} else {
		inner.multipart(p, 0, depth)
	}
	r.parts, r.fields, r.decodable, r.rescan = inner.parts, inner.fields, inner.decodable, inner.rescan
}

// All gives the part, its children and theirs, in the order of the mail.
func (p *Part) All() iter.Seq[*Part] {
	return func(yield func(*Part) bool) { p.all(yield) }
}

func (p *Part) all(yield func(*Part) bool) bool {
	if !yield(p) {
		return false
	}
	for _, child := range p.Children {
		if !child.all(yield) {
			return false
		}
	}
	return true
}

// Walk calls visit for the part and, where it returns true, for its children.
func (p *Part) Walk(visit func(*Part) bool) {
	if !visit(p) {
		return
	}
	for _, child := range p.Children {
		child.Walk(visit)
	}
}

// Find gives the first part of that media type which is not inside a returned message, nil if there is none.
func (p *Part) Find(mediaType string) *Part {
	if p.MediaType == mediaType {
		return p
	}
	if p.IsMessage() {
		return nil
	}
	for _, child := range p.Children {
		if found := child.Find(mediaType); found != nil {
			return found
		}
	}
	return nil
}
