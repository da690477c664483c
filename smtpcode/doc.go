// Package smtpcode reads what SMTP servers answer with: reply codes (RFC 5321 section 4.2), enhanced status codes (RFC 2034,
// RFC 3463, RFC 5248), and replies of one or several lines, also where they stand in the middle of free text, joined on one
// line, glued to the words after them, or wrapped in brackets.
//
// # Where a number counts as a code
//
// An enhanced status code is a class 2, 4 or 5, and two numbers of one to three digits, with dots between. It counts
//
//   - behind a reply code: blanks, "-", "_", ":", "/", "#", "," or an opening bracket may stand between, or nothing ("5505.1.1");
//   - at the beginning of the text or of a line, behind "#", behind a bracket, or behind an introducing word or "=" or ":";
//   - anywhere else if the class is 4 or 5, the subject one of RFC 3463 section 3 (0 to 7), no letter in lower case is glued to its
//     end, and the word before is not the name of a program, nor "version", "section" and the like.
//
// It never counts as part of a longer dotted, hyphenated or slashed token (addresses, host names, paths, versions), except that a
// range behind a reply code ("451 4.7.500-699") is read as its first number.
//
// A number of three digits is a reply code right before an enhanced status code that counts: 4xx and 5xx before class 4 or 5, 2xx before
// class 2, all others only at the beginning or behind something that introduces codes. Repetitions ("550 550 5.1.1 5.1.1") are one place,
// and so is a status with the reply code behind it ("5.1.1 550 no such user"). Without an enhanced status code it counts
//
//   - at the beginning of the text or of a line, where only blanks, quotes, brackets and the like precede it;
//   - behind an introducing word: said, replied, reply, response, returned, error, code, status, SMTP, with and their relatives
//     ("status code is 550", "error=550", "code:550");
//   - behind one of ; : | ! ? ( [ < " ' > or a closing bracket, a period with a blank, a lone hyphen, or an e-mail address. A colon must
//     be followed by a blank (else it is a port, a time or an IPv6 address) unless an introducing word or an address stands before it, and the word
//     before must not name a quantity ("limit: 500", "recipients (500)");
//   - before error, reply, response, code, status ("a 550 error"), or an address in angle brackets ("554 <a@b.example>... no");
//   - for All, Parse and Join: where it repeats the first failure found before, as the lines of a joined reply do.
//
// It does not count where a digit, a letter, a dot, a hyphen, a slash, "@", "$" or "+" is glued to its front; where digits, a dot or hyphen
// and a number (except an IP address), or the rest of a host name or address is glued to its end; before a unit ("450MB", "500 bytes");
// nor, except at the beginning, before a counted noun ("500 messages"). 2xx and 3xx count without an enhanced status code only if a standard knows them (220, 250, 354 ...), and
// behind punctuation only if words follow.
package smtpcode
