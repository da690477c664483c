package event

import (
	"encoding/json"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
)

// BounceLabel is the common hard/soft label, derived from the rest of a verdict.
type BounceLabel string

// The labels.
const (
	Hard     BounceLabel = "hard"
	Soft     BounceLabel = "soft"
	NoBounce BounceLabel = "none"
)

// Confidence says how sure a verdict is.
type Confidence string

// The confidences.
const (
	Certain Confidence = "certain"
	Likely  Confidence = "likely"
	Guess   Confidence = "guess"
)

// Verdict is what an event means, why, and what to do. Strings and slices are
// shared with the codebook and must not be changed.
type Verdict struct {
	Reason     codebook.Reason   `json:"reason"`
	Category   codebook.Category `json:"category"`
	Lasting    codebook.Lasting  `json:"lasting"`
	Bounce     BounceLabel       `json:"bounce"`
	Decision   codebook.Decision `json:"decision"`
	Impact     codebook.Impact   `json:"impact"`
	Confidence Confidence        `json:"confidence"`
	Provider   string            `json:"provider"` // id of the provider that spoke, where known
	Rule       string            `json:"rule"`     // id of the phrase, or the code, that decided
	Facts      Facts             `json:"facts"`    // captured from the text
	Sources    []string          `json:"sources"`
	Remedy     []string          `json:"remedy,omitempty"` // steps; see Steps for the captured facts filled in
}

// Fact is a value captured from a text, such as ip or dnsbl.
type Fact struct {
	Name, Value string
}

// Facts are captured values, at most one a name. Their JSON form is an object.
type Facts []Fact

// Get returns the value of the fact with that name, "" if there is none.
func (f Facts) Get(name string) string {
	for _, x := range f {
		if x.Name == name {
			return x.Value
		}
	}
	return ""
}

// MarshalJSON writes an object, {} for none.
func (f Facts) MarshalJSON() ([]byte, error) {
	m := make(map[string]string, len(f))
	for _, x := range f {
		m[x.Name] = x.Value
	}
	return json.Marshal(m)
}

// UnmarshalJSON reads an object.
func (f *Facts) UnmarshalJSON(b []byte) error {
	var m map[string]string
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	*f = (*f)[:0]
	for name, value := range m {
		*f = append(*f, Fact{name, value})
	}
	sortFacts(*f)
	return nil
}

// Steps returns the remedy with {name} replaced by the captured fact. A step
// with a placeholder that has no value keeps a plain description instead.
func (v *Verdict) Steps() []string {
	steps := make([]string, len(v.Remedy))
	for i, s := range v.Remedy {
		steps[i] = v.fill(s)
	}
	return steps
}

func (v *Verdict) fill(step string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(step, "{")
		name, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			b.WriteString(step)
			return b.String()
		}
		aside := strings.HasSuffix(before, " (") && strings.HasPrefix(after, ")")
		if aside && v.Facts.Get(name) == "" { // "your address ({ip})" without the fact
			b.WriteString(strings.TrimSuffix(before, " ("))
			step = after[1:]
			continue
		}
		b.WriteString(before)
		b.WriteString(v.factOrName(name))
		step = after
	}
}

func (v *Verdict) factOrName(name string) string {
	if value := v.Facts.Get(name); value != "" {
		return value
	}
	return plainName(name)
}

// plainName says what a fact is, for steps whose fact was not captured.
func plainName(name string) string {
	switch name {
	case "ip":
		return "your sending IP address"
	case "dnsbl":
		return "the blocklist"
	case "url":
		return "the page named in the reply"
	case "retry_after":
		return "the time given"
	case "domain":
		return "your domain"
	case "sender":
		return "the sender address"
	}
	return "the " + strings.ReplaceAll(name, "_", " ")
}

// Hint is a decoder's own knowledge of why a delivery failed. Weak hints, such
// as a provider's class in a webhook, count only where text and codes tell
// nothing more exact.
type Hint struct {
	Reason  codebook.Reason
	Lasting codebook.Lasting
	Weak    bool
}
