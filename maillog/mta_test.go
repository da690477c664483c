package maillog_test

import "testing"

func TestSendmail(t *testing.T) {
	runRows(t, []row{
		{
			name: "several recipients a line, reply, aliases, hand-off to the daemon",
			log: `
Mar  4 05:06:06 mx1 sendmail[9]: 624566aa000009: to=a@example.org, ctladdr=root (0/0), delay=00:00:01, xdelay=00:00:01, mailer=relay, pri=30000, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (624567bb000010 Message accepted for delivery)
Mar  4 05:06:07 mx1 sm-mta[10]: 624567bb000010: from=<s@example.com>, size=1234, class=0, nrcpts=3, msgid=<m1@example.com>, proto=ESMTP, daemon=MTA, relay=localhost [127.0.0.1]
Mar  4 05:06:08 mx1 sm-mta[11]: 624567bb000010: to=<a@example.org>,<"b,c"@example.org>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=61234, relay=mx.example.org. [192.0.2.1], dsn=2.0.0, stat=Sent (ok, id=7, queued)
Mar  4 05:06:08 mx1 sm-mta[11]: 624567bb000010: to=<d@example.org>, delay=00:00:01, mailer=esmtp, pri=61234, relay=mx.example.org. [192.0.2.1], dsn=5.1.1, reply=550 5.1.1 <d@example.org>: no, not here, stat=User unknown
Mar  4 05:06:08 mx1 sm-mta[11]: 624567bb000010: to="|/usr/bin/vacation x", ctladdr=<list@example.com> (8/0), delay=00:00:01, mailer=prog, pri=61234, dsn=5.3.0, stat=unknown mailer error 255
Mar  4 05:06:08 mx1 sm-mta[11]: 624567bb000010: to=root, delay=00:00:01, mailer=local, pri=61234, dsn=2.0.0, stat=Sent
Mar  4 05:06:08 mx1 sm-mta[11]: 624567bb000010: to=<q@example.org>, delay=00:00:01, mailer=esmtp, pri=1, stat=queued
Mar  4 05:06:08 mx1 sm-mta[11]: 624567bb000010: 624568cc000011: DSN: User unknown
Mar  4 05:06:08 mx1 sm-mta[11]: ruleset=check_rcpt, arg1=<x@example.net>, relay=h [192.0.2.66], reject=550 5.7.1 <x@example.net>... Relaying denied
`,
			want: []string{
				`delivery a@example.org from=s@example.com id=m1@example.com 2.0.0 @mx.example.org by=mx1 "ok, id=7, queued" 26-03-04T05:06:08`,
				`delivery "b,c"@example.org from=s@example.com id=m1@example.com 2.0.0 @mx.example.org by=mx1 "ok, id=7, queued" 26-03-04T05:06:08`,
				`bounce d@example.org from=s@example.com id=m1@example.com 550 5.1.1 @mx.example.org by=mx1 "550 5.1.1 <d@example.org>: no, not here" 26-03-04T05:06:08`,
				`bounce list@example.com from=s@example.com id=m1@example.com 5.3.0 by=mx1 "unknown mailer error 255" 26-03-04T05:06:08`,
				`delivery root from=s@example.com id=m1@example.com 2.0.0 by=mx1 "Sent" 26-03-04T05:06:08`,
			},
		},
		{
			name: "deferred until given up",
			log: `
Mar  1 05:06:08 mx1 sm-mta[11]: [ID 801593 mail.info] 624567bb000010: to=<a@example.org>, delay=00:00:01, mailer=esmtp, pri=61234, relay=mx.example.org. [192.0.2.1], dsn=4.2.2, stat=Deferred: 452 4.2.2 mailbox full
Mar  1 05:06:08 mx1 sm-mta[11]: 624567bb000010: to=<b@example.org>, delay=00:00:01, mailer=esmtp, pri=61234, relay=mx.example.org. [192.0.2.1], dsn=4.0.0, stat=Deferred: Connection refused by mx.example.org.
Mar  1 09:06:08 mx1 sm-mta[11]: 624567bb000010: 624568cc000011: sender notify: Warning: could not send message for past 4 hours
Mar  1 10:06:08 mx1 sm-mta[11]: 624567bb000010: to=<b@example.org>, delay=00:00:01, mailer=esmtp, pri=61234, relay=mx.example.org. [192.0.2.1], dsn=2.0.0, stat=Sent (250 ok)
Mar  5 05:06:08 mx1 sm-mta[11]: 624567bb000010: 624568cc000012: sender notify: Cannot send message for 5 days
`,
			want: []string{
				`delay a@example.org 452 4.2.2 @mx.example.org by=mx1 "452 4.2.2 mailbox full" 26-03-01T05:06:08`,
				`delay b@example.org 4.0.0 @mx.example.org by=mx1 "Connection refused by mx.example.org." hint=connection-failed 26-03-01T05:06:08`,
				`delivery b@example.org 250 2.0.0 @mx.example.org by=mx1 "250 ok" 26-03-01T10:06:08`,
				`bounce a@example.org 452 4.2.2 @mx.example.org by=mx1 "452 4.2.2 mailbox full" 26-03-05T05:06:08`,
			},
		},
	})
}

