// Package mdn reads what recipients and their programs send back on their own: disposition notifications ("your mail was read", RFC 8098 and
// RFC 3798 before it), automatic replies (out of office, vacation, acknowledgements; RFC 3834 and what systems do in its place), the questions of
// challenge-response systems, and mail that asks to be unsubscribed. None of these is a bounce.
//
//	root := mailpart.Parse(raw, mailpart.Limits{})
//	reply := mdn.Classify(root)
//	switch reply.Kind {
//	case mdn.Disposition: // reply.Notification has it
//	case mdn.AutoReply, mdn.Challenge, mdn.Unsubscribe:
//	case mdn.None: // something else: a bounce, a mail between people, a list
//	}
//
// Bounces are automatic replies too by their header (RFC 3834 section 5 gives delivery reports "auto-replied"), so Classify first looks for what makes
// a bounce and then refuses. Why it judged as it did is in reply.Signs.
package mdn
