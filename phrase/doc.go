// Package phrase matches many phrases with holes against a text in one pass.
//
// A phrase is a pattern of words with alternatives, optional words, named word
// sets and typed holes:
//
//	client host <ip>? (blocked|rejected) using <dnsbl:host>
//	{mailbox} (is|has gone)? over (its|the)? quota
//
// Matching works on words, not on bytes: case, accents, apostrophes and
// punctuation between words do not matter, line joins of SMTP replies
// ("550-5.7.1 ") and addresses standing between words are skipped, and the end
// of a sentence separates. Patterns are expanded and compiled into one
// minimised word automaton; a text is cut into words once and the automaton is
// walked from each word. The time is linear in the length of the text, whatever
// the number of phrases; nothing is remembered between texts.
//
// The syntax is described in docs/codebook.md.
package phrase