func TestOpenSMTPD(t *testing.T) {
	runRows(t, []row{{
		name: "new and old releases, relayed and local, given up",
		log: `
Mar  4 05:06:07 mx1 smtpd[7]: 1111111111111111 smtp connected address=198.51.100.9 host=app.example.com
Mar  4 05:06:07 mx1 smtpd[7]: 1111111111111111 mta delivery evpid=2222222222222222 from=<s@example.com> to=<a@example.org> rcpt=<info@example.com> source="198.51.100.4" relay="192.0.2.1 (mx.example.org)" delay=1s result="PermFail" stat="550 5.1.1 "a" is unknown"
Mar  4 05:06:07 mx1 smtpd[7]: 1111111111111111 mta event=delivery evpid=2222222222222223 from=<> to=<b@example.org> rcpt=<-> source="198.51.100.4" relay="192.0.2.1 (192.0.2.1)" delay=1s result="TempFail" stat="452 4.2.2 full"
Mar  4 05:06:07 mx1 smtpd[7]: 0000000000000000 mda delivery evpid=2222222222222224 from=<s@example.com> to=<c@example.com> rcpt=<x@example.com> user=c delay=0s result=Ok stat=Delivered
Mar  4 05:06:07 mx1 smtpd[7]: 1111111111111111 mta delivery evpid=2222222222222225 from=<s@example.com> to=<d@example.org> rcpt=<-> source="127.0.0.1" relay="127.0.0.1 (localhost)" delay=0s result="Ok" stat="250 2.0.0: 3333 Message accepted for delivery"
Mar  4 05:06:07 mx1 smtpd[7]: relay: PermFail for 2222222222222226: session=1111111111111111, from=<s@example.com>, to=<e@nowhere.example>, rcpt=<->, source=-, relay=-, delay=1s, stat=Domain does not exist
Mar  4 05:06:07 mx1 smtpd[7]: delivery: Ok for 2222222222222227: from=<s@example.com>, to=<f@example.com>, user=f, method=maildir, delay=1s, stat=Delivered
Mar  5 05:06:07 mx1 smtpd[7]: relay: Expire for 2222222222222223: from=<>, to=<b@example.org>, rcpt=<->, delay=4d, stat=Envelope expired
Mar  4 05:06:07 mx1 smtpd[7]: 1111111111111111 mta delivery evpid=2222222222222228 from=<s@example.com> to=<loop@example.org> rcpt=<-> source="-" relay="loop" delay=1s result="PermFail" stat="Loop detected"
`,
		want: []string{
			`bounce a@example.org orig=info@example.com from=s@example.com 550 5.1.1 @mx.example.org ip=198.51.100.4 by=mx1 "550 5.1.1 \"a\" is unknown" 26-03-04T05:06:07`,
			`delay b@example.org 452 4.2.2 @192.0.2.1 ip=198.51.100.4 by=mx1 "452 4.2.2 full" 26-03-04T05:06:07`,
			`delivery c@example.com orig=x@example.com from=s@example.com by=mx1 "Delivered" 26-03-04T05:06:07`,
			`bounce e@nowhere.example from=s@example.com by=mx1 "Domain does not exist" hint=domain-unknown 26-03-04T05:06:07`,
			`delivery f@example.com from=s@example.com by=mx1 "Delivered" 26-03-04T05:06:07`,
			`bounce b@example.org 452 4.2.2 @192.0.2.1 ip=198.51.100.4 by=mx1 "452 4.2.2 full" 26-03-05T05:06:07`,
			`bounce loop@example.org from=s@example.com @loop by=mx1 "Loop detected" hint=routing-loop 26-03-04T05:06:07`,
		},
	}})
}

