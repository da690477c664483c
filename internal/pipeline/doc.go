// Package pipeline turns accepted reports into memory: it takes them from the
// spool, makes events of them, judges the events, says how far they are to be
// trusted and whom they count for, and brings them into the store.
//
//	spool ─► decode ─► classify ─► trust ─► recipient ─► store ─► settle
//
// Each of these is a file of this package. The stages between decode and store
// are a [Stage] each and know of nothing but the events at hand; store gathers
// the events of many reports into one transaction; settle tells the spool what
// became of the reports.
//
// A report is settled only after its events are durable, and events are known by
// their ids, so that whatever is cut short is done again and counts once. Nothing
// accepted is lost: what cannot be processed is parked with the reason, and while
// the store cannot be written to, reports wait. docs/pipeline.md tells it in full.
package pipeline
