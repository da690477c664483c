package cli

import (
	"fmt"

	"github.com/rebound-mail/rebound/internal/intray"
	"github.com/rebound-mail/rebound/webhook"
)

// payload reads what a provider posted. A record that does not tell who posted
// it is by whom the beginning of the file is.
func (w *scanWorker) payload(file string, r *intray.Record) {
	provider, ok := webhook.Detect(r.Raw, nil)
	if !ok {
		provider = r.Provider
	}
	batch, err := webhook.Decode(provider, r.Raw)
	w.result.tally.payload(&batch, err)
	if err != nil {
		w.damaged(file, r.Line, err.Error(), r.Raw)
	}
	for _, p := range batch.Problems {
		w.damaged(file, r.Line, p.Code+" "+p.Detail, nil)
	}
	for i := range batch.Events {
		e := &batch.Events[i]
		e.Source.File, e.Source.Index, e.Source.Line = file, r.Index, r.Line
		w.event(e)
	}
}

// damaged notes what could not be read of a log or payload.
func (w *scanWorker) damaged(file string, line int, problem string, text []byte) {
	if len(w.result.lines) < w.logs.damaged {
		w.result.lines = append(w.result.lines, damagedLine(file, line, problem, string(text[:min(len(text), shownDamage)])))
	}
}

// shownDamage is how many bytes of something damaged are shown.
const shownDamage = 512

func damagedLine(file string, line int, problem, text string) string {
	if text == "" {
		return fmt.Sprintf("%s:%d: %s", file, line, problem)
	}
	return fmt.Sprintf("%s:%d: %s: %s", file, line, problem, text)
}
