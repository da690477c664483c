package maillog_test

import (
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/maillog"
)

func TestDetect(t *testing.T) {
	const foreign = "Mar  4 05:06:07 mx1 sshd[1]: Accepted publickey for root\n"
	const postfix = "Mar  4 05:06:07 mx1 postfix/qmgr[1]: AAAAA1: removed\n"
	for _, test := range []struct {
		name, sample string
		want         maillog.Format
	}{
		{"postfix", foreign + postfix, maillog.Postfix},
		{"postfix, first line cut off", "47AB: removed\n" + postfix + postfix, maillog.Postfix},
		{"postfix, one line without end", strings.TrimSpace(postfix), maillog.Postfix},
		{"postfix, journald json", `{"__REALTIME_TIMESTAMP":"1","_HOSTNAME":"h","SYSLOG_IDENTIFIER":"postfix/smtp","MESSAGE":"AAAAA1: to=<a@example.org>, relay=none, delay=1, dsn=4.4.1, status=deferred (x)"}` + "\n", maillog.Postfix},
		{"postfix, journald export", "__CURSOR=a\n_HOSTNAME=h\nSYSLOG_IDENTIFIER=postfix/smtp\nMESSAGE=AAAAA1: to=<a@example.org>, relay=none, delay=1, dsn=4.4.1, status=deferred (x)\n\n__CURSOR=b\n\n", maillog.Postfix},
		{"exim", "2026-03-04 05:06:07 Start queue run: pid=1\n2026-03-04 05:06:07 1tpE2h-0001Xy-0a Completed\n", maillog.Exim},
		{"sendmail", "Mar  4 05:06:07 mx1 sm-mta[1]: 624567bb000010: from=<s@example.com>, size=1, msgid=<m>\n", maillog.Sendmail},
		{"opensmtpd", "Mar  4 05:06:07 mx1 smtpd[7]: 1111111111111111 mta delivery evpid=2222222222222222 from=<s@example.com> to=<a@example.org> rcpt=<-> source=\"-\" relay=\"-\" delay=1s result=\"Ok\" stat=\"250 ok\"\n", maillog.OpenSMTPD},
		{"qmail", "@4000000069a7bdc93b9ac9ff new msg 77\n@4000000069a7bdc93b9ac9ff status: local 0/10 remote 0/20\n", maillog.Qmail},
		{"powermta", "type,timeLogged,orig,rcpt,dsnDiag\nb,2026-03-04 05:06:07+0000,s@example.com,a@example.org,x\n", maillog.PowerMTA},
		{"powermta, header alone", "type,timeLogged,orig,rcpt,dsnDiag\n", maillog.PowerMTA},
		{"kumomta", `{"type":"Reception","id":"i1","sender":"s@example.com","recipient":"a@example.org","queue":"q","response":{}}` + "\n" +
			`{"type":"Delivery","id":"i1","sender":"s@example.com","recipient":"a@example.org","queue":"q","response":{"code":250},"timestamp":1}` + "\n", maillog.KumoMTA},
		{"haraka", "[NOTICE] [AAAA-1.1] [core] sender <s@example.com> code=CONT msg=\"\"\n", maillog.Haraka},
		{"exchange", "#Software: Microsoft Exchange Server\n#Fields: date-time,source,event-id,recipient-address,recipient-status\n", maillog.Exchange},
		{"message trace", "\"MessageId\",\"Received\",\"SenderAddress\",\"RecipientAddress\",\"Status\"\n", maillog.MessageTrace},
		{"message trace, json", `[{"SenderAddress":"s@example.com","RecipientAddress":"a@example.org","Status":"Failed"}]`, maillog.MessageTrace},
		{"message trace in UTF-16", utf16("\"MessageId\",\"Received\",\"SenderAddress\",\"RecipientAddress\",\"Status\"\r\n"), maillog.MessageTrace},
		{"another log", foreign + foreign, maillog.Unknown},
		{"a mail that quotes a log", "From: a@example.com\nTo: b@example.com\nSubject: help\n\nLook:\n" + postfix, maillog.Unknown},
		{"an mbox", "From a@example.com Wed Mar  4 05:06:07 2026\nSubject: x\n\n" + postfix, maillog.Unknown},
		{"other csv", "name,address\nx,y\n", maillog.Unknown},
		{"other json", `{"a":1}`, maillog.Unknown},
		{"nothing", "", maillog.Unknown},
		{"binary", "\x00\x01" + postfix, maillog.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := maillog.Detect([]byte(test.sample))
			if got != test.want || ok != (test.want != maillog.Unknown) {
				t.Errorf("Detect = %q, %v, want %q", got, ok, test.want)
			}
		})
	}
}

// utf16 writes ASCII as UTF-16, little endian, with a byte order mark.
func utf16(s string) string {
	var b strings.Builder
	b.WriteString("\xff\xfe")
	for i := range len(s) {
		b.WriteByte(s[i])
		b.WriteByte(0)
	}
	return b.String()
}
