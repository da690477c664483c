// Package intake holds what the ways by which reports come in have in common.
//
// A [Source] listens, polls or follows; whatever comes goes to a [Spool], and
// only what the spool took counts as accepted: a reply 250, the move or the
// deletion of a mail, the position in a log come after Append returned nil. A
// crash in between repeats a report, which is harmless; it loses none.
//
// A source keeps its [Status] in a [Gauge], for people to see how it fares, and
// spaces its attempts with a [Backoff]. The sources are the packages below this
// one; none of them knows another.
package intake
