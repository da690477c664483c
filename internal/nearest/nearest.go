// Package nearest finds the word that was perhaps meant where an unknown one was
// written: a setting, a field, a reason with a typing error in it.
package nearest

// maxWord is how long words are that are compared, in bytes: the work grows with
// the square of it.
const maxWord = 100

// To returns the known word nearest to got, or "" if none is near enough to be
// what was meant. Of several that are equally near it is the first.
func To(got string, known []string) string {
	best, least := "", len(got)/3+2
	for _, word := range known {
		// A word of which no letter stands where it should resembles nothing.
		if d := Distance(got, word); d < least && d < max(len(word), 2) {
			best, least = word, d
		}
	}
	return best
}

// Distance counts the typing errors between two words: bytes wrong, missing, too
// many, or neighbours exchanged (the optimal string alignment distance). Of words
// that are too long to be typed it is their length.
func Distance(a, b string) int {
	if max(len(a), len(b)) > maxWord {
		return max(len(a), len(b))
	}
	// Three rows of the table are enough: that of a's byte, and the two before.
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above, row = above, row, before
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := above[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, above[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
