package maillog_test

import "testing"

func TestPowerMTA(t *testing.T) {
	runRows(t, []row{
		{
			name: "all types, by header, in any order, quoted line ends",
			log: `type,timeLogged,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,dlvSourceIp,vmta,jobId,header_Message-Id
d,2026-03-04 06:06:07+0100,s@example.com,a@example.org,rfc822;a@example.org,relayed,2.0.0 (success),smtp;250 2.0.0 ok,mx.example.org (192.0.2.1),,198.51.100.4,vm1,job7,<m1@example.com>
b,2026-03-04 06:06:07+0100,s@example.com,b@example.org,rfc822;x@example.org,failed,5.1.1 (bad destination mailbox address),"smtp;550 5.1.1 no, ""really""
not here",mx.example.org (192.0.2.1),bad-mailbox,198.51.100.4,vm1,job7,<m1@example.com>
t,1772600767,s@example.com,c@example.org,,delayed,4.2.2,smtp;452 4.2.2 full,mx.example.org (192.0.2.1),quota-issues,198.51.100.4,vm1,,
tq,1772600767,s@example.com,d@example.org,,delayed,4.4.1 (no answer from host),,mx.example.org (192.0.2.1),no-answer-from-host,,vm1,,
rb,1772600767,s@example.com,e@example.org,,failed,5.2.2,smtp;552 5.2.2 full,mx.example.org,quota-issues,,,,
rs,1772600767,s@example.com,f@example.org,,delayed,4.0.0,,mx.example.org,,,,,
r,1772600767,s@example.com,g@example.org,,,,,,,,,,
q,1772600767,s@example.com,h@example.org,,,,,,,,,,
rcpt,type,dsnDiag,timeLogged
i@example.org,b,smtp;554 5.7.1 spam,2026-03-04T05:06:07Z
type,timeLogged,orig,rcpt,format,userAgent,reportedDomain,reportingMta,sourceIp,header_Message-Id
f,1772600767,s@example.com,j@example.org,arf,ua/1,example.com,mx.example.org,198.51.100.4,<m2@example.com>
`,
			want: []string{
				`delivery(relayed) a@example.org from=s@example.com id=m1@example.com 250 2.0.0 @mx.example.org ip=198.51.100.4 "250 2.0.0 ok" 26-03-04T05:06:07`,
				`bounce b@example.org orig=x@example.org from=s@example.com id=m1@example.com 550 5.1.1 @mx.example.org ip=198.51.100.4 "550 5.1.1 no, \"really\"\nnot here" hint=user-unknown 26-03-04T05:06:07`,
				`delay c@example.org from=s@example.com 452 4.2.2 @mx.example.org ip=198.51.100.4 "452 4.2.2 full" hint=mailbox-full 26-03-04T05:06:07`,
				`delay d@example.org from=s@example.com 4.4.1 @mx.example.org hint=connection-failed 26-03-04T05:06:07`,
				`bounce e@example.org from=s@example.com 552 5.2.2 @mx.example.org "552 5.2.2 full" hint=mailbox-full 26-03-04T05:06:07`,
				`delay f@example.org from=s@example.com 4.0.0 @mx.example.org 26-03-04T05:06:07`,
				`bounce i@example.org 554 5.7.1 "554 5.7.1 spam" 26-03-04T05:06:07`,
				`complaint j@example.org from=s@example.com id=m2@example.com ip=198.51.100.4 by=mx.example.org fbl=abuse 26-03-04T05:06:07`,
			},
		},
		{
			name: "a record that the end of the file cuts off is read as far as it goes",
			log:  "type,rcpt,dsnDiag\nb,a@example.org,\"smtp;550 5.1.1 no\nmore",
			want: []string{`bounce a@example.org 550 5.1.1 "550 5.1.1 no\nmore"`},
		},
	})
}

