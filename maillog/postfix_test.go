package maillog_test

import "testing"

func TestPostfix(t *testing.T) {
	runRows(t, []row{
		{
			name: "sender, Message-ID and recipient are joined by queue id",
			log: `
Mar  4 05:06:07 mx1 postfix/smtpd[11]: connect from app.example.com[198.51.100.9]
Mar  4 05:06:07 mx1 postfix/smtpd[11]: 4D0F2A1B3C: client=app.example.com[198.51.100.9]
Mar  4 05:06:07 mx1 postfix/cleanup[12]: 4D0F2A1B3C: message-id=<m1@app.example.com>
Mar  4 05:06:07 mx1 postfix/qmgr[13]: 4D0F2A1B3C: from=<news@example.com>, size=1234, nrcpt=2 (queue active)
Mar  4 05:06:09 mx1 postfix/smtp[14]: 4D0F2A1B3C: to=<ann@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=2, delays=0/0/1/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 77AB)
Mar  4 05:06:09 mx1 postfix/smtp[14]: 4D0F2A1B3C: to=<bob@example.org>, orig_to=<info@example.com>, relay=mx.example.org[192.0.2.1]:25, conn_use=2, delay=2, delays=0/0/1/1, dsn=5.1.1, status=bounced (host mx.example.org[192.0.2.1] said: 550 5.1.1 <bob@example.org>: no such person (in reply to RCPT TO command))
Mar  4 05:06:09 mx1 postfix/bounce[15]: 4D0F2A1B3C: sender non-delivery notification: 5E0F2A1B3D
Mar  4 05:06:09 mx1 postfix/qmgr[13]: 4D0F2A1B3C: removed
`,
			want: []string{
				`delivery ann@example.org from=news@example.com id=m1@app.example.com 250 2.0.0 @mx.example.org by=mx1 "250 2.0.0 Ok: queued as 77AB" 26-03-04T05:06:09`,
				`bounce bob@example.org orig=info@example.com from=news@example.com id=m1@app.example.com 550 5.1.1 RCPT_TO @mx.example.org by=mx1 "550 5.1.1 <bob@example.org>: no such person" 26-03-04T05:06:09`,
			},
		},
		{
			name: "attempts are delays, giving up one bounce with the last one's cause",
			log: `
2026-03-01T10:00:00.123456+01:00 mx1 postfix/cleanup[12]: 4Zb1xQ2Ppyz1Bcd: message-id=<m2@app.example.com>
2026-03-01T10:00:00.123456+01:00 mx1 postfix/qmgr[13]: 4Zb1xQ2Ppyz1Bcd: from=<news@example.com>, size=1, nrcpt=1 (queue active)
2026-03-01T10:00:05+01:00 mx1 postfix/smtp[14]: 4Zb1xQ2Ppyz1Bcd: to=<ann@example.org>, relay=none, delay=5, delays=0/0/5/0, dsn=4.4.1, status=deferred (connect to mx.example.org[192.0.2.1]:25: Connection timed out)
2026-03-02T10:00:05+01:00 mx1 postfix/smtp[14]: 4Zb1xQ2Ppyz1Bcd: to=<ann@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=86405, delays=86400/0/5/0, dsn=4.2.2, status=deferred (host mx.example.org[192.0.2.1] said: 452 4.2.2 mailbox full (in reply to RCPT TO command))
2026-03-05T10:00:05+01:00 mx1 postfix/qmgr[13]: 4Zb1xQ2Ppyz1Bcd: from=<news@example.com>, status=expired, returned to sender
`,
			want: []string{
				`delay ann@example.org from=news@example.com id=m2@app.example.com 4.4.1 @mx.example.org by=mx1 "connect to mx.example.org[192.0.2.1]:25: Connection timed out" hint=connection-failed 26-03-01T09:00:05`,
				`delay ann@example.org from=news@example.com id=m2@app.example.com 452 4.2.2 RCPT_TO @mx.example.org by=mx1 "452 4.2.2 mailbox full" 26-03-02T09:00:05`,
				`bounce ann@example.org from=news@example.com id=m2@app.example.com 452 4.2.2 RCPT_TO @mx.example.org by=mx1 "452 4.2.2 mailbox full" 26-03-05T09:00:05`,
			},
		},
		{
			name: "force-expired, and only those who still wait",
			log: `
Mar  1 10:00:00 mx1 postfix/smtp[14]: AAAAA1: to=<a@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=4.0.0, status=deferred (host mx.example.org[192.0.2.1] said: 451 later (in reply to MAIL FROM command))
Mar  1 10:00:00 mx1 postfix/smtp[14]: AAAAA1: to=<b@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=4.0.0, status=deferred (host mx.example.org[192.0.2.1] said: 451 later (in reply to MAIL FROM command))
Mar  1 11:00:00 mx1 postfix/smtp[14]: AAAAA1: to=<a@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)
Mar  1 12:00:00 mx1 postfix/qmgr[13]: AAAAA1: from=<s@example.com>, status=force-expired, returned to sender
`,
			want: []string{
				`delay a@example.org 451 4.0.0 MAIL_FROM @mx.example.org by=mx1 "451 later" 26-03-01T10:00:00`,
				`delay b@example.org 451 4.0.0 MAIL_FROM @mx.example.org by=mx1 "451 later" 26-03-01T10:00:00`,
				`delivery a@example.org 250 2.0.0 @mx.example.org by=mx1 "250 ok" 26-03-01T11:00:00`,
				`bounce b@example.org from=s@example.com 451 4.0.0 MAIL_FROM @mx.example.org by=mx1 "451 later" 26-03-01T12:00:00`,
			},
		},
		{
			name: "a content filter is no delivery, the mail server behind it is",
			log: `
Mar  4 05:06:07 mx1 postfix/cleanup[12]: AAAAA1: message-id=<m1@example.com>
Mar  4 05:06:07 mx1 postfix/qmgr[13]: AAAAA1: from=<s@example.com>, size=1, nrcpt=1 (queue active)
Mar  4 05:06:08 mx1 postfix/smtp-amavis/smtp[14]: AAAAA1: to=<a@example.org>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as BBBBB2)
Mar  4 05:06:08 mx1 postfix/lmtp[14]: AAAAA1: to=<b@example.org>, relay=localhost[::1]:10024, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as BBBBB2)
Mar  4 05:06:08 mx1 postfix/pipe[14]: AAAAA1: to=<c@example.org>, relay=spamassassin, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (delivered via spamassassin service)
Mar  4 05:06:08 mx1 postfix/smtp[14]: AAAAA1: to=<d@example.org>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.5.0, status=sent (250 2.5.0 OK (7A8B))
Mar  4 05:06:08 mx1 postfix/cleanup[12]: BBBBB2: message-id=<m1@example.com>
Mar  4 05:06:08 mx1 postfix/qmgr[13]: BBBBB2: from=<s@example.com>, size=1, nrcpt=1 (queue active)
Mar  4 05:06:09 mx1 postfix/lmtp[15]: BBBBB2: to=<a@example.org>, relay=mx1.example.org[private/dovecot-lmtp], delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 <a@example.org> AbCd Saved)
`,
			want: []string{
				`delivery a@example.org from=s@example.com id=m1@example.com 250 2.0.0 @mx1.example.org by=mx1 "250 2.0.0 <a@example.org> AbCd Saved" 26-03-04T05:06:09`,
			},
		},
		{
			name: "every daemon, multi-instance names, RFC 5424, own words",
			log: `
<22>1 2026-03-04T05:06:07Z mx1 postfix-out/local 12 - - AAAAA1: to=<root@example.org>, relay=local, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (unknown user: "root")
<22>1 2026-03-04T05:06:07.5Z mx1 mta-a/virtual 12 - [x@1 y="a]b"] AAAAA2: to=<v@example.org>, relay=virtual, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (delivered to maildir)
Mar  4 05:06:07 mx1 postfix/pipe[1]: AAAAA3: to=<p@example.org>, relay=script, delay=1, delays=0/0/0/1, dsn=4.3.0, status=deferred (temporary failure. Command output: disk (of all) is full)
Mar  4 05:06:07 mx1 postfix/error[1]: AAAAA4: to=<e@example.org>, relay=none, delay=1, delays=0/0/0/1, dsn=4.4.2, status=deferred (delivery temporarily suspended: host mx.example.org[192.0.2.1] refused to talk to me: 421 4.3.2 too busy)
Mar  4 05:06:07 mx1 postfix/smtp[1]: AAAAA5: to=<d@nowhere.example>, relay=none, delay=1, delays=0/0/0/1, dsn=5.4.4, status=bounced (Host or domain name not found. Name service error for name=nowhere.example type=AAAA: Host not found)
Mar  4 05:06:07 mx1 postfix/cleanup[1]: AAAAA6: to=<c@example.org>, orig_to=<x@example.com>, relay=none, delay=1, delays=0/0/0/1, dsn=5.7.1, status=bounced (content rejected)
Mar  4 05:06:07 mx1 postfix/smtp[1]: AAAAA7: to=<probe@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, status=undeliverable (host mx.example.org[192.0.2.1] said: 550 no)
Mar  4 05:06:07 mx1 postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 550 5.1.1 <x@example.org>: User unknown; from=<a@example.com> to=<x@example.org> proto=ESMTP helo=<h>
Mar  4 05:06:07 mx1 postfix/smtp[1]: AAAAA8: to=<s@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=5.7.1, status=SOFTBOUNCE (host mx.example.org[192.0.2.1] said: 550 no (in reply to end of DATA command))
`,
			want: []string{
				`bounce root@example.org 5.1.1 by=mx1 "unknown user: \"root\"" hint=user-unknown 26-03-04T05:06:07`,
				`delivery v@example.org 2.0.0 by=mx1 "delivered to maildir" 26-03-04T05:06:07`,
				`delay p@example.org 4.3.0 by=mx1 "temporary failure. Command output: disk (of all) is full" 26-03-04T05:06:07`,
				`delay e@example.org 421 4.3.2 CONNECT @mx.example.org by=mx1 "421 4.3.2 too busy" 26-03-04T05:06:07`,
				`bounce d@nowhere.example 5.4.4 by=mx1 "Host or domain name not found. Name service error for name=nowhere.example type=AAAA: Host not found" hint=domain-unknown 26-03-04T05:06:07`,
				`bounce c@example.org orig=x@example.com 5.7.1 by=mx1 "content rejected" 26-03-04T05:06:07`,
				`delay s@example.org 550 5.7.1 end_of_DATA @mx.example.org by=mx1 "550 no" 26-03-04T05:06:07`,
			},
		},
		{
			name: "hostile addresses, nested parentheses, lines cut off",
			log: `
Mar  4 05:06:07 mx1 postfix/smtp[1]: AAAAA1: to=<"a>, status=sent (x"@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, status=bounced (host mx.example.org[192.0.2.1] said: 550 5.1.1 no (really (no)) said: 250 ok (in reply to RCPT TO command))
Mar  4 05:06:07 mx1 postfix/smtp[1]: AAAAA2: to=<a@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=5.7.1, status=bounced (host mx.example.org[192.0.2.1] said: 554 5.7.1 a very long ans
Mar  4 05:06:07 mx1 postfix/smtp[1]: AAAAA3: to=<a@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1, del
Mar  4 05:06:07 mx1 postfix/smtp[1]: AAAAA3: to=<a@exam
`,
			want: []string{
				`bounce "a>, status=sent (x"@example.org 550 5.1.1 RCPT_TO @mx.example.org by=mx1 "550 5.1.1 no (really (no)) said: 250 ok" 26-03-04T05:06:07`,
				`bounce a@example.org 554 5.7.1 @mx.example.org by=mx1 "554 5.7.1 a very long ans" !truncated 26-03-04T05:06:07`,
			},
		},
		{
			name: "headers of all kinds",
			log: `
Mar  4 2026 05:06:07 mx1 postfix/virtual[1]: AAAAA1: to=<a@example.org>, relay=virtual, delay=1, dsn=2.0.0, status=sent (x)
2026-03-04 05:06:07 mx1 postfix/virtual[1]: AAAAA1: to=<b@example.org>, relay=virtual, delay=1, dsn=2.0.0, status=sent (x)
2026-03-04 05:06:07,5 +0100 mx1 postfix/virtual[1]: AAAAA1: to=<c@example.org>, relay=virtual, delay=1, dsn=2.0.0, status=sent (x)
postfix/virtual[1]: AAAAA1: to=<d@example.org>, relay=virtual, delay=1, dsn=2.0.0, status=sent (x)
Mar  4 05:06:07 postfix/virtual[1]: AAAAA1: to=<e@example.org>, relay=virtual, delay=1, dsn=2.0.0, status=sent (x)
Mar  4 05:06:07 <mail.info> mx1 postfix/virtual[1]: AAAAA1: to=<f@example.org>, relay=virtual, delay=1, dsn=2.0.0, status=sent (x)
<22>Mar  4 05:06:07 mx1 postfix/virtual[1]: AAAAA1: to=<g@example.org>, relay=virtual, delay=1, dsn=2.0.0, status=sent (x)
1 2026-03-04T05:06:07Z mx1 postfix/virtual 1 - - ` + "\ufeff" + `AAAAA1: to=<h@example.org>, relay=virtual, delay=1, dsn=2.0.0, status=sent (x)
<22>1 - - postfix/virtual - - - postfix/virtual[1]: AAAAA1: to=<i@example.org>, relay=virtual, delay=1, dsn=2.0.0, status=sent (x)
`,
			want: []string{
				`delivery a@example.org 2.0.0 by=mx1 "x" 26-03-04T05:06:07`,
				`delivery b@example.org 2.0.0 by=mx1 "x" 26-03-04T05:06:07`,
				`delivery c@example.org 2.0.0 by=mx1 "x" 26-03-04T04:06:07`,
				`delivery d@example.org 2.0.0 "x"`,
				`delivery e@example.org 2.0.0 "x" 26-03-04T05:06:07`,
				`delivery f@example.org 2.0.0 by=mx1 "x" 26-03-04T05:06:07`,
				`delivery g@example.org 2.0.0 by=mx1 "x" 26-03-04T05:06:07`,
				`delivery h@example.org 2.0.0 by=mx1 "x" 26-03-04T05:06:07`,
				`delivery i@example.org 2.0.0 "x"`,
			},
		},
		{
			name: "lines out of order, a queue id used again",
			log: `
Mar  4 05:06:07 mx1 postfix/qmgr[13]: AAAAA1: from=<s1@example.com>, size=1, nrcpt=1 (queue active)
Mar  4 05:06:07 mx1 postfix/cleanup[12]: AAAAA1: message-id=<m1@example.com>
Mar  4 05:06:07 mx1 postfix/qmgr[13]: AAAAA1: removed
Mar  4 05:06:07 mx1 postfix/smtp[1]: AAAAA1: to=<a@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)
Mar  4 06:06:07 mx1 postfix/pickup[13]: AAAAA1: uid=0 from=<root>
Mar  4 06:06:07 mx1 postfix/smtp[1]: AAAAA1: to=<b@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)
Mar  4 06:06:07 mx2 postfix/cleanup[12]: AAAAA1: message-id=<m2@example.com>
Mar  4 06:06:07 mx1 postfix/smtp[1]: AAAAA1: to=<c@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)
`,
			want: []string{
				`delivery a@example.org from=s1@example.com id=m1@example.com 250 2.0.0 @mx.example.org by=mx1 "250 ok" 26-03-04T05:06:07`,
				`delivery b@example.org 250 2.0.0 @mx.example.org by=mx1 "250 ok" 26-03-04T06:06:07`,
				`delivery c@example.org 250 2.0.0 @mx.example.org by=mx1 "250 ok" 26-03-04T06:06:07`,
			},
		},
	})
}

