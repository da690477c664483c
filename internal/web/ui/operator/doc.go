// Package operator is the part of the pages that is for who runs the server, behind
// a log-in: how the mail fares and what changed, what is known of a recipient and
// why it is suppressed, the list of suppressions, what was reported, alerts, and
// what waits for a decision.
//
// Everything is a plain form or link, and works without JavaScript. Each form has a
// token against forgery; no page may be kept by anybody (no-store). While no token
// was ever made, requests of this machine come in as package auth lets them, without
// a log-in.
//
// Texts of reports are hostile: they are shown by the shell's template "text" only.
package operator
