// Package mailpart reads Internet mail the way bounces come: damaged, cut off, wrongly labelled, hostile. It follows RFC 5322 (headers),
// RFC 2045 to 2049 (MIME), RFC 2047 and RFC 2231 (words and parameters in other character sets) and RFC 6532 (UTF-8 headers), and where a
// mail does not, it reads what is there and says so in a typed Problem.
//
// [Parse] takes a whole mail and returns its tree of parts. It never fails, never panics, takes time linear in the size of the mail whatever
// the nesting, and copies nothing: headers and bodies are slices of the mail. What costs something is done when it is asked for:
//
//	root := mailpart.Parse(raw, mailpart.Limits{})
//	root.Header.Get("Subject")       // unfolded, RFC 2047 decoded
//	for part := range root.All() {   // the mail itself, then its parts, then theirs
//		part.MediaType               // "text/plain", lower case, never empty
//		part.Text()                  // transfer encoding and character set undone: valid UTF-8, lines end in \n
//		part.Plain()                 // the same, but HTML reduced to its text
//		part.Content()               // bytes, transfer encoding undone
//		part.Blocks()                // header groups of message/delivery-status, message/feedback-report and the like
//	}
//
// # What is a child
//
// The parts of a multipart; the one message inside a message/rfc822, message/global or message/news; the returned header fields (a Part
// with a header and no body) inside a text/rfc822-headers, message/rfc822-headers or message/global-headers. message/delivery-status,
// message/feedback-report and message/disposition-notification have no children but blocks.
//
// # Line ends
//
// LF, CRLF, CR CR LF and a lone CR end a line, also mixed in one mail. The same mail with other line ends gives the same texts.
//
// # Limits
//
// A mail that exceeds a limit is read as far as the limit allows, with a problem noted; see [Limits].
package mailpart
