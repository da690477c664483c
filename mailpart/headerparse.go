package mailpart

// headerReader reads the fields of one header. It is the same for the header of a mail, of a part and of a group in a delivery status.
type headerReader struct {
	*lines
	end      int // not beyond this position
	maxBytes int
	room     int     // fields that may still be read
	spans    []span  // grows by what is read
	first    int     // index in spans of this header's first field
	owner    *reader // the mail that the header belongs to; nil if there is none
	part     *Part
}

func (h *headerReader) problem(kind ProblemKind, pos int) {
	if h.part != nil {
		h.part.note(kind, pos)
	}
}

// boundary says whether the delimiter of an open multipart begins at pos.
func (h *headerReader) boundary(pos int) bool {
	if h.owner == nil {
		return false
	}
	_, found := h.owner.delimiterAt(pos)
	return found
}

// step is what a line meant for the header.
type step uint8

const (
	goOn         step = iota
	headerEnds        // the line ended the header: the body begins with the next one
	bodyIsBefore      // the line is the first of the body already
)

// read reads fields from pos and gives the position where the body begins.
func (h *headerReader) read(pos int) (body int) {
	start := pos
	h.first = len(h.spans)
	for pos < h.end {
		end, next := h.next(pos)
		end, next = min(end, h.end), min(next, h.end)
		verdict := goOn
		switch {
		case end == pos:
			return next
		case pos-start > h.maxBytes:
			h.once(HeaderTooLarge, pos)
			if h.boundary(pos) {
				return pos
			}
		case isBlank(h.buf[pos]):
			verdict = h.folded(pos, end, next)
		default:
			verdict = h.field(pos, end, next)
		}
		if verdict == headerEnds {
			return next
		}
		if verdict == bodyIsBefore {
			return pos
		}
		pos = next
	}
	return pos
}

// once notes a problem of a kind that would come again with every line, the first time it is met.
func (h *headerReader) once(kind ProblemKind, pos int) {
	if kind == HeaderTooLarge {
		h.maxBytes = 1<<31 - 1
		h.room = 0
	}
	h.problem(kind, pos)
}

// folded takes a line that begins with a blank.
func (h *headerReader) folded(pos, end, next int) step {
	rest := h.buf[next:h.end]
	if allBlank(h.buf[pos:end]) {
		// A line of blanks only: a fold by RFC 5322 section 4.2 if the header goes on after it, else what was meant to be an empty line.
		if plausibleField(rest) || len(rest) > 1 && isBlank(rest[0]) && !isSpace(rest[1]) {
			return goOn
		}
		return headerEnds
	}
	if h.extend(end) {
		return goOn
	}
	return h.stray(pos, rest)
}

// field takes a line that begins with something else.
func (h *headerReader) field(pos, end, next int) step {
	line := h.buf[pos:end]
	if line[0] == '-' && len(line) > 2 && line[1] == '-' && (h.boundary(pos) || !plausibleField(line)) {
		return h.stop(pos)
	}
	if nameEnd, colon, ok := fieldAt(line); ok {
		h.add(span{uint32(pos), uint32(pos + nameEnd), uint32(pos + colon), uint32(end)})
		return goOn
	}
	if isFromLine(line) {
		return goOn
	}
	// A line that is no field is a fold without its indentation if the header goes on after it, or if it is a parameter ("boundary=...").
	if !plausibleField(h.buf[next:h.end]) && !h.strayParameter(line, next) {
		return h.stop(pos)
	}
	h.problem(HeaderLineBroken, pos)
	h.extend(end)
	return goOn
}

// strayParameter says whether the line is a parameter of the field before it and the last line of the header.
func (h *headerReader) strayParameter(line []byte, next int) bool {
	return len(h.spans) > h.first && assignment(line) && afterEOL(h.buf[:h.end], next) > next
}

// stray takes a folded line before any field: junk if a header follows, else the body.
func (h *headerReader) stray(pos int, rest []byte) step {
	if plausibleField(rest) {
		h.problem(HeaderLineBroken, pos)
		return goOn
	}
	return h.stop(pos)
}

func (h *headerReader) stop(pos int) step {
	if len(h.spans) == h.first {
		h.problem(HeaderMissing, pos)
		return bodyIsBefore
	}
	h.problem(HeaderUnterminated, pos)
	return bodyIsBefore
}

func (h *headerReader) add(s span) {
	if h.room == 0 {
		return
	}
	h.room--
	if h.room == 0 {
		h.problem(TooManyFields, int(s.start))
	}
	h.spans = append(h.spans, s)
}

// extend makes the last field end later.
func (h *headerReader) extend(end int) bool {
	if len(h.spans) == h.first {
		return false
	}
	if h.room > 0 {
		h.spans[len(h.spans)-1].end = uint32(end)
	}
	return true
}

// ParseHeader reads header fields up to the first empty line; rest is what follows that line.
func ParseHeader(raw []byte) (h Header, rest []byte) {
	raw = raw[:min(len(raw), maxBytes)]
	l := newLines(raw)
	r := headerReader{lines: &l, end: len(raw), maxBytes: defaultHeaderBytes, room: defaultHeaderFields}
	body := r.read(0)
	return Header{buf: raw, spans: r.spans}, raw[body:]
}
