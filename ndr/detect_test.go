package ndr

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestFinderFindsWhatContainsFinds compares with strings.Contains.
func TestFinderFindsWhatContainsFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SampledFrom([]rune("abcé\n "))
		words := rapid.SliceOfN(rapid.StringOfN(letters, 3, 12, -1), 1, 20).Draw(t, "words")
		text := rapid.StringOf(letters).Draw(t, "text")
		words = slices.Compact(slices.Sorted(slices.Values(words)))
		ids := make([]int, len(words))
		for i := range ids {
			ids[i] = i
		}
		found := make([]bool, len(words))
		scan(newFinder(words, ids), strings.ToUpper(strings.ReplaceAll(text, "é", "e"))+"\r"+text, func(id int) bool {
			found[id] = true
			return true
		})
		all := strings.ToLower(strings.ReplaceAll(text, "é", "e")) + "\n" + text
		for i, w := range words {
			if want := strings.Contains(all, w); found[i] != want {
				t.Fatalf("%q in %q: %v, want %v", w, all, found[i], want)
			}
		}
	})
}

func TestIndexFoldIsIndexOfLowerCase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SampledFrom([]rune("abAB(z "))
		s := rapid.StringOf(letters).Draw(t, "s")
		word := strings.ToLower(rapid.StringOfN(letters, 1, 4, -1).Draw(t, "word"))
		if got, want := indexFold(s, word), strings.Index(strings.ToLower(s), word); got != want {
			t.Fatalf("%q in %q: %d, want %d", word, s, got, want)
		}
	})
}
