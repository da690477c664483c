package authoring

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says whether a problem keeps the codebook from being used.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Place is a line of a file; Line is 0 where no line can be named.
type Place struct {
	File string
	Line int
}

// String gives "file:line".
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Problem is something wrong in the YAML, and how to mend it.
type Problem struct {
	Place
	Severity Severity
	What     string
	Hint     string
}

// String gives "file:line: what (hint)".
func (p Problem) String() string {
	s := p.Place.String()
	if s != "" {
		s += ": "
	}
	if p.Severity == Warning {
		s += "warning: "
	}
	s += p.What
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// Problems is what [Load] and [Lint] find.
type Problems []Problem

// Errors counts the problems that are errors.
func (ps Problems) Errors() int {
	n := 0
	for _, p := range ps {
		if p.Severity == Error {
			n++
		}
	}
	return n
}

// sort orders by file, line and text and drops repetitions.
func (ps Problems) sort() Problems {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.What, b.What))
	})
	return slices.Compact(ps)
}
