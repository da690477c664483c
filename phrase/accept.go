package phrase

// accept records the phrases that end where a stands, n of them from at on.
func (w *walker) accept(a at, at, n uint32) {
	m := Match{Start: w.byte, End: int32(a.end), Literal: int32(a.literal), from: int32(len(w.caps)), to: int32(len(w.caps) + w.depth)}
	if w.depth > 0 {
		w.caps = append(w.caps, w.holes[:w.depth]...)
	}
	for _, out := range w.set.extras[at : at+n] {
		m.ID = int32(uint32(out))
		if lead := symbol(out >> 32); lead != 0 {
			w.acceptLed(m, lead)
			continue
		}
		w.record(m)
	}
}

// acceptLed records a match with a hole before its first word, if that is there.
func (w *walker) acceptLed(m Match, lead symbol) {
	value, ok := w.leading(lead.holeType())
	if !ok {
		return
	}
	m.Start, m.from = value.start, int32(len(w.caps))
	w.caps = append(w.caps, filled{int32(lead.name()), value})
	w.caps = append(w.caps, w.holes[:w.depth]...)
	m.to = int32(len(w.caps))
	w.record(m)
}

// record adds a match, unless the same phrase has one from the same word that is
// as specific.
func (w *walker) record(m Match) {
	for i := w.first; i < len(w.matches); i++ {
		if w.matches[i].ID != m.ID {
			continue
		}
		if m.Literal > w.matches[i].Literal {
			w.matches[i] = m
		}
		return
	}
	w.matches = append(w.matches, m)
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
