package decode

import (
	"errors"
	"fmt"
	"io"

	"github.com/rebound-mail/rebound/internal/intray"
	"github.com/rebound-mail/rebound/webhook"
)

// hookAtOnce is how large a payload may be that is decoded as a whole. What
// providers post stays far below; larger ones are cut into their items, so that
// no limit of package webhook costs any of them.
const hookAtOnce = 4 << 20

// hook reads what was posted to a provider's address.
func (r *reader) hook(src io.Reader, packed bool) error {
	r.result.Kind = Payload
	body := r.in.Body
	var damage error
	if packed {
		body, damage = io.ReadAll(io.LimitReader(src, MaxRecord))
		if damage != nil && len(body) == 0 {
			return damage
		}
	}
	if len(body) > hookAtOnce {
		found, err := intray.OpenBytes(body, intray.Options{MaxRecord: MaxRecord})
		if err != nil {
			return err
		}
		if found.Kind() == intray.Payload {
			if err := r.source(found); err != nil {
				return err
			}
			return damage
		}
	}
	r.result.Records++
	if err := r.items(&intray.Record{Kind: intray.Payload, Raw: body, Size: int64(len(body))}, r.provider(body)); err != nil {
		return err
	}
	return damage
}

// provider returns who posted a payload.
func (r *reader) provider(body []byte) webhook.Provider {
	if r.in.Provider != "" {
		return r.in.Provider
	}
	p, _ := webhook.Detect(body, nil)
	return p
}

// payload reads one record of payloads. One that does not tell who posted it is
// by whom the beginning of the report is. That a record cannot be read loses no
// other.
func (r *reader) payload(rec *intray.Record) error {
	provider := r.provider(rec.Raw)
	if provider == "" {
		provider = rec.Provider
	}
	err := r.items(rec, provider)
	if errors.Is(err, ErrUnreadable) || errors.Is(err, ErrProvider) {
		r.result.Unread++
		r.problem(ProblemItem, fmt.Sprintf("line %d: %s", rec.Line, err.Error()))
		return nil
	}
	return err
}

// items reads the events of one payload.
func (r *reader) items(rec *intray.Record, provider webhook.Provider) error {
	batch, err := webhook.Decode(provider, rec.Raw)
	switch {
	case errors.Is(err, webhook.ErrProvider):
		return fmt.Errorf("%w: %w", ErrProvider, err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if r.result.Provider == "" {
		r.result.Provider = provider
	}
	if provider == webhook.Rebound {
		r.result.Kind = Events
		hints(batch.Events, rec.Raw)
	}
	r.result.Passed += batch.Passed
	r.result.Unread += batch.Unread
	for _, p := range batch.Problems {
		r.problem(p.Code, p.Detail)
	}
	for i := range batch.Events {
		source := &batch.Events[i].Source
		if source.Line == 0 {
			source.Line = rec.Line
			source.Index = max(source.Index, rec.Index)
		}
	}
	return r.add(batch.Events...)
}

// nothing is an error if none of the records could be read.
func (r *reader) nothing() error {
	if r.result.Records == 0 || r.result.Unread < r.result.Records || r.result.Passed > 0 || r.result.Format != "" {
		return nil
	}
	why := "no event in it"
	if len(r.result.Problems) > 0 {
		why = r.result.Problems[0].Detail
	}
	return fmt.Errorf("%w: %s", ErrUnreadable, why)
}