func TestPostfixJournald(t *testing.T) {
	want := []string{
		`bounce a@example.org from=s@example.com 550 5.1.1 RCPT_TO @mx.example.org by=mx1 "550 5.1.1 no" 26-03-04T05:06:07`,
	}
	const from = "AAAAA1: from=<s@example.com>, size=1, nrcpt=1 (queue active)"
	const to = "AAAAA1: to=<a@example.org>, relay=mx.example.org[192.0.2.1]:25, delay=1, delays=0/0/0/1, dsn=5.1.1, " +
		"status=bounced (host mx.example.org[192.0.2.1] said: 550 5.1.1 no (in reply to RCPT TO command))"
	length := string([]byte{byte(len(to)), 0, 0, 0, 0, 0, 0, 0})
	runRows(t, []row{
		{"json", `
{"__REALTIME_TIMESTAMP":"1772600767000000","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/qmgr","MESSAGE":"` + from + `"}
{"__REALTIME_TIMESTAMP":"1772600767000000","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtp","MESSAGE":"` + to + `"}
{"__REALTIME_TIMESTAMP":"1772600767000000","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"sshd","MESSAGE":[65,255]}
`, want},
		{"export", "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1772600767000000\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER=postfix/qmgr\nMESSAGE=" + from + "\n\n" +
			"__CURSOR=s=2\n__REALTIME_TIMESTAMP=1772600767000000\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER=postfix/smtp\nMESSAGE=" + to + "\n", want},
		{"export, value behind its length", "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1772600767000000\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER=postfix/qmgr\nMESSAGE=" + from + "\n\n" +
			"__CURSOR=s=2\n__REALTIME_TIMESTAMP=1772600767000000\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER=postfix/smtp\nMESSAGE\n" + length + to + "\nPRIORITY=6\n\n", want},
	})
}
