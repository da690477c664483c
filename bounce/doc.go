// Package bounce reads any mail that came back and gives one event a recipient.
//
// It recognises what it got, a delivery status notification (RFC 3464), a
// feedback report (RFC 5965), a bounce in an MTA's own prose, an automatic
// reply (RFC 3834), a receipt (RFC 8098), or none of these, and says so:
//
//	report, err := bounce.Read(file)
//	for _, e := range report.Events {
//		fmt.Println(e.Kind, e.Recipient, e.Status, e.Diagnostic)
//	}
//
// Nothing is taken out of the returned message's body: addresses and replies
// come from what the reporting system wrote; the returned header only gives
// the original's Message-ID, sender, subject and list. A damaged report gives
// what can be read plus typed problems. Events carry no verdict: see package
// classify.
package bounce
