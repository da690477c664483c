// Package cputest tells benchmarks how long the process has kept processors busy:
// on a machine that others use too, that tells more than the time that passed.
package cputest
