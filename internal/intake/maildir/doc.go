// Package maildir takes in the mails of a Maildir (https://cr.yp.to/proto/maildir.html).
//
// What stands in new is given to the spool and then moved to cur, marked as seen;
// a crash in between gives it again, which is harmless. Nothing is ever deleted
// or overwritten. What cannot be read, or is larger than a mail may be, stays
// where it is and shows in the status until somebody has looked after it.
//
// A folder of any size takes the same memory. Links are not followed out of the
// Maildir. The folder is looked at now and then, so that it works over NFS too.
package maildir
