package phrase

// longestFunctionWord is the length of the longest word in isFunctionWord.
const longestFunctionWord = 5

// isFunctionWord reports whether text[start:end] is an English word that only
// joins others. In "mailbox of Lee is full" the mailbox is not called "of". In
// brackets or quotes it is somebody's name after all.
func (w *walker) isFunctionWord(start, end int) bool {
	if end-start > longestFunctionWord {
		return false
	}
	if start > 0 {
		switch w.text[start-1] {
		case '<', '"', '\'', '[', '(', '`':
			return false
		}
	}
	var buf [longestFunctionWord]byte
	word := buf[:end-start]
	for i := range word {
		word[i] = w.text[start+i] | 0x20
	}
	switch string(word) {
	case "a", "an", "the", "this", "that", "these", "those", "your", "our", "their", "its", "his", "her", "my",
		"of", "for", "to", "in", "on", "at", "by", "with", "from", "as", "into", "per",
		"and", "or", "but", "if", "than", "then", "so", "when", "while", "which", "who", "whose",
		"is", "are", "was", "were", "be", "been", "being", "am", "has", "have", "had", "does", "do", "did",
		"can", "could", "may", "might", "will", "would", "shall", "must",
		"not", "no", "nor", "here", "there", "it", "you", "we", "they":
		return true
	}
	return false
}
