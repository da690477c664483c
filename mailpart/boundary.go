package mailpart

import "bytes"

// multipart reads the parts of p from pos, up to the delimiter that ends p itself.
func (r *reader) multipart(p *Part, pos, depth int) delimiter {
	named := p.boundary()
	if named == nil && !p.noted(MultipartUndeclared) {
		p.note(BoundaryMissing, pos)
	}
	level := len(r.open)
	d, found := r.firstDelimiter(p, named, pos)
	if !found {
		p.note(BoundaryNotFound, pos)
		return d
	}
	p.Preamble = r.buf[pos:max(pos, beforeEOL(r.buf, pos, d.start))]
	for d.level == level {
		if d.closing {
			return r.epilogue(p, level, d.next, depth)
		}
		if r.parts <= 0 {
			p.note(TooManyParts, d.start)
			return r.epilogue(p, level, d.start, depth)
		}
		d = r.child(p, d.next, depth)
	}
	p.note(BoundaryUnclosed, d.start)
	r.open = r.open[:level]
	return d
}

func (r *reader) child(p *Part, pos, depth int) delimiter {
	mediaType := "text/plain"
	if p.MediaType == "multipart/digest" { // RFC 2046 section 5.1.5
		mediaType = "message/rfc822"
	}
	child := r.newPart(p, mediaType)
	p.Children = append(p.Children, child)
	return r.entity(child, pos, pos, depth+1)
}

// firstDelimiter opens the multipart: it finds the first line of its boundary or, where that does not occur, of a boundary that does.
func (r *reader) firstDelimiter(p *Part, named []byte, pos int) (d delimiter, found bool) {
	level := len(r.open)
	if named != nil {
		r.open = append(r.open, named)
		if d = r.nextDelimiter(pos); d.level == level {
			return d, true
		}
		r.open = r.open[:level]
	} else {
		d = r.nextDelimiter(pos)
	}
	guess := r.guessBoundary(pos, d.start)
	if guess == nil {
		return d, false
	}
	if named != nil {
		p.note(BoundaryWrong, pos)
	}
	r.open = append(r.open, guess)
	return r.nextDelimiter(pos), true
}

// undeclared reads a body without Content-Type, which may be a multipart all the same (its header lost or damaged on the way): one that
// begins with a boundary, or with a line about MIME and a boundary. A boundary further down belongs to a message quoted in the text.
func (r *reader) undeclared(p *Part, pos, depth int) delimiter {
	const look = 4096 // bytes in which the first boundary must come
	guess := []byte(nil)
	if depth < r.lim.Depth && r.parts > 0 {
		guess = r.guessBoundary(pos, min(pos+look, len(r.buf)))
	}
	if guess == nil || !isPreamble(r.buf[pos:]) {
		return r.nextDelimiter(pos)
	}
	for _, boundary := range r.open {
		if bytes.Equal(boundary, guess) {
			return r.nextDelimiter(pos)
		}
	}
	p.note(MultipartUndeclared, pos)
	p.MediaType = "multipart/mixed"
	return r.multipart(p, pos, depth)
}

// isPreamble says whether a body begins with nothing, or with words that old mail programs show in place of a multipart, and a boundary.
func isPreamble(body []byte) bool {
	const longest = 400
	body = body[:min(len(body), longest)]
	i := 0
	for i < len(body) && !(bytes.HasPrefix(body[i:], []byte("--")) && (i == 0 || body[i-1] == '\n' || body[i-1] == '\r')) {
		i++
	}
	text := bytes.TrimSpace(body[:i])
	return i < len(body) && (len(text) == 0 || bytes.Contains(text, []byte("MIME")))
}