func TestExchange(t *testing.T) {
	const fields = "#Software: Microsoft Exchange Server\n#Version: 15.02.0986.014\n#Log-type: Message Tracking Log\n#Date: 2026-03-04T00:00:00.000Z\n" +
		"#Fields: date-time,client-ip,client-hostname,server-ip,server-hostname,source-context,connector-id,source,event-id,internal-message-id,message-id,network-message-id,recipient-address,recipient-status,total-bytes,recipient-count,related-recipient-address,reference,message-subject,sender-address,return-path\n"
	runRows(t, []row{
		{
			name: "failures, deferrals, deliveries; what is passed on within is none",
			log: fields +
				"2026-03-04T05:06:07.123Z,192.0.2.9,APP,198.51.100.4,EX1,,c,SMTP,RECEIVE,1,<m1@example.com>,n1,a@example.org;b@example.org,,1,2,,,\"Hello, you\",s@example.com,s@example.com\n" +
				"2026-03-04T05:06:07.123Z,,,,EX1,ctx,,ROUTING,FAIL,1,<m1@example.com>,n1,a@example.com;b@example.com,550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient a not found by SMTP address lookup;550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized,1,2,,,\"Hello, you\",s@example.com,s@example.com\n" +
				"2026-03-04T05:06:07.123Z,,,,EX1,ctx,,SMTP,FAIL,1,<m1@example.com>,n1,c@example.org,[{LED=550 5.1.1 no such user};{MSG=};{FQDN=mx.example.org};{IP=192.0.2.1};{LRT=3/4/2026 5:06:07 AM}],1,1,,,Hello,s@example.com,<>\n" +
				"2026-03-04T05:06:07.123Z,,,,EX1,ctx,,SMTP,DEFER,1,<m1@example.com>,n1,d@example.org,[{LED=451 4.4.0 Primary target IP address responded with: 421 4.3.2 busy};{MSG=}],1,1,,,Hello,s@example.com,s@example.com\n" +
				"2026-03-04T05:06:07.123Z,198.51.100.4,EX1,192.0.2.1,mx.example.org,;250 2.0.0 ok,Internet,SMTP,SENDEXTERNAL,1,<m1@example.com>,n1,e@example.org,250 2.1.5 Recipient OK,1,1,,,Hello,s@example.com,s@example.com\n" +
				"2026-03-04T05:06:07.123Z,198.51.100.4,EX1,198.51.100.5,EX2,,Intra,SMTP,SEND,1,<m1@example.com>,n1,f@example.com,250 2.1.5 Recipient OK,1,1,,,Hello,s@example.com,s@example.com\n" +
				"2026-03-04T05:06:07.123Z,,EX1,,EX1,,,STOREDRIVER,DELIVER,1,<m1@example.com>,n1,f@example.com,Inbox,1,1,,,Hello,s@example.com,s@example.com\n",
			want: []string{
				`bounce a@example.com from=s@example.com id=m1@example.com 550 5.1.10 by=EX1 "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient a not found by SMTP address lookup" 26-03-04T05:06:07`,
				`bounce b@example.com from=s@example.com id=m1@example.com 550 5.7.1 by=EX1 "550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized" 26-03-04T05:06:07`,
				`bounce c@example.org id=m1@example.com 550 5.1.1 @mx.example.org by=EX1 "550 5.1.1 no such user" 26-03-04T05:06:07`,
				`delay d@example.org from=s@example.com id=m1@example.com 451 4.4.0 by=EX1 "451 4.4.0 Primary target IP address responded with: 421 4.3.2 busy" 26-03-04T05:06:07`,
				`delivery e@example.org from=s@example.com id=m1@example.com 250 2.1.5 @mx.example.org ip=198.51.100.4 by=EX1 "250 2.1.5 Recipient OK" 26-03-04T05:06:07`,
				`delivery f@example.com from=s@example.com id=m1@example.com by=EX1 26-03-04T05:06:07`,
			},
		},
		{
			name: "Exchange 2010: SEND leaves the organisation",
			log: "#Version: 14.0.0.0\n#Fields: date-time,client-hostname,server-hostname,source,event-id,message-id,recipient-address,recipient-status,return-path\n" +
				"2026-03-04T05:06:07Z,EX1,mx.example.org,SMTP,SEND,<m1@example.com>,a@example.org,250 2.1.5 ok,s@example.com\n",
			want: []string{`delivery a@example.org from=s@example.com id=m1@example.com 250 2.1.5 @mx.example.org by=EX1 "250 2.1.5 ok" 26-03-04T05:06:07`},
		},
	})
}

