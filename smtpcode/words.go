package smtpcode

// maxWord is the length of the longest word that the lists below know.
const maxWord = 14

// wordBefore returns the run of letters that ends before text[end], or "" if there is none or it is longer than any known word.
func wordBefore(text string, end int) string {
	i := end
	for i > 0 && is(text[i-1], cLetter) {
		i--
		if end-i > maxWord {
			return ""
		}
	}
	return text[i:end]
}

// wordAt returns the run of letters that begins at text[i], cut after one letter more than any known word has.
func wordAt(text string, i int) string {
	j := i
	for j < len(text) && is(text[j], cLetter) && j-i <= maxWord {
		j++
	}
	return text[i:j]
}

// lower writes the letters of s in lower case into buf; a word too long for it gives nothing.
func lower(buf *[maxWord]byte, s string) []byte {
	if len(s) > maxWord {
		return nil
	}
	for i := range len(s) {
		buf[i] = s[i] | 0x20
	}
	return buf[:len(s)]
}

// isIntroducer reports whether a code may follow the word: "said", "error", "code" ..., also in some other languages that bounces are
// written in.
func isIntroducer(word string) bool {
	var buf [maxWord]byte
	switch string(lower(&buf, word)) {
	case "said", "says", "reply", "replies", "replied", "response", "responses", "respond", "responded", "responds",
		"return", "returned", "returns", "answer", "answered", "answers", "gave", "got", "received",
		"error", "errors", "err", "errorcode", "code", "codes", "replycode", "statuscode", "smtpcode", "rc", "retcode",
		"status", "stat", "dsn", "smtp", "esmtp", "lmtp", "with", "reject", "rejected", "bounced", "deferred", "failed",
		"fehler", "fehlercode", "antwort", "antwortete", "meldung", "erreur", "reponse", "erro", "errore", "codigo", "codice",
		"respuesta", "resposta", "risposta", "fout", "foutcode", "fel", "felkod", "fejl", "feil", "kod", "kode", "hata", "virhe":
		return true
	}
	return false
}

// isQuantity reports whether a number after the word (and a colon or bracket) is an amount or an identifier, not a code.
func isQuantity(word string) bool {
	var buf [maxWord]byte
	switch string(lower(&buf, word)) {
	case "limit", "limits", "max", "maximum", "min", "minimum", "size", "length", "weight", "total", "count", "number", "num", "amount",
		"line", "lines", "port", "ports", "pid", "uid", "gid", "id", "score", "quota", "age", "delay", "delays", "timeout", "ttl",
		"priority", "pref", "preference", "queue", "ticket", "case", "rfc", "page", "room", "phone", "tel", "fax", "ext", "height", "width",
		"bytes", "octets", "kb", "mb", "gb", "seconds", "exceeded", "exceeds", "than", "threshold", "allowed":
		return true
	}
	return isCounted(word)
}

// isVersioned reports whether three numbers with dots after the word are a version or the number of a section.
func isVersioned(word string) bool {
	var buf [maxWord]byte
	switch string(lower(&buf, word)) {
	case "version", "versions", "ver", "v", "vers", "release", "rel", "build", "revision", "rev", "patch", "update", "kernel", "nt",
		"rfc", "section", "sections", "sec", "paragraph", "chapter", "clause", "figure", "table", "appendix", "step", "item", "rule",
		"postfix", "exim", "sendmail", "qmail", "netqmail", "notqmail", "exchange", "opensmtpd", "haraka", "courier", "zimbra", "james",
		"powermta", "pmta", "kumomta", "zonemta", "mailenable", "mdaemon", "merak", "icewarp", "hmailserver", "smartermail", "axigen",
		"communigate", "groupwise", "domino", "notes", "lotus", "dovecot", "cyrus", "mailman", "sympa", "majordomo", "xmail", "nemesis",
		"spamassassin", "clamav", "amavis", "amavisd", "mailscanner", "mimedefang", "rspamd", "dspam", "milter", "asyncos", "ironport",
		"barracuda", "proofpoint", "sophos", "symantec", "openssl", "libressl", "gnutls", "php", "phpmailer", "python", "perl", "ruby",
		"java", "mysql", "mariadb", "postgresql", "redis", "nginx", "apache", "linux", "windows", "ubuntu", "debian", "centos", "redhat",
		"freebsd", "openbsd", "netbsd", "solaris", "macos", "ios", "android", "outlook", "thunderbird", "roundcube", "plesk", "cpanel":
		return true
	}
	return false
}

// isUnit reports whether a number before the word is a measure, wherever it stands.
func isUnit(word string) bool {
	var buf [maxWord]byte
	switch string(lower(&buf, word)) {
	case "kb", "mb", "gb", "tb", "kib", "mib", "gib", "byte", "bytes", "octets", "kilobytes", "megabytes",
		"ms", "sec", "secs", "second", "seconds", "min", "mins", "minute", "minutes", "hr", "hrs", "hour", "hours", "day", "days",
		"week", "weeks", "month", "months", "year", "years", "th", "nd", "rd", "st", "px", "percent", "times", "of":
		return true
	}
	return false
}

// isCounted reports whether a number before the word counts things.
func isCounted(word string) bool {
	var buf [maxWord]byte
	switch string(lower(&buf, word)) {
	case "message", "messages", "msgs", "mails", "email", "emails", "recipient", "recipients", "rcpts", "addresses", "users", "people",
		"connection", "connections", "sessions", "attempt", "attempts", "tries", "retries", "lines", "characters", "chars", "words",
		"items", "files", "headers", "hops", "domains", "hosts", "servers", "errors", "per", "or", "and", "points", "unique", "different",
		"complaints", "bounces", "copies", "parts", "attachments", "images", "links", "urls", "subscribers", "members", "results", "entries":
		return true
	}
	return false
}

// namesReply reports whether a number before the word is a reply code: "a 550 error".
func namesReply(word string) bool {
	var buf [maxWord]byte
	switch string(lower(&buf, word)) {
	case "error", "reply", "response", "code", "status", "rejection", "reject", "bounce", "answer":
		return true
	}
	return false
}

// isCopula reports whether the word may stand between an introducer and its code: "the code was 550".
func isCopula(word string) bool {
	var buf [maxWord]byte
	switch string(lower(&buf, word)) {
	case "is", "was", "of", "a", "an", "from", "message", "number", "no", "nr":
		return true
	}
	return false
}
