// Package house holds the tests that keep the house in order: which package may
// import which, how long files and functions are, what stands at package level,
// and that the codebook has all of its reference pages.
package house
