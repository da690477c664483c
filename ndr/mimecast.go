package ndr

import "strings"

// mimecast reads the notifications of Mimecast: labels on lines of their own,
// values below them behind "-- ". What "the problem appears to be" is
// Mimecast's reading; the additional information is the remote reply, whose
// reply code it leaves out.
var mimecast = decoder{
	format: "mimecast",
	marks:  []string{"the problem appears to be", "\nx-mimecast-", "\nx-mc-system: ", "[postmaster] email delivery failure", "additional information follows"},
	read:   readMimecast,
}

func readMimecast(m *Mail) (Report, bool) {
	intro, problem, found := cutFold(m.Text, "the problem appears to be")
	if !found {
		return Report{}, false
	}
	_, reply, replied := cutFold(problem, "additional information follows")
	said := dashed(problem)
	if replied {
		said = dashed(reply)
	}
	var failures []Failure
	for _, address := range addresses(clip(intro)) {
		f := Failure{Recipient: address}
		f.said(said)
		if f.Code == 0 && f.Status.IsZero() && replied {
			f.said(said + " (" + strings.TrimSpace(dashed(problem)) + ")")
		}
		failures = append(failures, f)
	}
	if len(failures) > 1 {
		failures = failures[len(failures)-1:] // one notification is of one recipient; the sender may be named first
	}
	return settle(m, failures)
}

// dashed gives the paragraph that begins behind "-- ".
func dashed(text string) string {
	_, after, found := strings.Cut(text, "-- ")
	if !found {
		return ""
	}
	return firstParagraph(after)
}
