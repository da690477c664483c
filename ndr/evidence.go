package ndr

import "strings"

// reportWeight weighs what the header tells for and against a report; a mail
// of weight 2 may be one, of 4 surely is one.
func reportWeight(m *Mail) int {
	weight := 0
	if m.hasHeader("X-Failed-Recipients") {
		weight += 4
	}
	if null, _ := m.nullSender(); null {
		weight += 2
	}
	if fromDaemon.in(m.Root.Header.Get("From")) || m.From == "" && m.hasHeader("From") {
		weight += 2
	}
	if m.Root.MediaType == "multipart/report" {
		weight += 2
	}
	if toBounces(m) {
		weight += 2
	}
	subject := strings.ToLower(m.Subject)
	bounces := bouncing.in(subject)
	switch {
	case automatic.in(subject), otherwise.in(subject) && !bounces:
		return 0
	case bounces && (!isReply(subject) || toBounces(m)):
		weight += 2
	case isReply(subject), m.hasHeader("In-Reply-To") && weight < 4:
		weight -= 3
	}
	return weight - listWeight(m)
}

// toBounces says whether the mail was sent to an address that only takes
// bounces, as lists and newsletters have them for their return path.
func toBounces(m *Mail) bool {
	to := m.Root.Header.Raw("To")
	return containsFold(to, "-bounces") || containsFold(to, "bounces+") || containsFold(to, "bounce-") || containsFold(to, "bounce@") || containsFold(to, "bounces@") || containsFold(to, "bounce+")
}

// isReply says whether a subject is that of a reply or forwarded mail.
func isReply(subject string) bool {
	return hasAnyPrefixFold(subject, []string{"re:", "aw:", "fw:", "fwd:", "wg:", "sv:", "antw:", "tr:", "rv:", "odp:", "res:"})
}

// isPersonal says whether a person wrote the mail: an answer or a mail of their
// own, from an address that is no mail system's. What they copy of a report is
// no report to us, unless they passed on the whole of it (see forwarded).
func isPersonal(m *Mail) bool {
	h := m.Root.Header
	if null, _ := m.nullSender(); null || toBounces(m) || m.hasHeader("X-Failed-Recipients") || m.Root.MediaType == "multipart/report" {
		return false
	}
	if m.From == "" || fromDaemon.in(h.Get("From")) || bouncing.in(strings.ToLower(m.Subject)) && !isReply(m.Subject) {
		return false
	}
	return isReply(m.Subject) || m.hasHeader("In-Reply-To") || byPerson(m)
}

// byPerson says whether a program that people write with sent the mail.
func byPerson(m *Mail) bool {
	for _, name := range []string{"User-Agent", "X-Mailer"} {
		if personalPrograms.in(m.Root.Header.Raw(name)) {
			return true
		}
	}
	return false
}

var personalPrograms = newWordSet([]string{
	"thunderbird", "apple mail", "iphone mail", "ipad mail", "outlook express", "microsoft outlook", "microsoft office outlook", "windows live mail", "mutt/", "gnus", "kmail", "evolution", "roundcube", "squirrelmail",
	"k-9 mail", "horde", "the bat!", "eudora", "claws mail", "sylpheed", "openwebmail", "rainloop",
})

// listWeight weighs fields that lists and people's programs write into mail of
// their own, and automatic replies into theirs.
func listWeight(m *Mail) int {
	weight := 0
	for _, name := range []string{"List-Id", "List-Unsubscribe", "List-Post", "X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"} {
		if m.hasHeader(name) {
			weight++
		}
	}
	if byPerson(m) {
		weight += 2
	}
	return min(weight, 3)
}
