package phrase

import "slices"

// accept records the phrases that end where a stands, n of them from at on.
func (w *walker) accept(a at, at, n uint32) {
	outs := w.set.extras[at : at+n]
	if len(outs) == 0 {
		return
	}
	from := len(w.caps)
	w.capture() // phrases that end together hold the same
	for _, out := range outs {
		if lead := symbol(out >> 32); lead != 0 {
			w.acceptLed(int32(uint32(out)), a, lead)
			continue
		}
		if m := w.place(int32(uint32(out)), a); m != nil {
			m.Start, m.from, m.to = w.byte, int32(from), int32(from+w.depth)
		}
	}
}

// acceptLed records a match with a hole before its first word, if that is there.
func (w *walker) acceptLed(id int32, a at, lead symbol) {
	value, ok := w.leading(lead.holeType())
	if !ok {
		return
	}
	from := len(w.caps)
	w.caps = append(w.caps, filled{int32(lead.name()), value})
	w.capture()
	if m := w.place(id, a); m != nil {
		m.Start, m.from, m.to = value.start, int32(from), int32(len(w.caps))
	}
}

// capture keeps the holes on the way. They are few, and just written: copied
// one by one, they come out of the store buffer.
func (w *walker) capture() {
	for i := range w.depth {
		w.caps = append(w.caps, w.holes[i])
	}
}

// place returns where a match goes that ends at a, nil if the same phrase has
// one from the same word that is as specific. Start and captures are left to be
// set: fields are written where they stay, for the reason told at capture.
func (w *walker) place(id int32, a at) *Match {
	for i := w.first; i < len(w.matches); i++ {
		if m := &w.matches[i]; m.ID == id {
			if int32(a.literal) <= m.Literal {
				return nil
			}
			m.End, m.Literal = int32(a.end), int32(a.literal)
			return m
		}
	}
	n := len(w.matches)
	if n == cap(w.matches) {
		w.matches = slices.Grow(w.matches, n+16)
	}
	w.matches = w.matches[:n+1]
	m := &w.matches[n]
	m.ID, m.End, m.Literal = id, int32(a.end), int32(a.literal)
	return m
}

// leading finds the hole before the first word.
func (w *walker) leading(typ holeType) (span, bool) {
	if w.toks[w.start].has(tagBreak) {
		return span{}, false
	}
	var best span
	for j := w.start - 1; j >= 0 && j >= w.start-maxLeading; j-- {
		next, value, ok := w.fill(typ, j)
		if ok && next == w.start && w.beginsRun(int(value.start)) {
			best = value
		}
		if w.toks[j].has(tagBreak) {
			break
		}
	}
	return best, best.end > 0
}

// maxLeading is how many words back a hole before the first word may begin.
const maxLeading = 12

// beginsRun reports whether a run of non-blank characters begins at byte i.
func (w *walker) beginsRun(i int) bool {
	if i == 0 {
		return true
	}
	switch b := w.text[i-1]; b {
	case '<', '(', '[', '"', '\'', '=', ':', ',', ';', '{', '`':
		return true
	default:
		return isBlank(b)
	}
}
