package maillog_test

import (
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/maillog"
)

// FuzzLine feeds anything, line by line: no panic, no event without recipient,
// kind, id or format, and nothing that depends on the memory of the line.
func FuzzLine(f *testing.F) {
	for _, seed := range []string{
		"Mar  4 05:06:07 mx1 postfix/smtp[1]: AAAAA1: to=<a@example.org>, orig_to=<b@example.org>, relay=mx[192.0.2.1]:25, delay=1, dsn=5.1.1, status=bounced (host mx[192.0.2.1] said: 550 no (in reply to RCPT TO command))\nMar  4 05:06:07 mx1 postfix/qmgr[1]: AAAAA1: from=<s@example.com>, status=expired, returned to sender\n",
		"<22>1 2026-03-04T05:06:07Z h postfix/cleanup 1 - [a b=\"c\"] AAAAA1: message-id=<x>\n",
		"2026-03-04 05:06:07 +0100 [1] 1tpE2h-0001Xy-0a == a@example.org R=r T=t defer (-44) H=mx [192.0.2.1]: SMTP error from remote mail server after RCPT TO:<a>: 450\\n no\n2026-03-04 05:06:07 1tpE2h-0001Xy-0a ** a@example.org: retry timeout exceeded\n",
		"Mar  4 05:06:07 h sm-mta[1]: 624567bb000010: to=<a@example.org>,<b@example.org>, ctladdr=<x> (1/1), relay=mx. [192.0.2.1], dsn=4.0.0, stat=Deferred: x\nMar  4 05:06:07 h sm-mta[1]: 624567bb000010: 624567bb000011: sender notify: Cannot send message for 5 days\n",
		"Mar  4 05:06:07 h smtpd[7]: 1111111111111111 mta delivery evpid=2222222222222222 from=<> to=<a@example.org> rcpt=<-> source=\"-\" relay=\"192.0.2.1 (mx)\" delay=1s result=\"TempFail\" stat=\"4\"\nMar  4 05:06:07 h smtpd[7]: relay: Expire for 2222222222222222: from=<>, to=<a@example.org>, stat=x\n",
		"@4000000069a7bdc93b9ac9ff info msg 7: bytes 1 from <s> qp 1 uid 1\n@4000000069a7bdc93b9ac9ff starting delivery 1: msg 7 to remote a@example.org\n@4000000069a7bdc93b9ac9ff delivery 1: failure: 192.0.2.1_x/Remote_host_said:_550_no/\n",
		"type,rcpt,orcpt,dsnDiag,timeLogged,bounceCat\nb,a@example.org,,\"smtp;550\nx\",1,bad-mailbox\nf,a@example.org,,,,\n",
		"#Version: 14\n#Fields: date-time,event-id,source,recipient-address,recipient-status\n2026-03-04T05:06:07Z,FAIL,SMTP,a@example.org;b@example.org,[{LED=550 x};{FQDN=mx}];550\n",
		"SenderAddress,RecipientAddress,Status,Received\ns,a@example.org,Failed,1/2/2026 3:04:05 PM\n",
		"origin_timestamp_utc,sender_address,recipient_status\n2026-03-04T05:06:07Z,s,a@example.org##Receive, Fail\n",
		"{\"value\":[{\"RecipientAddress\":\"a@example.org\",\n\"Status\":\"Failed\"}\n]}",
		`{"type":"Expiration","id":"1","recipient":["a@example.org"],"queue":"q","response":{"code":451,"enhanced_code":{"class":4,"subject":0,"detail":0},"content":"x","command":"."},"peer_address":{"name":"mx"},"event_time":"2026-03-04T05:06:07Z"}` + "\n",
		"[NOTICE] [A-1.1] [core] recipient <a@example.org> code=OK\n[NOTICE] [A-1.1.1] [outbound] delivered file=\"x\" domain=\"example.org\" host=\"mx\" response=\"ok\" rcpts=1/0/0\n[INFO] [A-1.1.1] [outbound] bouncing mail: Too many failures (Upstream error: 450 x)\n",
		"__CURSOR=a\nSYSLOG_IDENTIFIER=postfix/smtp\nMESSAGE\n\x05\x00\x00\x00\x00\x00\x00\x00AAAAA\n\n",
		`{"MESSAGE":[65,66],"SYSLOG_IDENTIFIER":"qmail","__REALTIME_TIMESTAMP":"1"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, log string) {
		r := maillog.New(maillog.Options{Now: now, MaxState: 20, Samples: 3})
		var events []event.Event
		buf := make([]byte, 0, 4096)
		for line := range strings.Lines(log) {
			buf = append(buf[:0], line...)
			events = r.Line(events, buf)
			for i := range buf {
				buf[i] = '!' // events must not refer to the line
			}
		}
		events = r.Flush(events)
		for i := range events {
			e := &events[i]
			if e.Recipient == "" || e.Kind == "" || len(e.ID) != 24 || e.Source.Format == "" {
				t.Fatalf("incomplete event %+v", e)
			}
		}
		if got := summaries(feed(maillog.New(maillog.Options{Now: now, MaxState: 20}), log)); strings.Join(got, "\n") != strings.Join(summaries(events), "\n") {
			t.Fatalf("events depend on the memory of the lines:\n%q\n%q", got, summaries(events))
		}
		maillog.Detect([]byte(log))
		if s := r.Stats(); s.Events != int64(len(events)) || s.Matched+s.Foreign > s.Lines+2 {
			t.Fatalf("stats %+v", s)
		}
	})
}
