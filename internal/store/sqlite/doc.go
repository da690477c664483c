// Package sqlite is the store of one process: one SQLite file in a data
// directory, nothing to install.
//
// The directory belongs to one process, which holds a lock on it. Writing is
// done by one connection, reading by several others that see what was committed.
// A write that has returned is on the disk: the write-ahead log is synced before.
// Calls of Apply that wait for each other are committed together, and the next are
// carried out while the log is synced.
//
// Rows of events are only appended, so that the cost of an event does not grow
// with their number; a recipient's row is found by one look-up. What is asked
// most, "may I mail X?", is answered from a filter in memory: only addresses
// that it may hold are looked up.
package sqlite
