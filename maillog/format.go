package maillog

// Format is whose log a line is of.
type Format string

// The formats. They are the Source.Format of the events.
const (
	Unknown      Format = ""
	Postfix      Format = "postfix-log"
	Exim         Format = "exim-log"
	Sendmail     Format = "sendmail-log"
	OpenSMTPD    Format = "opensmtpd-log"
	Qmail        Format = "qmail-log"
	PowerMTA     Format = "powermta-log"
	KumoMTA      Format = "kumomta-log"
	Haraka       Format = "haraka-log"
	Exchange     Format = "exchange-log"
	MessageTrace Format = "message-trace" // of Microsoft 365
)

// Formats lists the formats that are read.
func Formats() []Format {
	return []Format{Postfix, Exim, Sendmail, OpenSMTPD, Qmail, PowerMTA, KumoMTA, Haraka, Exchange, MessageTrace}
}
