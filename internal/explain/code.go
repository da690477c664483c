package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/smtpcode"
)

// Code is what is known about a code: the reading in force, and every
// source's meaning beside it.
type Code struct {
	Code      string            `json:"code"`
	Record    string            `json:"record"` // the record that speaks for it: X.2.2 for 4.2.2; "" if there is none
	Standing  codebook.Standing `json:"standing"`
	Title     string            `json:"title"`
	Reason    codebook.Reason   `json:"reason"`
	Category  codebook.Category `json:"category"`
	Lasting   codebook.Lasting  `json:"lasting"`
	Strength  codebook.Strength `json:"strength"`
	Why       string            `json:"why"`
	Disagree  bool              `json:"disagree"` // the sources contradict each other
	Meanings  []Meaning         `json:"meanings"`
	Providers []OwnReading      `json:"providers"` // readings of single providers
	Basic     []string          `json:"basic"`
	Related   []string          `json:"related"`
	Remedy    []string          `json:"remedy"`
	Examples  []string          `json:"examples"`
}

// Meaning is what one source says.
type Meaning struct {
	Source   string          `json:"source"`
	Says     string          `json:"says"`
	Label    codebook.Label  `json:"label"`
	Reason   codebook.Reason `json:"reason"`
	Provider string          `json:"provider"`
}

// OwnReading is a provider's own reading of the code.
type OwnReading struct {
	Provider string           `json:"provider"`
	Code     string           `json:"code"`
	Reason   codebook.Reason  `json:"reason"`
	Lasting  codebook.Lasting `json:"lasting"`
	Meaning  string           `json:"meaning"`
	Sources  []string         `json:"sources"`
}

// Codes returns the entry of a code, or of a family and all its members. A
// code that nobody defined gives an entry without a record.
func (x *Explainer) Codes(id string) []Code {
	if p, err := smtpcode.ParsePattern(id); err == nil && IsFamily(id) {
		return x.familyEntries(id, p)
	}
	return []Code{x.Code(id)}
}

// IsFamily reports a code with an open place other than its class.
func IsFamily(id string) bool { return strings.Contains(id[1:], "x") || id == "xxx" }

// Code returns the entry of one code.
func (x *Explainer) Code(id string) Code {
	var c *codebook.Code
	if status, err := smtpcode.ParseStatus(id); err == nil {
		c = x.Book.Status(status)
	} else {
		c, _ = x.Book.Code(id)
	}
	if c == nil {
		return x.undefined(id)
	}
	return x.newEntry(id, c)
}

// undefined returns the entry of a code that no source defines: what is known of
// its subject or class is all there is.
func (x *Explainer) undefined(id string) Code {
	const nobody = "defined by no source known here"
	family, ok := x.Book.Code(id[:1] + "xx")
	if status, err := smtpcode.ParseStatus(id); err == nil {
		family, ok = x.Book.Code(fmt.Sprintf("x.%d.x", status.Subject))
	}
	if !ok {
		return x.newEntry(id, &codebook.Code{Title: nobody, Reason: codebook.Undetermined, Strength: codebook.StrengthNone})
	}
	known := *family
	known.Standing, known.Title = "", nobody+"; "+Written(family.Code)+" is: "+family.Title
	return x.newEntry(id, &known)
}

// newEntry makes the entry of a code out of its record.
func (x *Explainer) newEntry(id string, c *codebook.Code) Code {
	e := Code{
		Code: Written(id), Record: Written(c.Code), Standing: c.Standing, Title: c.Title, Reason: c.Reason, Lasting: lastingOf(id, c),
		Strength: c.Strength, Why: c.Why, Meanings: []Meaning{}, Providers: x.ownReadings(id),
		Basic: list(c.Basic), Related: list(c.Related), Remedy: list(c.Remedy), Examples: list(c.Examples),
	}
	if info, ok := x.Book.Reason(c.Reason); ok {
		e.Category = info.Category
	}
	for _, m := range c.Meanings {
		e.Meanings = append(e.Meanings, Meaning(m))
	}
	e.Disagree = disagree(e.Meanings)
	return e
}

// list is never null in JSON.
func list(items []string) []string {
	if items == nil {
		return []string{}
	}
	return items
}

// Written writes the class of a code for both classes as the registry does.
func Written(id string) string {
	if strings.HasPrefix(id, "x.") {
		return "X" + id[1:]
	}
	return id
}

// familyEntries returns the record of the family itself, if there is one, and
// all members.
func (x *Explainer) familyEntries(id string, p smtpcode.Pattern) []Code {
	var entries []Code
	if c, ok := x.Book.Code(id); ok {
		entries = append(entries, x.newEntry(id, c))
	}
	records := x.Book.Records().Codes
	for i := range records {
		c := &records[i]
		member := strings.ToLower(c.Code)
		if !IsFamily(member) && holds(p, member) {
			entries = append(entries, x.Code(member))
		}
	}
	return entries
}

// holds reports whether a family has a member; a code for both classes is in
// the family of either.
func holds(p smtpcode.Pattern, member string) bool {
	if code, err := smtpcode.ParseCode(member); err == nil {
		return p.Match(code, smtpcode.Status{})
	}
	if member[0] != 'x' {
		status, err := smtpcode.ParseStatus(member)
		return err == nil && p.Match(0, status)
	}
	for _, class := range [...]string{"4", "5"} {
		if status, err := smtpcode.ParseStatus(class + member[1:]); err == nil && p.Match(0, status) {
			return true
		}
	}
	return false
}

// lastingOf says how long a failure with this code lasts by itself.
func lastingOf(id string, c *codebook.Code) codebook.Lasting {
	switch {
	case c.Lasting != "":
		return c.Lasting
	case id[0] == '4':
		return codebook.Temporary
	case id[0] == '5':
		return codebook.Permanent
	}
	return codebook.LastingUnknown
}

// disagree reports whether the sources contradict each other: in what the code
// amounts to, or in hard and soft.
func disagree(meanings []Meaning) bool {
	var reasons []codebook.Reason
	var labels []codebook.Label
	for _, m := range meanings {
		if m.Reason != "" && m.Reason != codebook.Undetermined {
			reasons = append(reasons, m.Reason)
		}
		if m.Label == codebook.LabelHard || m.Label == codebook.LabelSoft {
			labels = append(labels, m.Label)
		}
	}
	slices.Sort(reasons)
	slices.Sort(labels)
	return len(slices.Compact(reasons)) > 1 || len(slices.Compact(labels)) > 1
}

// ownReadings lists the providers that read the code in their own way.
func (x *Explainer) ownReadings(id string) []OwnReading {
	own := []OwnReading{}
	for _, p := range x.Book.Records().Providers {
		for _, c := range p.Codes {
			if slices.ContainsFunc(strings.Fields(strings.ToLower(c.Code)), func(part string) bool { return sameCode(part, id) }) {
				own = append(own, OwnReading{p.ID, c.Code, c.Reason, c.Lasting, c.Meaning, list(c.Sources)})
			}
		}
	}
	return own
}

// sameCode reports whether two codes are the same; X.2.2 is 4.2.2 as well as
// 5.2.2.
func sameCode(a, b string) bool {
	if a == b {
		return true
	}
	either := strings.HasPrefix(a, "x.") || strings.HasPrefix(b, "x.")
	return either && a[0] != '2' && b[0] != '2' && a[1:] == b[1:]
}
