package api

import "github.com/danielgtaylor/huma/v2"

// describe adds words to the schema of a type that another package defines: what
// is said of that very field, or else of fields by that name.
func describe(name string, s *huma.Schema) {
	own, others := fieldWords(name), commonWords()
	for field, p := range s.Properties {
		if p.Description != "" {
			continue
		}
		if p.Description = own[field]; p.Description == "" {
			p.Description = others[field]
		}
	}
}

// words are descriptions of fields by their names.
type words map[string]string

// fieldWords says what the fields of one schema mean, where the common words do
// not fit.
func fieldWords(schema string) words {
	switch schema {
	case "Answer", "Suppression":
		return policyWords()
	case "Code", "CodeRecord", "Meaning", "OwnReading":
		return codeWords()
	case "ReasonRecord", "ProviderRecord", "PhraseRecord", "SourceRecord":
		return recordWords()
	case "Step", "Trace":
		return traceWords()
	case "SourceStatus", "Stats", "Token", "Alert", "Unknown", "ImportReport", "LineProblem":
		return serverWords(schema)
	case "EventSource", "EventProblem":
		return words{
			"file": "The file or mailbox that it was found in, as it is known.", "index": "Of the mail in a mailbox, of the reply in a text, of the payload in a file, from 0.",
			"line": "The line, where the source is made of lines.", "format": "dsn, arf, or the system whose words it is.",
			"code": "A stable word for the damage, such as too-large.", "detail": "What exactly.",
		}
	}
	if len(schema) > 10 && schema[:10] == "Reputation" || schema == "OverviewLinesStruct" {
		return reputationWords()
	}
	return nil
}

// commonWords says what fields mean wherever they stand: those of events and
// verdicts, mostly.
func commonWords() words {
	return words{
		"id": "The same for the same report of the same recipient, however often and by whichever way it arrives.", "time": "When it happened, as the report says; absent where it does not.",
		"kind":      "What the report tells of: bounce, delay, delivery, complaint, auto-reply, challenge, unsubscribe or other.",
		"recipient": "The final address, the one that failed; empty if the report does not say.", "original_recipient": "The address as first written, where the report says so.",
		"sender": "The envelope sender of the original message.", "message_id": "Of the original message, without angle brackets.", "stream": "What kind of mail it was, where it is known.",
		"action": "failed, delayed, delivered, relayed, expanded, or empty.", "reply_code": "Of the remote server, 0 if there is none.",
		"status": "The enhanced status code, empty if there is none: never an invented one.", "diagnostic": "What the server said, verbatim. Strangers wrote it: escape it where it is shown.",
		"command": "The SMTP command that was answered.", "reporting_mta": "Who reports.", "remote_mta": "Who answered it.", "source_ip": "Of feedback reports: where the mail came from.",
		"feedback_type": "Of feedback reports: abuse, not-spam and the like.", "list_id": "Of the original message.", "subject": "Of the original message.",
		"problems": "Damages and contradictions that did not keep the event from being read.", "source": "Where the event was found.", "verdict": "What it means.",
		"key": "The recipient whose state it counts for.", "report_id": "Of the report that it was found in.", "received": "When the report came in.",
		"trusted": "Whether the source is known. What is not trusted suppresses nobody.",
		"reason":  "The cause, one of a closed list; see GET /v1/reasons.", "category": "Who has to act: recipient, domain, network, system, rate, reputation, authentication, content, policy, protocol, report or unknown.",
		"lasting": "permanent, temporary or unknown.", "bounce": "The common label, derived: hard, soft or none.",
		"decision": "What to do with the address or the mail: suppress, count, retry, slow-down, fix-sender, fix-message, fix-address, review or none.",
		"impact":   "On the sender's reputation, if it goes on: critical, high, medium, low or none.", "confidence": "certain, likely or guess.",
		"provider": "Whose servers spoke, where known: an id of GET /v1/providers.", "rule": "The phrase, code or form of report that decided.", "facts": "Values captured from the text, by name, such as ip, dnsbl, url.",
		"sources": "Ids of who says so.", "remedy": "What to do, in steps.", "as": "Other systems' names for the reason.",
		"text": "What was asked about.", "title": "The reason in a few words.", "meaning": "What the reason means.", "causes": "Why it usually happens.",
		"who": "Whose problem it is: recipient, sender, receiver, message or nobody.", "codes": "What is known of the codes in force.", "trace": "The evidence that was weighed, if asked for.",
		"event": "The event, where the text was a whole report.",
	}
}

func policyWords() words {
	return words{
		"recipient": "The address in the one spelling that stands for all.", "may_send": "Whether the address may be mailed.", "suppressed": "Whether it is suppressed.",
		"ground":    "On what ground: address (a permanent failure speaks against it), block (by hand or by an imported list), objection (a complaint or unsubscription), failures (several in a row).",
		"probation": "The suppression ran out: one message may be tried, and if it fails the address is suppressed for twice as long.",
		"stream":    "The stream that the suppression holds for; absent or empty for every stream.", "since": "Since when.",
		"until": "When it ends by itself; absent if it does not. In probation, when it ended.", "failures": "Failed messages in a row.",
		"doublings": "How often the time of suppression was doubled.", "evidence": "Ids of the events that it rests on, the latest first.",
		"by": "Who blocked or released it by hand.", "note": "And why, in words.", "why": "All of it in one sentence.",
	}
}

