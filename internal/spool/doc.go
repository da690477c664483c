// Package spool says how reports are kept between the moment somebody was told
// that they are accepted and the moment they are processed.
//
// [Spool] is the contract. Package disk keeps it in one directory of one
// process; package spooltest is the one test that every spool has to pass.
//
// What Append took is durable: a reply 250, a 2xx, the deletion of a mail may
// follow. Every report is handed out at least once and in the order of
// acceptance, as far as several workers allow; one that was handed out and not
// settled before the process ended is handed out again. So whoever processes
// reports must be able to take one twice.
package spool
