// Package house holds the tests that keep the house in order: which package may
// import which.
package house