func codeWords() words {
	return words{
		"kind": "Of what kind the record is: code.", "id": "The code.", "code": "The code as it is written.", "record": "The record that speaks for it, such as X.2.2 for 4.2.2; empty if there is none.",
		"standing": "Who defines it: standard, registered, provider or folklore; empty for nobody.", "title": "The code in a few words.", "strength": "How much it tells by itself: strong, weak or none.",
		"why": "Why this reading, where the sources disagree.", "disagree": "Whether the sources contradict each other.", "meanings": "What each source says.",
		"providers": "Readings that single providers have of it.", "basic": "Reply codes that it usually stands beside.", "related": "Codes to look at as well.", "examples": "Replies with it.",
		"source": "The id of the source.", "says": "What it says, in our own words.", "label": "hard, soft or info, where the source says so.", "meaning": "What the code means there.",
		"provider": "The provider that the meaning is limited to; empty for every one.",
	}
}

func recordWords() words {
	return words{
		"kind": "Of what kind the record is: reason, provider, phrase or source.", "id": "The id, within its kind.", "title": "Its name.", "note": "What else there is to say.",
		"decisions": "What to do, by how long the failure lasts.", "names": "What other systems call it, by system.", "related": "Reasons to look at as well.",
		"type": "What it is: mailbox, filter, blocklist, mta, esp, carrier, hosting; of sources rfc, registry, provider, reference, software, observed.", "hosts": "Its servers are these names, and those below them.",
		"domains": "Recipient domains that it serves.", "zones": "Of a blocklist, its DNS zones.", "postmaster": "Its page for senders.", "delisting": "Where to ask to be removed.",
		"lists": "What it lists.", "closed": "When it ceased, if it did.", "codes": "Its own readings of codes; of phrases the codes beside which it counts.",
		"words": "The patterns of words.", "match": "Texts that it matches.", "miss": "Texts like them that it does not.", "url": "Where it can be read.", "date": "Of when it is.",
	}
}

func traceWords() words {
	return words{
		"reply_code": "The reply code in force.", "inner": "The reply that the text wraps.", "steps": "Each piece of evidence, the weightiest first.", "evidence": "What kind of evidence it is.",
		"rule": "The phrase or code.", "text": "The words that matched.", "start": "Where they begin in the text, in bytes.", "end": "Where they end.", "weight": "Why it counts as much as it does.",
		"won": "Whether it decided.", "reason": "What it speaks for.",
	}
}

func serverWords(schema string) words {
	if schema == "SourceStatus" {
		return words{
			"name": "As configured.", "kind": "The way: http, webhook, smtp, lmtp, maildir, imap, pop3 or tail.", "state": "starting, listening, polling, waiting or stopped.",
			"accepted": "Reports accepted since the start.", "refused": "Reports refused, skipped or left where they are.", "last": "When a report was last accepted.",
			"problem": "What keeps it from reading, and what to do.", "problem_since": "Since when.",
		}
	}
	return words{
		"recipients": "Recipients of whom something is known.", "suppressions": "Entries of the list.", "events": "Events ever applied.", "outgoing": "Messages waiting to be delivered.",
		"dead_letters": "Messages given up.", "bytes": "On the disk.", "schema": "Version of the schema.",
		"id": "The id.", "name": "Whose it is.", "scopes": "What it allows.", "created": "When it was made.", "expires": "When it ends by itself; absent if it does not.",
		"revoked": "When it was revoked; absent if it was not.", "used": "When it was last used, roughly.",
		"kind": "What it is about, such as bounce-rate.", "subject": "Of what or whom, such as sender-domain example.org.", "level": "warning or critical.", "value": "The figure.",
		"began": "Since when.", "changed": "When its level last changed.", "ended": "When it ended; absent while it is open.",
		"text": "It in words.", "example": "As it was said the first time.", "event_id": "The event that it was seen in first.", "host": "Who said it the first time.", "count": "How often it came.",
		"first": "When it came first.", "last": "When it came last.",
		"lines": "Lines with content.", "added": "Addresses that were not suppressed.", "already": "Addresses that were.", "temporary": "Entries that end by themselves, and are not taken over.",
		"bad": "Lines that could not be read.", "problems": "The first of the bad lines.", "line": "The line, from 1.", "problem": "What is wrong with it.",
	}
}

func reputationWords() words {
	return words{
		"dimension": "What is told apart: total, sender-domain, ip, provider or stream.", "value": "The sender domain, address, provider or stream; empty in all.", "name": "The value as people say it.",
		"from": "From when.", "to": "Until when.", "window": "The time that ends now; absent if it was asked by times.", "attempted": "Messages attempted, as far as is known.",
		"delivered": "Messages delivered.", "bounced": "Messages that bounced.", "delayed": "Delays reported.", "complained": "Complaints.", "unsubscribed": "Requests to unsubscribe.",
		"unknown": "Bounces whose texts nobody understands.", "bounce_rate": "Bounced out of attempted.", "complaint_rate": "Complained out of delivered.",
		"block_rate": "Refused or put off because of who sends, out of attempted.", "unknown_rate": "Not understood out of bounced.",
		"health":  "healthy, warning or critical; absent where there are too few messages to say.",
		"reasons": "What was bounced for, the most frequent first.", "delays": "What was delayed for, the most frequent first.",
		"part": "The part.", "of": "The whole.", "share": "Part out of whole, from 0 to 1; null if the whole is not known, or nothing.",
		"count": "How often.", "title": "The reason in a few words.", "row": "The figures.", "before": "Those of the same span of time before; empty if not asked for.",
		"rows": "A row for each value.", "left": "How many rows the limit left off.", "every_seconds": "The width of a point in seconds.", "points": "The figures over time.",
		"time": "As of when.", "windows": "The total in each window.", "day": "The last 24 hours beside those before.", "tables": "The last 24 hours by each dimension.",
		"hours": "The last 24 hours, by hours.", "days": "The last 30 days, by days.", "open": "Alerts that are open.", "lines": "The shares from which something is a warning and critical.",
		"bounces": "For bounces.", "complaints": "For complaints.", "warn": "From here it is a warning.", "critical": "From here it is critical.",
	}
}
