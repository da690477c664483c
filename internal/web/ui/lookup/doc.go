// Package lookup is the public reference: pages of codes, reasons, providers,
// blocklists and sources, and the box that explains a pasted code, reply or bounce.
//
// Nothing is stored. A question is sent as a form's body, so that no pasted
// address stands in a URL, a history or a server's log; GET /?q= is there for short
// questions that somebody links to.
package lookup