func TestQmail(t *testing.T) {
	runRows(t, []row{
		{
			name: "multilog, numbers used again, reply within the report",
			log: `
@4000000069a7bdc93b9ac9ff new msg 77
@4000000069a7bdc90bebc200 info msg 77: bytes 321 from <s@example.com> qp 1 uid 2
@4000000069a7bdc90bebc200 starting delivery 1: msg 77 to remote a@example.org
@4000000069a7bdc90bebc200 starting delivery 2: msg 77 to local b@example.com
@4000000069a7bdc90bebc200 status: local 1/10 remote 1/20
@4000000069a7bdc90bebc200 delivery 1: failure: 192.0.2.1_does_not_like_recipient./Remote_host_said:_550-5.1.1_see_http://example.org/help_for/550_5.1.1_more/Giving_up_on_192.0.2.1./
@4000000069a7bdc90bebc200 delivery 2: success: did_1+0+0/
@4000000069a7bdc90bebc200 bounce msg 77 qp 3
@4000000069a7bdc90bebc200 end msg 77
@4000000069a7bdcb0bebc200 new msg 77
@4000000069a7bdcb0bebc200 info msg 77: bytes 321 from <> qp 1 uid 2
@4000000069a7bdcb0bebc200 starting delivery 1: msg 77 to remote s@example.com
@4000000069a7bdcb0bebc200 delivery 1: deferral: Connected_to_192.0.2.2_but_greeting_failed./Remote_host_said:_421_4.3.2_busy/
@4000000069a7bdcb0bebc200 delivery 9: failure: Sorry/
`,
			want: []string{
				`bounce a@example.org from=s@example.com 550 5.1.1 RCPT_TO @192.0.2.1 "550-5.1.1 see http://example.org/help for 550 5.1.1 more" 26-03-04T05:06:07`,
				`delivery b@example.com from=s@example.com "did 1+0+0" 26-03-04T05:06:07`,
				`delay s@example.com 421 4.3.2 CONNECT @192.0.2.2 "421 4.3.2 busy" 26-03-04T05:06:09`,
			},
		},
		{
			name: "splogger, svlogd, tai64nlocal, own words, given up",
			log: `
Mar  4 05:06:07 mx1 qmail: 1772600767.485077 info msg 5: bytes 1 from <s@example.com> qp 1 uid 2
Mar  4 05:06:07 mx1 qmail: 1772600767.485077 starting delivery 4: msg 5 to local gone@example.com
Mar  4 05:06:07 mx1 qmail: 1772600767.485077 delivery 4: failure: Sorry,_no_mailbox_here_by_that_name._(#5.1.1)/
2026-03-04_05:06:07.12345 info msg 6: bytes 1 from <t@example.com> qp 1 uid 2
2026-03-04_05:06:07.12345 starting delivery 4: msg 6 to remote a@nowhere.example
2026-03-04_05:06:07.12345 delivery 4: failure: Sorry,_I_couldn't_find_any_host_named_nowhere.example._(#5.1.2)/
2026-03-04 05:06:07.123456789 starting delivery 5: msg 6 to remote a@example.org
2026-03-04 05:06:07.123456789 delivery 5: failure: 192.0.2.1_does_not_like_recipient./Remote_host_said:_452_4.2.2_full/Giving_up_on_192.0.2.1./I'm_not_going_to_try_again;_this_message_has_been_in_the_queue_too_long./
`,
			want: []string{
				`bounce gone@example.com from=s@example.com 5.1.1 by=mx1 "Sorry, no mailbox here by that name. (#5.1.1)" hint=user-unknown 26-03-04T05:06:07`,
				`bounce a@nowhere.example from=t@example.com 5.1.2 "Sorry, I couldn't find any host named nowhere.example. (#5.1.2)" hint=domain-unknown 26-03-04T05:06:07`,
				`bounce a@example.org from=t@example.com 452 4.2.2 RCPT_TO @192.0.2.1 "452 4.2.2 full" 26-03-04T05:06:07`,
			},
		},
	})
}

