// Package ndr reads non-delivery reports that follow no standard: the prose by
// which Exim, qmail, Exchange and many others tell that a mail came back. One
// file holds one MTA or service; the generic reader is the last resort.
//
//	report, ok := ndr.Read(ndr.NewMail(mailpart.Parse(raw, mailpart.Limits{})))
//	for _, f := range report.Failures {
//		fmt.Println(f.Recipient, f.Action, f.Code, f.Status, f.Diagnostic)
//	}
//
// A decoder looks only at what the reporting system wrote, never at the
// returned message below it: NewMail cuts that off, at the line by which each
// MTA announces it or where its header begins. The reply code and status are
// those of the remote host wherever the prose quotes it, else those of the
// report, else none.
//
// All decoders are asked through one pass over header and text, which finds the
// marks of each. The generic reader knows words of some thirty languages. It
// wants two kinds of evidence, that a mail system wrote the mail and that an
// address in it failed, and says with Report.Confident whether it had to guess.
//
// # Limits
//
// Of one mail, the first four human-readable parts are looked at, 4 MiB of text
// each; what was said of one recipient is kept up to 16 KiB. Time is linear in
// the size of the mail.
package ndr
