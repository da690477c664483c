package authoring

import (
	"fmt"
	"os"
	"slices"

	"github.com/rebound-mail/rebound/codebook"
)

// StandsAlone reports whether the book explains all reasons, so that it needs
// no codebook underneath.
func (b *Book) StandsAlone() bool {
	for _, r := range codebook.Reasons() {
		if !slices.ContainsFunc(b.Reasons, func(e Entry[codebook.ReasonInfo]) bool { return e.Value.ID == r }) {
			return false
		}
	}
	return true
}

// Examples counts the examples and near misses.
func (b *Book) Examples() int {
	n := 0
	for _, e := range b.Phrases {
		n += len(e.Value.Match) + len(e.Value.Miss)
	}
	return n
}

// Overlay builds a codebook from the built-in one and the folder dir upon it.
// The problems are everything lint finds in the folder; with an error among
// them there is no codebook.
func Overlay(dir string) (*codebook.Codebook, Problems, error) {
	book, problems, err := Load(os.DirFS(dir))
	if err != nil {
		return nil, nil, err
	}
	if len(book.Files) == 0 {
		return nil, nil, fmt.Errorf("authoring: %s holds no .yaml files", dir)
	}
	l := newLinter(book, codebook.Default().Records())
	l.run(checks())
	problems = append(problems, l.problems...).sort()
	if problems.Errors() > 0 {
		return nil, problems, nil
	}
	return l.compiled, problems, nil
}
