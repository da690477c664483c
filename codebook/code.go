package codebook

import (
	"slices"

	"github.com/rebound-mail/rebound/smtpcode"
)

// codeIndex finds codes by number, without allocation.
type codeIndex struct {
	byID    map[string]*Code
	replies [600]*Code
	exact   map[smtpcode.Status]*Code
	both    map[[2]uint16]*Code // X.subject.detail
}

func indexCodes(codes []Code) codeIndex {
	ix := codeIndex{
		byID:  make(map[string]*Code, len(codes)),
		exact: make(map[smtpcode.Status]*Code, len(codes)),
		both:  make(map[[2]uint16]*Code, len(codes)),
	}
	for i := range codes {
		c := &codes[i]
		id := canonical(c.Code)
		ix.byID[id] = c
		if reply, err := smtpcode.ParseCode(id); err == nil {
			ix.replies[reply] = c
		} else if s, ok := bothClasses(id); ok {
			ix.both[[2]uint16{s.Subject, s.Detail}] = c
		}
	}
	for i := range codes {
		if s, err := smtpcode.ParseStatus(codes[i].Code); err == nil {
			c := inherit(&codes[i], ix.both[[2]uint16{s.Subject, s.Detail}])
			ix.byID[c.Code], ix.exact[s] = c, c
		}
	}
	return ix
}

// bothClasses reads x.2.2.
func bothClasses(id string) (smtpcode.Status, bool) {
	if id == "" || id[0] != 'x' {
		return smtpcode.Status{}, false
	}
	s, err := smtpcode.ParseStatus("5" + id[1:])
	return s, err == nil
}

// inherit fills what an enhanced code of one class leaves unsaid from the
// record for both classes. Meanings of both stand, its own first.
func inherit(own, both *Code) *Code {
	if both == nil {
		return own
	}
	c := *own
	c.Standing = either(c.Standing, both.Standing)
	c.Title = either(c.Title, both.Title)
	c.Strength = either(c.Strength, both.Strength)
	c.Why = either(c.Why, both.Why)
	if c.Reason == "" {
		c.Reason, c.Lasting = both.Reason, either(c.Lasting, both.Lasting)
	}
	c.Basic = eitherList(c.Basic, both.Basic)
	c.Related = eitherList(c.Related, both.Related)
	c.Remedy = eitherList(c.Remedy, both.Remedy)
	c.Examples = eitherList(c.Examples, both.Examples)
	c.Meanings = slices.Clone(c.Meanings)
	for _, m := range both.Meanings {
		if !slices.Contains(c.Meanings, m) {
			c.Meanings = append(c.Meanings, m)
		}
	}
	return &c
}

func either[T ~string](a, b T) T {
	if a != "" {
		return a
	}
	return b
}

func eitherList[T any](a, b []T) []T {
	if len(a) > 0 {
		return a
	}
	return b
}

// Code returns the record of a code as it is written: "550", "5.1.1", "X.2.2",
// "5xx", "5.x.x". Letters may have either case. Nothing is inferred: for 4.2.2
// without a record of its own see [Codebook.Status].
func (c *Codebook) Code(id string) (*Code, bool) {
	code, ok := c.codes.byID[canonical(id)]
	return code, ok
}

// ReplyCode returns the record of a reply code, nil if there is none.
func (c *Codebook) ReplyCode(code smtpcode.Code) *Code {
	if int(code) >= len(c.codes.replies) {
		return nil
	}
	return c.codes.replies[code]
}

// Status returns the record of an enhanced status code: its own, with what it
// leaves unsaid taken from the one for both classes, else the latter (X.2.2),
// else nil.
func (c *Codebook) Status(s smtpcode.Status) *Code {
	if own, ok := c.codes.exact[s]; ok {
		return own
	}
	if s.IsZero() {
		return nil
	}
	return c.codes.both[[2]uint16{s.Subject, s.Detail}]
}
