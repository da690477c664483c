package codebook

import "fmt"

// RecordError says which record keeps a codebook from being built.
type RecordError struct {
	Kind  Kind
	ID    string
	Field string // as in the YAML, such as "words.1"; may be empty
	Err   error  // for words a *phrase.SyntaxError where the pattern is wrong
}

// Error names the record, the field and what is wrong.
func (e *RecordError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("codebook: %s %q: %v", e.Kind, e.ID, e.Err)
	}
	return fmt.Sprintf("codebook: %s %q: %s: %v", e.Kind, e.ID, e.Field, e.Err)
}

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }

// Kind names a kind of record.
type Kind string

// The kinds of records.
const (
	KindCode     Kind = "code"
	KindReason   Kind = "reason"
	KindProvider Kind = "provider"
	KindPhrase   Kind = "phrase"
	KindSource   Kind = "source"
	KindSet      Kind = "set"
)
