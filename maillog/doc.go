// Package maillog reads the delivery logs of mail servers and makes of them the
// events that a delivery status notification (RFC 3464) of the same outcome
// would make: most failures never become a mail, the log alone has them.
//
// It reads the logs of Postfix, Exim, Sendmail, OpenSMTPD and qmail, through
// syslog of any form (RFC 3164, RFC 5424, ISO 8601 stamps, journald's JSON and
// export forms) or in their own files; the accounting files of PowerMTA; the
// JSON records of KumoMTA; the logs of Haraka; the message tracking logs of
// Exchange; and message traces of Microsoft 365. Lines may be mixed: each is
// known by its form. See docs/logs.md for what is read of each.
//
// A Reader is fed line by line. What a log says of a message over several lines
// (sender, Message-ID, recipient, attempts) is joined by queue id; the state of
// the joins is bounded and goes on from file to file, so that a log may rotate
// under it. Each attempt that did not succeed is a delay, the final failure one
// bounce. Handing a message to a filter on the same host is no delivery.
//
// What a remote server said is taken out of the words that the MTA puts around
// it, so that a verdict on it is the same as on the notification.
package maillog
