// Package authoring turns the YAML in which the codebook is written into
// [codebook.Records]: it reads a folder strictly ([Load]), checks it ([Lint]),
// and compiles it into the Go tables, the phrase automaton and the reference
// pages that are committed ([Generate]). The format is docs/codebook.md.
//
// Everything wrong is a [Problem] with its file and line; reading goes on after
// one, so that an author sees all of them at once.
package authoring
