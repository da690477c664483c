package mdn

import (
	"strings"
	"sync"
)

// wordSet is a set of tables of words, a bit each.
type wordSet uint16

const (
	bounceSubjectSet wordSet = 1 << iota
	maybeSubjectSet
	challengeSubjectSet
	bounceWordSet
	absenceSet
	thanksSet
	challengeNameSet
	heldSet
	actSet
	notChallengeSet
)

// matcher finds the words of many tables in one pass over a folded text. Words match where a word of the text begins, or anywhere if they begin
// with a letter outside of ASCII (Chinese and Japanese part no words).
type matcher struct {
	begins [1 << 16 / 64]uint64 // a bit for each hash of three bytes that words begin with
	words  map[[3]byte][]entry
}

type entry struct {
	word string
	sets wordSet
}

// words is made when it is first needed and never changes.
var words = sync.OnceValue(func() *matcher {
	m := &matcher{words: make(map[[3]byte][]entry)}
	m.add(bounceSubjectSet, bounceSubjects)
	m.add(maybeSubjectSet, maybeSubjects)
	m.add(challengeSubjectSet, challengeSubjects)
	m.add(bounceWordSet, bounceWords)
	m.add(absenceSet, absenceWords)
	m.add(thanksSet, thanksWords)
	m.add(challengeNameSet, challengeNames)
	m.add(heldSet, heldWords)
	m.add(actSet, actWords)
	m.add(notChallengeSet, notChallengeWords)
	return m
})

func (m *matcher) add(set wordSet, table []string) {
	for _, word := range table {
		key := [3]byte([]byte(word[:3]))
		h := hash(word)
		m.begins[h/64] |= 1 << (h % 64)
		m.words[key] = append(m.words[key], entry{word, set})
	}
}

// hash takes the first three bytes.
func hash(s string) uint16 {
	return uint16((uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16) * 2654435761 >> 16)
}

// find gives the tables of which a word stands in the text.
func (m *matcher) find(text string) wordSet {
	var found wordSet
	inWord := false
	for i := 0; i+3 <= len(text); i++ {
		c := text[i]
		begins := !inWord || c >= 0x80
		inWord = 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !begins {
			continue
		}
		if h := hash(text[i:]); m.begins[h/64]&(1<<(h%64)) == 0 {
			continue
		}
		for _, e := range m.words[[3]byte([]byte(text[i:i+3]))] {
			if found&e.sets == 0 && strings.HasPrefix(text[i:], e.word) {
				found |= e.sets
			}
		}
	}
	return found
}
