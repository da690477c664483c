package bounce

import "strings"

// The mails of these tests, written for them after the forms that the software
// named produces.

const returnedHeader = `Return-Path: <news@sender.example>
Message-ID: <original-1@sender.example>
From: News <news@sender.example>
To: kim@example.org
List-Id: Weekly news <weekly.sender.example>
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
`

const postfixDSN = `Return-Path: <>
From: MAILER-DAEMON@relay.sender.example (Mail Delivery System)
To: news@sender.example
Subject: Undelivered Mail Returned to Sender
Date: Mon, 2 Nov 2026 10:00:05 +0000
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="BB"

This is a MIME-encapsulated message.

--BB
Content-Type: text/plain

The mail system

<kim@example.org>: host mx.example.org[192.0.2.25] said: 550 5.1.1
    <kim@example.org>: Recipient address rejected: User unknown (in reply to
    RCPT TO command)

--BB
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.sender.example
X-Postfix-Queue-ID: 4F1A2B3C
Arrival-Date: Mon,  2 Nov 2026 10:00:00 +0000 (UTC)

Final-Recipient: rfc822; kim@example.org
Original-Recipient: rfc822;Kim@example.org
Action: failed
Status: 5.0.0
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; 550 5.1.1 <kim@example.org>: Recipient address rejected:
    User unknown

--BB
Content-Type: message/rfc822

` + returnedHeader + `
Dear kim, write to trap@body.example. 550 5.1.1 <trap2@body.example> user unknown
--BB--
`

const delayDSN = `From: MAILER-DAEMON@relay.sender.example
To: news@sender.example
Subject: Delayed Mail (still being retried)
Content-Type: multipart/report; report-type=delivery-status; boundary=BB

--BB
Content-Type: text/plain

THIS IS A WARNING ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE.
Delivery attempts will continue.

--BB
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.sender.example

Final-Recipient: rfc822; kim@example.org
Action: delayed
Status: 4.4.1
Diagnostic-Code: X-Postfix; connect to mx.example.org[192.0.2.25]:25: Connection timed out
Will-Retry-Until: Sat, 7 Nov 2026 10:00:00 +0000

--BB--
`

// finalDelayDSN says delayed and means that delivery was given up, as
// OpenSMTPD does.
const finalDelayDSN = `From: Mailer Daemon <MAILER-DAEMON@relay.sender.example>
To: news@sender.example
Subject: Delivery status notification: error
Content-Type: multipart/mixed; boundary=BB

--BB
Content-Type: text/plain

    Hi!

    This is the MAILER-DAEMON, please DO NOT REPLY to this email.

    An error has occurred while attempting to deliver a message for
    the following list of recipients:

kim@example.org: Network error on destination MXs

--BB
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.sender.example

Final-Recipient: rfc822; kim@example.org
Action: delayed
Status: 4.0.0

--BB--
`

const feedback = `From: <fbl@provider.example>
To: <abuse@sender.example>
Subject: FW: news
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary=BB

--BB
Content-Type: text/plain

This is an email abuse report.

--BB
Content-Type: message/feedback-report

Feedback-Type: %TYPE%
User-Agent: FBL/1.0
Version: 1
Original-Rcpt-To: <kim@example.org>
Source-IP: 192.0.2.77
Arrival-Date: Mon, 2 Nov 2026 10:00:00 +0000

--BB
Content-Type: message/rfc822

` + returnedHeader + `
Hello
--BB--
`

const qmailBounce = `Return-Path: <>
From: MAILER-DAEMON@relay.sender.example
To: bounces+kim=example.org@sender.example
Subject: failure notice

Hi. This is the qmail-send program at relay.sender.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<kim@alias.example.org>:
192.0.2.25 does not like recipient.
Remote host said: 550 5.1.1 no such user
Giving up on 192.0.2.25.

--- Below this line is a copy of the message.

` + returnedHeader + `
Hello trap@body.example
`

const vacation = `From: kim@example.org
To: news@sender.example
Subject: Out of office: news
Auto-Submitted: auto-replied
In-Reply-To: <original-1@sender.example>

I am out of the office until Monday and will answer then.
`

const letter = `From: kim@example.org
To: news@sender.example
Subject: Re: your mail
Message-ID: <letter@example.org>

Hello, did you get my last mail? The mail to lee@example.net came back with
550 5.1.1 user unknown, what does that mean?
`

// sieveReject is the receipt that a Sieve script's reject sends.
const sieveReject = `From: Mail Delivery Subsystem <postmaster@example.org>
To: news@sender.example
Subject: Automatically rejected mail
Auto-Submitted: auto-replied (rejected)
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary=BB

--BB
Content-Type: text/plain

Your message to <kim@example.org> was automatically rejected:
I do not want your mail.
--BB
Content-Type: message/disposition-notification

Reporting-UA: example.org; mail delivery agent
Final-Recipient: rfc822; kim@example.org
Original-Message-ID: <original-1@sender.example>
Disposition: automatic-action/MDN-sent-automatically; deleted

--BB--
`

func withType(feedbackType string) string {
	return strings.ReplaceAll(feedback, "%TYPE%", feedbackType)
}