// epilogue closes the multipart and reads what follows its last boundary. If more parts follow, their multipart was closed too early.
func (r *reader) epilogue(p *Part, level, pos, depth int) delimiter {
	boundary := r.open[level]
	r.open = r.open[:level]
	again := r.parts > 0
	for _, outer := range r.open {
		again = again && !bytes.Equal(outer, boundary)
	}
	if again {
		r.open = append(r.open, boundary)
	}
	d := r.nextDelimiter(pos)
	for d.level == level {
		if !d.closing && r.parts > 0 {
			d = r.child(p, d.next, depth)
			continue
		}
		pos = d.next
		d = r.nextDelimiter(pos)
	}
	r.open = r.open[:level]
	p.Epilogue = r.buf[pos:max(pos, beforeEOL(r.buf, pos, d.start))]
	return d
}

// nextDelimiter finds the first line at or after pos that is a delimiter of an open multipart.
func (r *reader) nextDelimiter(pos int) delimiter {
	if len(r.open) == 0 {
		return delimiter{start: len(r.buf), next: len(r.buf), level: -1}
	}
	for pos < len(r.buf) {
		i := bytes.Index(r.buf[pos:], []byte("--"))
		if i < 0 {
			break
		}
		pos += i
		if pos == 0 || r.buf[pos-1] == '\n' || r.buf[pos-1] == '\r' {
			if d, found := r.delimiterAt(pos); found {
				return d
			}
		}
		for pos < len(r.buf) && r.buf[pos] == '-' {
			pos++
		}
	}
	return delimiter{start: len(r.buf), next: len(r.buf), level: -1}
}

// delimiterAt compares the line at pos with the open boundaries, innermost first: where a multipart within another uses the same boundary,
// the inner one is meant until it is closed.
func (r *reader) delimiterAt(pos int) (delimiter, bool) {
	if !bytes.HasPrefix(r.buf[pos:], []byte("--")) {
		return delimiter{}, false
	}
	rest := r.buf[pos+2:]
	for level := len(r.open) - 1; level >= 0; level-- {
		boundary := r.open[level]
		if !bytes.HasPrefix(rest, boundary) {
			continue
		}
		after := pos + 2 + len(boundary)
		if next, ok := lineEndsAt(r.buf, after); ok {
			return delimiter{start: pos, next: next, level: level}, true
		}
		if !bytes.HasPrefix(r.buf[after:], []byte("--")) {
			continue
		}
		if next, ok := lineEndsAt(r.buf, after+2); ok {
			return delimiter{start: pos, next: next, level: level, closing: true}, true
		}
	}
	return delimiter{}, false
}

// lineEndsAt says whether nothing but blanks (RFC 2046 section 5.1.1, transport padding) follows on the line, and where the next begins.
func lineEndsAt(buf []byte, pos int) (next int, ok bool) {
	const padding = 1000
	pos = skipBlank(buf[:min(len(buf), pos+padding)], pos)
	if pos >= len(buf) {
		return len(buf), true
	}
	next = afterEOL(buf, pos)
	return next, next > pos
}

// guessBoundary finds a line from pos to end that looks like the boundary before a part: two hyphens, a word, and on the next line a
// Content- field; nil if there is none.
func (r *reader) guessBoundary(pos, end int) []byte {
	if end-pos > r.rescan {
		return nil
	}
	r.rescan -= end - pos
	for pos < end {
		i := bytes.Index(r.buf[pos:end], []byte("--"))
		if i < 0 {
			return nil
		}
		pos += i
		if pos == 0 || r.buf[pos-1] == '\n' || r.buf[pos-1] == '\r' {
			if guess := boundaryLike(r.buf[pos+2 : end]); guess != nil {
				return guess
			}
		}
		for pos < end && r.buf[pos] == '-' {
			pos++
		}
	}
	return nil
}

// boundaryLike reads a boundary that is followed by a Content- field.
func boundaryLike(b []byte) []byte {
	const longest = 200 // RFC 2046 allows 70; some use more
	i := 0
	for i < len(b) && i < longest && b[i] > ' ' && b[i] < 0x7f {
		i++
	}
	next, ok := lineEndsAt(b, i)
	if !ok || i == 0 || len(bytes.Trim(b[:i], "-")) == 0 || !hasPrefixFold(b[next:], "content-") || !plausibleField(b[next:]) {
		return nil
	}
	return b[:i]
}
