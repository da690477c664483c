// Package tail follows files that grow, as logs do.
//
// It survives every way of rotating them: a file that was renamed is read to its
// end and the one made in its place from its beginning; one that was copied and
// truncated (logrotate's copytruncate) is read anew, after what the copy has
// beyond. A [Position] can be kept between runs: what was written, and rotated
// away, in the meantime is read first, also if it was compressed.
//
// There is no clock in it: whoever follows calls [Tail.Poll] now and then.
package tail
