// Package classify says what a reply means: it weighs the evidence in a reply
// text, its codes and who spoke against the codebook, and gives a verdict that
// can be traced to a rule with a source.
//
// Evidence counts in this order: what an inner reply says, where a text wraps
// one; the phrases of the provider that speaks; generic phrases; what the
// decoder of a report knows; the provider's own reading of a code; the
// enhanced status code; the reply code. Weak phrases, which name an effect and
// no cause, stand below a telling status code.
//
// Classification is pure and deterministic; a Classifier is safe for
// concurrent use.
package classify
