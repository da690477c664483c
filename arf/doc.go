// Package arf reads abuse feedback reports: RFC 5965, with the authentication failures of RFC 6591 and the usage of RFC 6650, and the complaint
// forms that are older than the standard or stay out of it: Microsoft's Junk Mail Reporting Program, AOL's notifications, and reports
// whose machine-readable part got lost.
//
//	report, ok := arf.Read(mailpart.Parse(raw, mailpart.Limits{}))
//	report.Type                  // abuse, fraud, virus, auth-failure, not-spam, opt-out ...
//	report.Recipients[0].Address // who complained, and where in the report that stands
//	report.MessageID             // of the message complained of
//
// Who complained is taken from the fields that are there to name them. The To field of the returned message is taken only where the program's
// form says that the complaint came from that address; most programs redact it.
package arf
