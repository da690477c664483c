package mailpart

// Blocks gives the groups of header fields in the body of a message/delivery-status (RFC 3464 section 2.1), message/feedback-report (RFC 5965
// section 3), message/disposition-notification (RFC 8098 section 3) or whatever else has that shape; nil for parts that have children.
func (p *Part) Blocks() []Header {
	if len(p.Children) > 0 {
		return nil
	}
	store, missing := p.todo(blocksDone)
	if missing {
		blocks, whole := parseBlocks(p.Content())
		if !whole {
			p.note(TooManyFields, len(p.Content()))
		}
		charset := p.nearbyCharset()
		for i := range blocks {
			blocks[i].charset = charset
		}
		store.blocks = blocks
	}
	return store.blocks
}

// nearbyCharset gives the character set of the part or, as delivery reports have none, of the text beside it: the same system wrote both.
func (p *Part) nearbyCharset() string {
	if p.Charset != "" || p.Parent == nil {
		return p.Charset
	}
	for _, sibling := range p.Parent.Children {
		if sibling.Charset != "" {
			return sibling.Charset
		}
	}
	return ""
}

// ParseBlocks reads groups of header fields separated by lines that are empty or blank. A line that is no field continues the field before
// it, also over an empty line if it is indented: so systems break long diagnostic texts. Lines before the first field are left out.
//
// At most 1,048,576 fields are read.
func ParseBlocks(raw []byte) []Header {
	blocks, _ := parseBlocks(raw)
	return blocks
}

const maxBlockFields = 1 << 20

func parseBlocks(raw []byte) (blocks []Header, whole bool) {
	raw = raw[:min(len(raw), maxBytes)]
	r := blockReader{lines: newLines(raw)}
	pos := 0
	r.spans = make([]span, 0, min(16, 1+len(raw)/16))
	for pos < len(raw) && len(r.spans) < maxBlockFields {
		end, next := r.next(pos)
		r.line(pos, end)
		pos = next
	}
	return r.headers(), pos >= len(raw)
}

type blockReader struct {
	lines
	spans  []span
	starts []int // index of the first span of each block
	gap    bool  // an empty line was met after the last field
}

func (r *blockReader) line(pos, end int) {
	line := r.buf[pos:end]
	if allBlank(line) {
		r.gap = true
		return
	}
	if isBlank(line[0]) {
		r.extend(end)
		r.gap = false
		return
	}
	nameEnd, colon, ok := fieldAt(line)
	if !ok || !plausibleField(line) {
		// After an empty line, what is neither field nor indented belongs to nothing.
		if !r.gap {
			r.extend(end)
		}
		return
	}
	if r.gap || len(r.starts) == 0 {
		r.starts = append(r.starts, len(r.spans))
	}
	r.gap = false
	r.spans = append(r.spans, span{uint32(pos), uint32(pos + nameEnd), uint32(pos + colon), uint32(end)})
}

func (r *blockReader) extend(end int) {
	if len(r.spans) > 0 {
		r.spans[len(r.spans)-1].end = uint32(end)
	}
}

func (r *blockReader) headers() []Header {
	if len(r.starts) == 0 {
		return nil
	}
	headers := make([]Header, len(r.starts))
	for i, start := range r.starts {
		end := len(r.spans)
		if i+1 < len(r.starts) {
			end = r.starts[i+1]
		}
		headers[i] = Header{buf: r.buf, spans: r.spans[start:end:end]}
	}
	return headers
}
