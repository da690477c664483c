// Package disk keeps a spool in one directory of one process.
//
//	LOCK                    held with flock by the process that has the directory
//	0000000000000001.seg    a segment: reports in the order of acceptance
//	0000000000000001.log    what became of them: who was handed out, who is done
//	0000000000000001.damaged  what could not be read of a segment, set aside verbatim
//	parked/                 reports that cannot be processed, each a segment of one
//
// A segment begins with a header that names a marker, eight random bytes. Each
// report is a frame: the marker, the length, an ordinal, the time of receipt, a
// CRC-32C of the payload, and one of these fields. Where a header is damaged the
// next frame is looked for by its marker; since it is random and never leaves
// the directory no body can contain a frame of its own making.
//
// Reports that are appended at the same time share one write and one fsync. A
// segment is closed at a certain size, removed when all of its reports are
// done, and never appended to by a later process.
//
// Names and order come from numbers that only grow. The clock is never asked,
// so that it may be set.
package disk
