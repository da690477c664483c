// Package htmlcheck validates the pages in tests: well-formed HTML, what may stand
// inside what, unique ids, references that lead somewhere, labels, captions, the
// order of headings, and nothing inline that the Content-Security-Policy forbids.
//
// It is no full validator of the HTML standard (https://html.spec.whatwg.org): it
// knows the elements that the pages use, and refuses all others.
package htmlcheck
