// Package codebook is what Rebound knows about bounces: reply codes and
// enhanced status codes with one meaning a source, the closed list of reasons,
// providers, and the phrases by which servers say what went wrong.
//
// The knowledge is authored as YAML under codebook/data and compiled by
// "make generate" into tables inside this package, so that importers need no
// YAML and start-up costs next to nothing. [Default] gives the built-in
// codebook; [New] builds one from records, for instance from a folder of the
// user's own (see docs/codebook.md for the format).
//
// A Codebook is immutable and safe for concurrent use.
package codebook

//go:generate go run -tags rebound_bootstrap ../internal/authoring/cmd/gencodebook -root ..
