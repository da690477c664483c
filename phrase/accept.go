package phrase

// accept records the outputs of a node.
func (w *walker) accept(a at, head uint32) {
	from := a.node + pairsAt(head>>headWords&0xffff) + 2*(head>>headHoles&0xff)
	outs := w.set.nodes[from : from+2*(head>>headOuts)]
	for i := 0; i < len(outs); i += 2 {
		start := int(w.toks[w.start].start)
		lead := symbol(outs[i+1])
		var value span
		if lead != 0 {
			var ok bool
			if value, ok = w.leading(lead.holeType()); !ok {
				continue
			}
			start = value.start
		}
		w.record(int32(outs[i]), start, a, lead, value)
	}
}

// leading finds the hole before the first word.
func (w *walker) leading(typ holeType) (span, bool) {
	if w.toks[w.start].brk {
		return span{}, false
	}
	var best span
	for j := w.start - 1; j >= 0 && j >= w.start-maxLeading; j-- {
		next, value, ok := w.fill(typ, j)
		if ok && next == w.start && w.beginsRun(value.start) {
			best = value
		}
		if w.toks[j].brk {
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

// record adds a match, or betters the one that the same phrase has from the
// same word.
func (w *walker) record(id int32, start int, a at, lead symbol, value span) {
	for i := w.first; i < len(w.matches); i++ {
		if w.matches[i].ID != id {
			continue
		}
		if int32(a.literal) > w.matches[i].Literal {
			w.fillMatch(&w.matches[i], id, start, a, lead, value)
		}
		return
	}
	w.matches = append(w.matches, Match{})
	w.fillMatch(&w.matches[len(w.matches)-1], id, start, a, lead, value)
}

func (w *walker) fillMatch(m *Match, id int32, start int, a at, lead symbol, value span) {
	m.ID, m.Start, m.End, m.Literal = id, int32(start), int32(a.end), int32(a.literal)
	m.from = int32(len(w.caps))
	if lead != 0 {
		w.caps = append(w.caps, filled{int32(lead.name()), value})
	}
	if w.depth > 0 {
		w.caps = append(w.caps, w.holes[:w.depth]...)
	}
	m.to = int32(len(w.caps))
}
