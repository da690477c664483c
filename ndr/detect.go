package ndr

const (
	minMark     = 7        // shortest mark, which is also how far the scan may skip
	maxMarkText = 8 << 10  // marks are looked for in that many bytes of the text
	maxMarkHead = 16 << 10 // and in that many bytes of the header
	maxDecoders = 128
)

// decoderSet is a set of indexes into the table.
type decoderSet [maxDecoders / 64]uint64

func (s *decoderSet) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s *decoderSet) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

// markFinder finds many marks in one pass over a text, skipping most bytes of
// it (Wu and Manber, "A fast algorithm for multi-pattern searching", 1994,
// with blocks of two bytes). Case does not count.
type markFinder struct {
	always decoderSet // decoders without marks
	marks  []mark
	shift  [64 * 64]uint8 // how far a block lets the scan skip
	first  [64 * 64]uint16
}

// mark is one mark; next chains those that share a block, one higher than its
// index, 0 ends the chain.
type mark struct {
	text    string
	decoder int
	next    uint16
}

func newMarkFinder(decoders []decoder) *markFinder {
	f := new(markFinder)
	for i := range f.shift {
		f.shift[i] = minMark - 1
	}
	for i := range decoders {
		if len(decoders[i].marks) == 0 {
			f.always.add(i)
		}
		for _, text := range decoders[i].marks {
			f.add(text, i)
		}
	}
	return f
}

func (f *markFinder) add(text string, decoder int) {
	for end := 1; end < minMark; end++ {
		b := block(text[end-1], text[end])
		f.shift[b] = min(f.shift[b], uint8(minMark-1-end))
	}
	last := block(text[minMark-2], text[minMark-1])
	f.marks = append(f.marks, mark{text: text, decoder: decoder, next: f.first[last]})
	f.first[last] = uint16(len(f.marks))
}

// scan adds the decoders whose marks occur in text.
func scan[T string | []byte](f *markFinder, text T, found *decoderSet) {
	for i := minMark - 1; i < len(text); {
		b := block(text[i-1], text[i])
		if skip := f.shift[b]; skip > 0 {
			i += int(skip)
			continue
		}
		for n := f.first[b]; n > 0; n = f.marks[n-1].next {
			if m := &f.marks[n-1]; !found.has(m.decoder) && startsWithMark(text[i-minMark+1:], m.text) {
				found.add(m.decoder)
			}
		}
		i++
	}
}

// startsWithMark compares without regard to case, nor to what ends lines.
func startsWithMark[T string | []byte](text T, mark string) bool {
	if len(text) < len(mark) {
		return false
	}
	for i := range len(mark) {
		if c := lower(text[i]); c != mark[i] && (c != '\r' || mark[i] != '\n') {
			return false
		}
	}
	return true
}

// block gives the number of two bytes, each reduced to 64 kinds.
func block(a, b byte) int { return int(kindOf[a])<<6 | int(kindOf[b]) }

// kindOf reduces bytes to 64 kinds, the two cases of a letter to one.
var kindOf = makeKinds()

func makeKinds() (kinds [256]uint8) {
	for i := range kinds {
		c := byte(i)
		switch {
		case 'a' <= c && c <= 'z':
			kinds[i] = c - 'a' + 1
		case 'A' <= c && c <= 'Z':
			kinds[i] = c - 'A' + 1
		case c == '\n', c == '\r':
			kinds[i] = 27
		case c < 0x80:
			kinds[i] = 28 + c%20
		default:
			kinds[i] = 48 + c%16
		}
	}
	return kinds
}
