// Package store says what Rebound remembers and how it is asked: recipients and
// their suppressions, events and the reports they came from, rates, texts that
// nobody knows, and what the server needs to keep beside them.
//
// [Store] is the contract. Package sqlite keeps it in one file of one process;
// package storetest is the one test that every store has to pass.
//
// What is applied twice counts once: an event is known by its id, and a
// recipient's state is a fold that does not depend on order (package policy). So
// whoever feeds a store may repeat what it is not sure of.
package store
