package maillog_test

import (
	"fmt"
	"testing"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/maillog"
)

func TestExim(t *testing.T) {
	runRows(t, []row{
		{
			name: "arrival, delivery, failure, completion",
			log: `
2026-03-04 05:06:07 1tpE2h-000000001Xy-0abc <= s@example.com H=app.example.com [198.51.100.9] P=esmtp S=1 DKIM=example.com id=m1@app.example.com T="a \"quoted\" id=no@example.com" for a@example.org b@example.org
2026-03-04 05:06:08 1tpE2h-000000001Xy-0abc => a@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.1]:25 X=TLS1.3:ECDHE:256 CV=yes DN="/CN=mx: example" C="250 2.0.0 Ok: queued as \"77\"" QT=1s DT=0.5s
2026-03-04 05:06:08 1tpE2h-000000001Xy-0abc -> c@example.org <b@example.com> F=<srs@example.com> R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.1] C="250 2.0.0 Ok"
2026-03-04 05:06:08 1tpE2h-000000001Xy-0abc ** d@example.org F=<s@example.com> R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.1] X=TLS1.3:ECDHE:256 DN="/O=a: b/CN=mx": SMTP error from remote mail server after RCPT TO:<d@example.org>: 550-5.1.1 no such\n550 5.1.1 person
2026-03-04 05:06:08 1tpE2h-000000001Xy-0abc Completed
`,
			want: []string{
				`delivery a@example.org from=s@example.com id=m1@app.example.com 250 2.0.0 @mx.example.org "250 2.0.0 Ok: queued as \"77\"" 26-03-04T05:06:08`,
				`delivery c@example.org orig=b@example.com from=srs@example.com id=m1@app.example.com 250 2.0.0 @mx.example.org "250 2.0.0 Ok" 26-03-04T05:06:08`,
				`bounce d@example.org from=s@example.com id=m1@app.example.com 550 5.1.1 RCPT_TO @mx.example.org "550-5.1.1 no such 550 5.1.1 person" 26-03-04T05:06:08`,
			},
		},
		{
			name: "deferrals of all forms, and the retry time that ran out",
			log: `
2026-03-04 05:06:07 +0100 [123] 1tpE2h-0001Xy-0a <= <> R=1tpE2g-0001Xx-00 U=mail P=local S=1
2026-03-04 05:06:08.123 +0100 [123] 1tpE2h-0001Xy-0a == a@example.org R=dnslookup T=remote_smtp defer (-44) H=mx.example.org [192.0.2.1]: SMTP error from remote mail server after RCPT TO:<a@example.org>: 452 4.2.2 over quota
2026-03-04 05:06:09 +0100 1tpE2h-0001Xy-0a == b@example.org R=dnslookup T=remote_smtp defer (111): Connection refused
2026-03-04 05:06:09 +0100 1tpE2h-0001Xy-0a == c@example.org R=dnslookup T=remote_smtp defer (110): Connection timed out H=mx.example.org [192.0.2.1]:25 DT=2m7s: SMTP timeout after MAIL FROM:<s@example.com>
2026-03-04 05:06:09 +0100 1tpE2h-0001Xy-0a == d@example.org R=dnslookup defer (-1): host lookup did not complete
2026-03-04 05:06:09 +0100 1tpE2h-0001Xy-0a == e@example.org routing defer (-51): retry time not reached
2026-03-04 05:07:09 +0100 1tpE2h-0001Xy-0a ** a@example.org: retry timeout exceeded
2026-03-04 05:07:09 +0100 1tpE2h-0001Xy-0a ** b@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.1]: SMTP error from remote mail server after end of data: 451 try later: retry timeout exceeded
2026-03-04 05:07:09 +0100 1tpE2h-0001Xy-0a ** e@example.org: retry timeout exceeded
2026-03-04 05:07:09 +0100 1tpE2h-0001Xy-0a ** f@example.org: retry timeout exceeded
`,
			want: []string{
				`delay a@example.org 452 4.2.2 RCPT_TO @mx.example.org "452 4.2.2 over quota" 26-03-04T04:06:08`,
				`delay b@example.org "Connection refused" hint=connection-failed 26-03-04T04:06:09`,
				`delay c@example.org @mx.example.org "Connection timed out: SMTP timeout after MAIL FROM:<s@example.com>" hint=connection-failed 26-03-04T04:06:09`,
				`delay d@example.org "host lookup did not complete" hint=dns-failure 26-03-04T04:06:09`,
				`delay e@example.org "retry time not reached" 26-03-04T04:06:09`,
				`bounce a@example.org 452 4.2.2 RCPT_TO @mx.example.org "452 4.2.2 over quota" 26-03-04T04:07:09`,
				`bounce b@example.org 451 end_of_DATA @mx.example.org "451 try later" 26-03-04T04:07:09`,
				`bounce e@example.org "retry timeout exceeded" hint=expired 26-03-04T04:07:09`,
				`bounce f@example.org "retry timeout exceeded" hint=expired 26-03-04T04:07:09`,
			},
		},
		{
			name: "pipes, files, aliases, what is no delivery",
			log: `
2026-03-04 05:06:07 1tpE2h-0001Xy-0a => user <user@example.com> R=localuser T=local_delivery
2026-03-04 05:06:07 1tpE2h-0001Xy-0a => |/usr/bin/filter -x a (b) <list@example.com> R=aliases T=address_pipe
2026-03-04 05:06:07 1tpE2h-0001Xy-0a ** |/usr/bin/filter <pipe@example.com> R=aliases T=address_pipe: Child process of address_pipe transport returned 1 from command: /usr/bin/filter
2026-03-04 05:06:07 1tpE2h-0001Xy-0a >> cut@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.1] C="250 OK"
2026-03-04 05:06:07 1tpE2h-0001Xy-0a *> not@example.org R=dnslookup T=remote_smtp H=mx.example.org [192.0.2.1] C="delivery bypassed by -N option"
2026-03-04 05:06:07 1tpE2h-0001Xy-0a => f@example.org R=scan T=amavis H=127.0.0.1 [127.0.0.1]:10024 C="250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 OK id=1tpE2i-0001Xz-00"
2026-03-04 05:06:07 1tpE2h-0001Xy-0a => g@example.org R=scan T=pmg H=localhost [127.0.0.1]:10024 C="250 2.5.0 OK (7A)"
2026-03-04 05:06:07 1tpE2h-0001Xy-0a => h@example.org R=out T=smtp H=localhost [127.0.0.1] C="250 OK id=1tpE2j-0001Xz-00"
2026-03-04 05:06:07 1tpE2h-0001Xy-0a ** x@nowhere.example : Unrouteable address
2026-03-04 05:06:07 1tpE2h-0001Xy-0a ** "odd R=x : y"@example.org F=<s@example.com>: Unrouteable address
2026-03-04 05:06:07 1tpE2h-0001Xy-0a Frozen (delivery error message)
2026-03-04 05:06:07 H=(spammer) [192.0.2.66] F=<x@example.net> rejected RCPT <a@example.com>: relay not permitted
2026-03-04 05:06:07 Start queue run: pid=1
2026-03-04 05:06:07 1tpE2h-0001Xy-0a ** cut@exam
`,
			want: []string{
				`delivery user@example.com 26-03-04T05:06:07`,
				`delivery list@example.com 26-03-04T05:06:07`,
				`bounce pipe@example.com "Child process of address_pipe transport returned 1 from command: /usr/bin/filter" hint=list-expansion 26-03-04T05:06:07`,
				`delivery cut@example.org 250 @mx.example.org "250 OK" 26-03-04T05:06:07`,
				`delivery h@example.org 250 @localhost "250 OK id=1tpE2j-0001Xz-00" 26-03-04T05:06:07`,
				`bounce x@nowhere.example "Unrouteable address" hint=domain-unknown 26-03-04T05:06:07`,
				`bounce "odd R=x : y"@example.org from=s@example.com "Unrouteable address" hint=domain-unknown 26-03-04T05:06:07`,
			},
		},
		{
			name: "through syslog, and what old releases wrote",
			log: `
Mar  4 05:06:07 mx1 exim[123]: 2026-03-04 05:06:07 1tpE2h-0001Xy-0a <= s@example.com P=esmtp S=1 id=m@example.com
Mar  4 05:06:07 mx1 exim[123]: 1tpE2h-0001Xy-0a ** a@example.org R=dnslookup T=remote_smtp: SMTP error from remote mailer after RCPT TO:<a@example.org>: host mx.example.org [192.0.2.1]: 550 no
Mar  4 05:06:07 mx1 exim[123]: 1tpE2h-0001Xy-0a == b@example.org R=dnslookup T=remote_smtp defer (-45): SMTP error from remote mail server after pipelined MAIL FROM:<s@example.com> SIZE=12: host mx.example.org [192.0.2.1]: 421 4.3.2 not now
`,
			want: []string{
				`bounce a@example.org from=s@example.com id=m@example.com 550 RCPT_TO @mx.example.org by=mx1 "550 no" 26-03-04T05:06:07`,
				`delay b@example.org from=s@example.com id=m@example.com 421 4.3.2 MAIL_FROM @mx.example.org by=mx1 "421 4.3.2 not now" 26-03-04T05:06:07`,
			},
		},
	})
}

// TestLasting wants what the MTA gave up at once to be permanent, what it tries
// again temporary, where neither text nor code tells.
func TestLasting(t *testing.T) {
	for _, test := range []struct {
		line string
		want codebook.Lasting
	}{
		{"** a@example.org R=r: closed for renovation", codebook.Permanent},
		{"** a@example.org R=r T=t: mailbox is full", codebook.Permanent},
		{"** a@example.org R=r T=t: mailbox is full: retry timeout exceeded", codebook.LastingUnknown},
		{"** a@example.org: retry timeout exceeded", codebook.LastingUnknown},
		{"== a@example.org R=r defer (-1): not just now", codebook.Temporary},
		{"** a@example.org R=r T=t: SMTP error from remote mail server after end of data: 550 no", ""},
	} {
		events := feed(maillog.New(maillog.Options{}), fmt.Sprintf("2026-03-04 05:06:07 1tpE2h-0001Xy-0a %s\n", test.line))
		if len(events) != 1 || events[0].Hint.Lasting != test.want {
			t.Errorf("%s: %+v, want %q", test.line, events, test.want)
		}
	}
}
