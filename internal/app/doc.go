// Package app is the life of the server: New opens and wires all parts together,
// Run works until it is told to stop, Close gives back what New took. It is the
// only place that knows all parts.
//
//	a, err := app.New(ctx, app.Options{Config: settings, Dir: dir})
//	defer a.Close()
//	err = a.Run(ctx) // nil when ctx ends, after what was accepted is processed
//
// # The data directory
//
//	rebound.db, rebound.db-wal  the store; see package sqlite
//	store.lock                  held by the process that has the directory
//	spool/                      what was accepted and not yet processed; see package disk
//	state/                      how far logs and mailboxes were read; replay memory of webhooks
//	server.json                 how the command line reaches a server that runs
//
// # Stopping
//
// When ctx ends, first nothing more is let in: sources stop, connections are
// refused, requests under way are answered. Then reports that were accepted are
// processed, for as long as stop-timeout allows; what remains is durable and is
// processed after the next start. Then come notifications, and last the stores.
package app
