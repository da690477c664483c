// Package dsn reads and writes delivery status notifications: RFC 3464 (and RFC 1894 before it), with the addresses and media types of
// RFC 6533 for mail in UTF-8, the envelope parameters of RFC 3461, and the tracking status of RFC 3886, which is of the same make.
//
// [Read] finds the machine-readable part in a mail, also where it is not labelled as such, and reads it whatever shape it is in:
//
//	report, ok := dsn.Read(mailpart.Parse(raw, mailpart.Limits{}))
//	for _, r := range report.Recipients {
//		fmt.Println(r.Final.Address, r.Action, r.Status, r.Diagnostic.Text)
//	}
//
// What a report says is given as it stands there, typed where the standards have a vocabulary; what it means is for others to say. In
// particular Status is the reporting system's, which often differs from the one that stands in the remote server's reply.
//
// [Compose] writes a notification as a multipart/report (RFC 6522).
package dsn
