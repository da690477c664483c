package analyzer

import (
	"fmt"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/internal/explain"
)

// listing is a report as it arrived, with the evidence marked.
type listing struct {
	Lines  []line
	Cut    int // bytes that are not shown
	Marked int // places
}

// line is one line, in pieces.
type line struct {
	Pieces []piece
	Marked bool
	Rest   string // what is said of the part of a long line that is left out
}

// piece is a part of a line; Mark says what it is evidence of, "" for none.
type piece struct {
	Text string
	Mark mark
}

// mark says what a place in a report is evidence of.
type mark string

// The marks, weakest first: where two overlap, the later one shows.
const (
	markNone      mark = ""
	markSaid      mark = "what the server said"
	markRecipient mark = "the recipient"
	markCode      mark = "the code"
	markDecided   mark = "the words that decided"
)

// Bounds of a listing.
const (
	shownBytes = 96 << 10
	shownLines = 1500
	shownLine  = 2000
	maxNeedles = 160
)

// needle is something to be marked.
type needle struct {
	text string
	mark mark
}

// needlesOf collects what an event was read from.
func needlesOf(e *explain.Explanation) []needle {
	var out []needle
	add := func(text string, m mark) {
		if text != "" {
			out = append(out, needle{text, m})
		}
	}
	ev := e.Event
	add(ev.Diagnostic, markSaid)
	add(ev.Recipient, markRecipient)
	add(ev.OriginalRecipient, markRecipient)
	add(ev.Status.String(), markCode)
	if ev.ReplyCode != 0 && !ev.Status.IsZero() {
		add(ev.ReplyCode.String()+" "+ev.Status.String(), markCode)
	}
	if e.Trace != nil {
		for _, step := range e.Trace.Steps {
			if step.Won {
				add(step.Text, markDecided)
			}
		}
	}
	return out
}

// newListing cuts a report into lines and marks the needles in it. It returns nil
// for what is no text.
func newListing(body []byte, needles []needle) *listing {
	if !isText(body) {
		return nil
	}
	shown := body[:min(len(body), shownBytes)]
	marks := markUp(shown, needles[:min(len(needles), maxNeedles)])
	l := &listing{}
	start := 0
	for start < len(shown) && len(l.Lines) < shownLines {
		end, next := lineEnd(shown, start)
		l.add(shown[start:end], marks[start:end])
		start = next
	}
	l.Cut = len(body) - start
	return l
}

// lineEnd finds the end of the line at start, and where the next one begins.
func lineEnd(b []byte, start int) (end, next int) {
	for i := start; i < len(b); i++ {
		switch {
		case b[i] == '\n':
			return i, i + 1
		case b[i] == '\r' && i+1 < len(b) && b[i+1] == '\n':
			return i, i + 2
		}
	}
	return len(b), len(b)
}

// add adds a line.
func (l *listing) add(text []byte, marks []byte) {
	var out line
	if len(text) > shownLine {
		cut := shownLine
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		out.Rest = fmt.Sprintf("… [%d more bytes in this line]", len(text)-cut)
		text, marks = text[:cut], marks[:cut]
	}
	for i := 0; i < len(text); {
		j := i + 1
		for j < len(text) && marks[j] == marks[i] {
			j++
		}
		if blank := indentation(text[:j]); i == 0 && marks[0] > 0 && blank > 0 { // a line that was folded: that is no evidence
			out.Pieces = append(out.Pieces, piece{string(text[:blank]), markNone})
			if i = blank; i == j {
				continue
			}
		}
		m := markOf(marks[i])
		if m != markNone {
			l.Marked++
			out.Marked = true
		}
		out.Pieces = append(out.Pieces, piece{string(text[i:j]), m})
		i = j
	}
	l.Lines = append(l.Lines, out)
}

// indentation counts the blanks at the front of a text.
func indentation(text []byte) int {
	n := 0
	for n < len(text) && (text[n] == ' ' || text[n] == '\t') {
		n++
	}
	return n
}

// ranked lists the marks by weight.
func ranked() [5]mark {
	return [5]mark{markNone, markSaid, markRecipient, markCode, markDecided}
}

func markOf(rank byte) mark { return ranked()[rank] }

func rankOf(m mark) byte {
	for i, r := range ranked() {
		if r == m {
			return byte(i)
		}
	}
	return 0
}

// markUp gives each byte of b the rank of its mark.
func markUp(b []byte, needles []needle) []byte {
	marks := make([]byte, len(b))
	hay := wordsOf(b)
	places := map[string][]int{}
	for i, w := range hay {
		places[w.text] = append(places[w.text], i)
	}
	done := map[needle]bool{}
	for _, n := range needles {
		if done[n] {
			continue
		}
		done[n] = true
		for _, at := range find(hay, places, wordsOf([]byte(n.text))) {
			for i := at[0]; i < at[1]; i++ {
				marks[i] = max(marks[i], rankOf(n.mark))
			}
		}
	}
	return marks
}