func TestMessageTrace(t *testing.T) {
	want := []string{
		`bounce a@example.org from=s@example.com id=m1@example.com @192.0.2.1 ip=198.51.100.4 26-03-04T17:06:07`,
		`delivery b@example.org from=s@example.com id=m1@example.com @192.0.2.1 ip=198.51.100.4 26-03-04T17:06:07`,
		`bounce c@example.org from=s@example.com id=m1@example.com @192.0.2.1 ip=198.51.100.4 hint=spam-content 26-03-04T17:06:07`,
		`delay d@example.org from=s@example.com id=m1@example.com @192.0.2.1 ip=198.51.100.4 26-03-04T17:06:07`,
		`delivery(expanded) e@example.org from=s@example.com id=m1@example.com @192.0.2.1 ip=198.51.100.4 26-03-04T17:06:07`,
	}
	runRows(t, []row{
		{"csv", `#TYPE Deserialized.Microsoft.Exchange.Management.FfoReporting.MessageTrace
"PSComputerName","Organization","MessageId","Received","SenderAddress","RecipientAddress","Subject","Status","ToIP","FromIP","Size","MessageTraceId"
"o","x","<m1@example.com>","3/4/2026 5:06:07 PM","s@example.com","a@example.org","Hi","Failed","192.0.2.1","198.51.100.4","1","t"
"o","x","<m1@example.com>","2026-03-04T17:06:07.1","s@example.com","b@example.org","Hi","Delivered","192.0.2.1","198.51.100.4","1","t"
"o","x","<m1@example.com>","3/4/2026 5:06:07 PM","s@example.com","c@example.org","Hi","FilteredAsSpam","192.0.2.1","198.51.100.4","1","t"
"o","x","<m1@example.com>","3/4/2026 5:06:07 PM","s@example.com","d@example.org","Hi","Pending","192.0.2.1","198.51.100.4","1","t"
"o","x","<m1@example.com>","3/4/2026 5:06:07 PM","s@example.com","e@example.org","Hi","Expanded","192.0.2.1","198.51.100.4","1","t"
"o","x","<m1@example.com>","3/4/2026 5:06:07 PM","s@example.com","e@example.org","Hi","GettingStatus","192.0.2.1","198.51.100.4","1","t"
`, want},
		{"historical search", `origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id,network_message_id,original_client_ip,directionality,connector_id
2026-03-04T17:06:07.0Z,s@example.com,"a@example.org##Receive, Fail;b@example.org##Receive, Deliver",Hi,1,<m1@example.com>,n,198.51.100.4,Originating,
`, []string{
			`bounce a@example.org from=s@example.com id=m1@example.com 26-03-04T17:06:07`,
			`delivery b@example.org from=s@example.com id=m1@example.com 26-03-04T17:06:07`,
		}},
		{"json over several lines, all kinds of names", `
{ "value": [
  { "id": "t", "senderAddress": "s@example.com", "recipientAddress": "a@example.org", "messageId": "<m1@example.com>",
    "status": "failed", "toIP": "192.0.2.1", "fromIP": "198.51.100.4", "receivedDateTime": "2026-03-04T17:06:07Z", "subject": "} {" },
  { "MessageTraceId": "t", "SenderAddress": "s@example.com", "RecipientAddress": "b@example.org", "MessageId": "<m1@example.com>",
    "Status": "Delivered", "ToIP": "192.0.2.1", "FromIP": "198.51.100.4", "Received": "\/Date(1772643967000)\/" }
] }
`, want[:2]},
		{"json array on one line", `[{"MessageTraceId":"t","SenderAddress":"s@example.com","RecipientAddress":"a@example.org","MessageId":"<m1@example.com>","Status":"Failed","ToIP":"192.0.2.1","FromIP":"198.51.100.4","Received":"2026-03-04T17:06:07Z"}]`, want[:1]},
	})
}

