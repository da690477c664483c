// Package event is what becomes of every report: one Event is one recipient's
// outcome in one report, whatever the source, and a Verdict is what it means.
//
// The JSON form is stable: fields are added, never changed. See docs/events.md.
package event
