package ndr

import "github.com/rebound-mail/rebound/smtpcode"

// ironMail reads CipherTrust IronMail, later McAfee Secure Mail: labelled lines
// with the recipient, what became of the mail, and the reply code alone.
var ironMail = decoder{
	format: "ironmail",
	marks:  []string{"regarding recipient(s)", "\nx-mailer: secure mail"},
	read:   readIronMail,
}

var ironMailLabels = labelled{
	recipient: []string{"regarding recipient(s)"},
	reason:    []string{"delivery status"},
	other:     []string{"mta response"},
	end:       []string{"the original message headers"},
}

func readIronMail(m *Mail) (Report, bool) {
	failures := ironMailLabels.read(m.Text)
	_, value, _ := cutFold(m.Text, "mta response :")
	code, err := smtpcode.ParseCode(firstWord(value))
	for i := range failures {
		if failures[i].Code == 0 && err == nil {
			failures[i].Code = code
		}
	}
	return settle(m, failures)
}