func TestKumoMTA(t *testing.T) {
	runRows(t, []row{{
		name: "all types, lists of recipients, expiry with its cause",
		log: `
{"type":"Reception","id":"i1","sender":"s@example.com","recipient":"a@example.org","queue":"example.org","site":"","size":1,"response":{"code":250,"enhanced_code":null,"content":"","command":null},"peer_address":null,"timestamp":1772600767}
{"type":"Delivery","id":"i1","sender":"s@example.com","recipient":["a@example.org","b@example.org"],"queue":"example.org","site":"x","size":1,"response":{"code":250,"enhanced_code":{"class":2,"subject":0,"detail":0},"content":"OK ids=7","command":"."},"peer_address":{"name":"mx.example.org.","addr":"192.0.2.1"},"timestamp":1772600767,"source_address":{"address":"198.51.100.4:4000"},"headers":{"Message-ID":"<m1@example.com>","Subject":"Hi"},"meta":{}}
{"type":"Bounce","id":"i2","sender":"s@example.com","recipient":"c@example.org","queue":"example.org","site":"x","size":1,"response":{"code":550,"enhanced_code":{"class":5,"subject":1,"detail":1},"content":"no\r\nsuch user","command":"RCPT TO:<c@example.org>"},"peer_address":{"name":"mx.example.org.","addr":"192.0.2.1"},"timestamp":1772600767,"event_time":"2026-03-04T05:06:07.5Z","bounce_classification":"Uncategorized"}
{"type":"TransientFailure","id":"i3","sender":"","recipient":"d@example.org","queue":"example.org","site":"x","size":1,"response":{"code":452,"enhanced_code":{"class":4,"subject":2,"detail":2},"content":"full","command":"RCPT TO:<d@example.org>"},"peer_address":{"name":"mx.example.org.","addr":"192.0.2.1"},"timestamp":1772600767,"num_attempts":1}
{"type":"Expiration","id":"i3","sender":"","recipient":"d@example.org","queue":"example.org","site":"x","size":1,"response":{"code":551,"enhanced_code":{"class":5,"subject":4,"detail":7},"content":"Next delivery time would be later than max_age","command":null},"peer_address":null,"timestamp":1772600768,"num_attempts":2}
{"type":"AdminBounce","id":"i4","sender":"s@example.com","recipient":"e@example.org","queue":"example.org","site":"","size":1,"response":{"code":552,"enhanced_code":{"class":5,"subject":7,"detail":1},"content":"Administrator bounced with reason: cleanup","command":null},"peer_address":null,"timestamp":1772600767}
{"type":"OOB","id":"i5","sender":"","recipient":"f@example.org","queue":"","site":"","size":0,"response":{"code":550,"enhanced_code":{"class":5,"subject":0,"detail":0},"content":"mailbox gone","command":null},"peer_address":{"name":"mx.example.org","addr":"192.0.2.1"},"timestamp":1772600767}
{"type":"Feedback","id":"i6","sender":"fbl@example.org","recipient":"fbl@example.com","queue":"","site":"","size":0,"response":{"code":200,"enhanced_code":null,"content":"","command":null},"timestamp":1772600767,"feedback_report":{"feedback_type":"abuse","user_agent":"x","version":"1","original_mail_from":"<s@example.com>","original_rcpto_to":["g@example.org"],"source_ip":"198.51.100.4","reporting_mta":{"mta_type":"dns","name":"mx.example.org"}}}
{"type":"Rejection","id":"i7","sender":"s@example.com","recipient":"h@example.org","queue":"","site":"","size":0,"response":{"code":550,"enhanced_code":null,"content":"x","command":null},"timestamp":1772600767}
{"type":"Bounce","id":"i8","sender":"s@example.com","recipient":"c@exam
`,
		want: []string{
			`delivery a@example.org from=s@example.com id=m1@example.com 250 2.0.0 @mx.example.org ip=198.51.100.4 "250 2.0.0 OK ids=7" 26-03-04T05:06:07`,
			`delivery b@example.org from=s@example.com id=m1@example.com 250 2.0.0 @mx.example.org ip=198.51.100.4 "250 2.0.0 OK ids=7" 26-03-04T05:06:07`,
			`bounce c@example.org from=s@example.com 550 5.1.1 RCPT_TO @mx.example.org "550 5.1.1 no such user" 26-03-04T05:06:07`,
			`delay d@example.org 452 4.2.2 RCPT_TO @mx.example.org "452 4.2.2 full" 26-03-04T05:06:07`,
			`bounce d@example.org 452 4.2.2 RCPT_TO @mx.example.org "452 4.2.2 full" 26-03-04T05:06:08`,
			`bounce e@example.org from=s@example.com 552 5.7.1 "552 5.7.1 Administrator bounced with reason: cleanup" 26-03-04T05:06:07`,
			`bounce f@example.org 550 5.0.0 by=mx.example.org "550 5.0.0 mailbox gone" 26-03-04T05:06:07`,
			`complaint g@example.org from=s@example.com ip=198.51.100.4 by=mx.example.org fbl=abuse 26-03-04T05:06:07`,
		},
	}})
}
