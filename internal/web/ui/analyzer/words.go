package analyzer

// word is a run of letters and digits, in lower case, and where it stands.
type word struct {
	text       string
	start, end int
}

// maxWord bounds a word; longer runs are encoded data, which no needle is in.
const maxWord = 80

// wordsOf cuts a text into words. Where quoted-printable breaks a line ("=" at its
// end, RFC 2045 section 6.7), the word goes on.
func wordsOf(b []byte) []word {
	var words []word
	for i := 0; i < len(b); {
		if !isWordByte(b[i]) {
			i++
			continue
		}
		start, end := i, i
		var text []byte
		for i < len(b) {
			if n := softBreak(b[i:]); n > 0 && i+n < len(b) && isWordByte(b[i+n]) {
				i += n
				continue
			}
			if !isWordByte(b[i]) {
				break
			}
			if len(text) < maxWord {
				text = append(text, lowerByte(b[i]))
			}
			i++
			end = i
		}
		words = append(words, word{string(text), start, end})
	}
	return words
}

// softBreak returns the length of a soft line break at the front of b, 0 if there
// is none.
func softBreak(b []byte) int {
	switch {
	case len(b) > 1 && b[0] == '=' && b[1] == '\n':
		return 2
	case len(b) > 2 && b[0] == '=' && b[1] == '\r' && b[2] == '\n':
		return 3
	}
	return 0
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// Bounds of a search: how many words of a needle are compared, how many of its
// places are marked, and how many are tried.
const (
	maxCompared = 120
	maxPlaces   = 50
	maxTried    = 2000
)

// find returns the byte ranges in which the needle's words stand one after the
// other, whatever separates them.
func find(hay []word, places map[string][]int, needle []word) [][2]int {
	if len(needle) == 0 {
		return nil
	}
	needle = needle[:min(len(needle), maxCompared)]
	rare := 0
	for i, w := range needle {
		if len(places[w.text]) < len(places[needle[rare].text]) {
			rare = i
		}
	}
	var found [][2]int
	tried := places[needle[rare].text]
	for _, at := range tried[:min(len(tried), maxTried)] {
		first := at - rare
		if first < 0 || first+len(needle) > len(hay) || !same(hay[first:], needle) {
			continue
		}
		if found = append(found, [2]int{hay[first].start, hay[first+len(needle)-1].end}); len(found) == maxPlaces {
			break
		}
	}
	return found
}

func same(hay, needle []word) bool {
	for i := range needle {
		if hay[i].text != needle[i].text {
			return false
		}
	}
	return true
}