func TestHaraka(t *testing.T) {
	want := []string{
		`bounce b@example.org from=s@example.com id=m1@example.com 550 5.1.1 RCPT_TO "550 5.1.1 no" 26-03-04T05:06:07`,
		`delay c@example.org from=s@example.com id=m1@example.com 452 4.2.2 RCPT_TO "452 4.2.2 full" 26-03-04T05:06:07`,
		`delivery a@example.org from=s@example.com id=m1@example.com @mx.example.org "ok \"7\"" 26-03-04T05:06:07`,
		`delay d@example.net from=s@example.com id=m1@example.com 421 4.3.2 "421 4.3.2 busy" 26-03-04T05:06:07`,
	}
	runRows(t, []row{
		{"plain", `
2026-03-04T05:06:07.000Z [NOTICE] [AAAA-1.1] [core] sender <s@example.com> code=CONT msg=""
2026-03-04T05:06:07.000Z [NOTICE] [AAAA-1.1] [core] recipient <a@example.org> code=OK msg="" sender="s@example.com"
2026-03-04T05:06:07.000Z [NOTICE] [AAAA-1.1] [core] recipient <b@example.org> code=OK msg="" sender="s@example.com"
2026-03-04T05:06:07.000Z [NOTICE] [AAAA-1.1] [core] recipient <c@example.org> code=OK msg="" sender="s@example.com"
2026-03-04T05:06:07.000Z [NOTICE] [AAAA-1.1] [core] recipient <x@example.org> code=DENY msg="" sender="s@example.com"
2026-03-04T05:06:07.000Z [INFO] [AAAA-1.1] [core] message mid="<m1@example.com>" size=1 rcpts=3/0/0 delay=1 code=CONT msg=""
2026-03-04T05:06:07.000Z [NOTICE] [AAAA-1.1.1] [outbound] recipient <b@example.org> rejected: 550 5.1.1 no
2026-03-04T05:06:07.000Z [NOTICE] [AAAA-1.1.1] [outbound] recipient <c@example.org> deferred: 452 4.2.2 full
2026-03-04T05:06:07.000Z [NOTICE] [AAAA-1.1.1] [outbound] delivered file="1_x" domain="example.org" host="mx.example.org" ip=192.0.2.1 port=25 mode=SMTP tls=Y auth=N response="ok \"7\"" delay=1 fails=0 rcpts=1/1/1
2026-03-04T05:06:07.000Z [INFO] [AAAA-1.1.1] [outbound] bouncing mail: Some recipients failed: <b@example.org>
2026-03-04T05:06:07.000Z [DEBUG] [-] [core] loaded
`, want[:3]},
		{"json", `
{"level":"NOTICE","timestamp":"2026-03-04T05:06:07.000Z","uuid":"AAAA-1.2","source":"core","message":"sender <s@example.com> code=CONT msg=\"\""}
{"level":"NOTICE","timestamp":"2026-03-04T05:06:07.000Z","uuid":"AAAA-1.2","source":"core","message":"recipient <d@example.net> code=OK msg=\"\""}
{"level":"INFO","timestamp":"2026-03-04T05:06:07.000Z","uuid":"AAAA-1.2","source":"core","message":"message mid=\"<m1@example.com>\" size=1"}
{"level":"INFO","timestamp":"2026-03-04T05:06:07.000Z","uuid":"AAAA-1.2.1","source":"outbound","message":"Temp failing 1_x for 64 seconds: Upstream error: 421 4.3.2 busy"}
`, want[3:]},
		{"json, parts with names", `
{"level":"NOTICE","timestamp":"2026-03-04T05:06:07.000Z","uuid":"AAAA-1.2","source":"core","message":"sender <s@example.com>","code":"CONT","msg":""}
{"level":"NOTICE","timestamp":"2026-03-04T05:06:07.000Z","uuid":"AAAA-1.2","source":"core","message":"recipient <a@example.org>","code":"OK","sender":"s@example.com"}
{"level":"INFO","timestamp":"2026-03-04T05:06:07.000Z","uuid":"AAAA-1.2","source":"core","message":"message","mid":"<m1@example.com>","size":1}
{"level":"NOTICE","timestamp":"2026-03-04T05:06:07.000Z","uuid":"AAAA-1.2.1","source":"outbound","delivered file":"1_x","domain":"example.org","host":"mx.example.org","ip":"192.0.2.1","port":25,"response":"ok \"7\"","delay":1.2,"fails":0,"rcpts":"1/0/0"}
`, want[2:3]},
		{"logfmt", `
2026-03-04T05:06:07.000Z level=NOTICE uuid=AAAA-1.2 source=core message="sender <s@example.com>" code=CONT msg=""
2026-03-04T05:06:07.000Z level=NOTICE uuid=AAAA-1.2 source=core message="message" mid=<m1@example.com> size=1
2026-03-04T05:06:07.000Z level=NOTICE uuid=AAAA-1.2.1 source=outbound message="recipient <b@example.org> rejected: 550 5.1.1 no"
`, want[:1]},
	})
}
