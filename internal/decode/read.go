package decode

import "github.com/rebound-mail/rebound/event"

// Bytes returns the events of a report. With an error there are none.
func Bytes(in Input) (Result, error) {
	var all []event.Event
	result, err := Each(in, func(events []event.Event) error {
		all = append(all, events...)
		return nil
	})
	result.Events = all
	return result, err
}

// Each gives the events of a report to yield, some at a time, so that a report of
// any size takes no more memory than its largest record. The events are yield's
// to keep, the slice is not. An error of yield ends the reading and is returned
// as it is. An error of the report itself may come after events were given.
func Each(in Input, yield func([]event.Event) error) (result Result, err error) {
	return Result{}, ErrUnreadable
}

// EncodeEvents writes events as a report of kind spool.KindJSON, with what their
// decoder knew (Event.Hint): for sources that decode by themselves, such as those
// that follow a log.
func EncodeEvents(events []event.Event) []byte { return nil }
