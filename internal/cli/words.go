package cli

import (
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// Closed vocabularies in words, for people.

func decisionWords(d codebook.Decision) string {
	switch d {
	case codebook.Suppress:
		return "Do not mail this address again."
	case codebook.Count:
		return "Keep the address, remember the failure; stop after several in a row."
	case codebook.Retry:
		return "Try again later; nothing has to be changed. Keep the address."
	case codebook.SlowDown:
		return "Send less and slower, then try again. Keep the address."
	case codebook.FixSender:
		return "Repair the sending side, then send again. The address is not at fault: keep it."
	case codebook.FixMessage:
		return "Change the message, then send again. The address is not at fault: keep it."
	case codebook.FixAddress:
		return "Correct the address."
	case codebook.Review:
		return "Somebody has to look at it. Until then keep the address."
	case codebook.NoAction:
		return "Nothing."
	}
	return string(d)
}

func decisionInk(d codebook.Decision) ink {
	switch d {
	case codebook.Suppress:
		return red
	case codebook.NoAction, codebook.Retry:
		return green
	}
	return yellow
}

func whoWords(who string) string {
	switch who {
	case "recipient":
		return "The recipient's: their address or mailbox."
	case "sender":
		return "The sender's: your set-up, your behaviour or your reputation."
	case "receiver":
		return "The receiving system's: its operator's, not the recipient's nor yours."
	case "message":
		return "The message's: what was sent, not to whom."
	case "nobody":
		return "Nobody's."
	}
	return who
}

// bounceWords says hard or soft, and why where both labels could be argued.
func bounceWords(v *event.Verdict) string {
	switch {
	case v.Bounce == event.NoBounce:
		return "Neither: nothing bounced."
	case v.Bounce == event.Hard:
		return "Hard: the same mail to the same address will not pass."
	case v.Lasting == codebook.Permanent:
		return "Soft: the server gave up on this mail, but what was wrong passes."
	case v.Lasting == codebook.Temporary:
		return "Soft: temporary, a later attempt may succeed."
	}
	return "Soft: nothing says that it is permanent."
}

func impactWords(i codebook.Impact) string {
	switch i {
	case codebook.ImpactCritical:
		return "Critical: more such failures quickly cost the sender's reputation."
	case codebook.ImpactHigh:
		return "High: the sender's reputation is at stake, or suffers already."
	case codebook.ImpactMedium:
		return "Medium: harmless once, harmful when it goes on."
	case codebook.ImpactLow:
		return "Low: it hardly counts against the sender."
	case codebook.ImpactNone:
		return "None."
	}
	return string(i)
}

func confidenceWords(c event.Confidence) string {
	switch c {
	case event.Certain:
		return "Certain: the words leave no doubt, or words and codes agree."
	case event.Likely:
		return "Likely: one clear piece of evidence, nothing against it."
	case event.Guess:
		return "A guess: nothing in it speaks clearly."
	}
	return string(c)
}

func standingWords(s codebook.Standing) string {
	switch s {
	case codebook.Standard:
		return "standard: defined in an RFC"
	case codebook.Registered:
		return "registered with IANA"
	case codebook.ProviderOwn:
		return "one provider's own"
	case codebook.Folklore:
		return "folklore: in no RFC and no registry, known from reference pages only"
	}
	return string(s)
}
