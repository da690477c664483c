// Package analyzer is the page that reads a pasted or dropped report, whatever it
// is: the events in it, what they mean and what to do, and the report beside them
// with the evidence marked.
//
// What is pasted is answered and forgotten: it is neither stored nor logged, comes by
// POST only, and the answer is not to be kept by anybody.
package analyzer
