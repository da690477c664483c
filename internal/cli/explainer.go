package cli

import (
	"errors"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/explain"
)

// explainer explains with the flags that were given.
type explainer struct {
	explain.Explainer
	hints *hintFlags
	trace bool
}

// newExplainer returns an explainer over one codebook.
func newExplainer(book *codebook.Codebook, hints *hintFlags) *explainer {
	return &explainer{Explainer: explain.Explainer{Book: book, Classifier: classify.New(book)}, hints: hints}
}

// explain says all there is to say. codes are given where the text consists of
// nothing else.
func (x *explainer) explain(text string, codes []string) explain.Explanation {
	return x.traced(x.Explain(x.hints.input(text), codes))
}

// eventExplanation turns a classified event into what page writes.
func (x *explainer) eventExplanation(ev *event.Event) explain.Explanation {
	return x.traced(x.Event(ev))
}

// traced drops the trace if nobody asked for it.
func (x *explainer) traced(e explain.Explanation) explain.Explanation {
	if !x.trace {
		e.Trace = nil
	}
	return e
}

// parseCodes is explain.ParseCodes; what looks like a code and is none is bad
// input.
func parseCodes(text string) ([]string, error) {
	codes, err := explain.ParseCodes(text)
	if bad := explain.NotACodeError(""); errors.As(err, &bad) {
		return nil, usageError{err}
	}
	return codes, err
}

// checkSystems refuses systems that the codebook has no names of.
func checkSystems(book *codebook.Codebook, systems []string) error {
	if err := explain.CheckSystems(book, systems); err != nil {
		return usage("--as: %w", err)
	}
	return nil
}
