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

// listWeight weighs fields that lists and people's programs write into mail of
// their own, and automatic replies into theirs.
func listWeight(m *Mail) int {
	weight := 0
	for _, name := range []string{"List-Id", "List-Unsubscribe", "List-Post", "X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"} {
		if m.hasHeader(name) {
			weight++
		}
	}
	for _, name := range []string{"User-Agent", "X-Mailer"} {
		if program := strings.ToLower(m.Root.Header.Raw(name)); containsAny(program, []string{"thunderbird", "apple mail", "iphone", "outlook express", "microsoft outlook", "mutt", "gnus"}) {
			weight += 2
		}
	}
	return min(weight, 3)
}
