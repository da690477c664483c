package explain

import (
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
)

// Closed vocabularies in words, for people.

// DecisionWords says what a decision asks for.
func DecisionWords(d codebook.Decision) string {
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

// WhoWords says whose problem a reason is.
func WhoWords(who string) string {
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

// BounceWords says hard or soft, and why where both labels could be argued.
func BounceWords(v *event.Verdict) string {
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

// ImpactWords says what such failures do to the reputation.
func ImpactWords(i codebook.Impact) string {
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

// ConfidenceWords says how sure a verdict is.
func ConfidenceWords(c event.Confidence) string {
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

// StandingWords says who defines a code.
func StandingWords(s codebook.Standing) string {
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

// lastingWords says how long a failure lasts by itself.
func lastingWords(l codebook.Lasting) string {
	if l == codebook.LastingUnknown || l == "" {
		return "permanent or temporary"
	}
	return string(l)
}

// InForce says how Rebound reads a code where nothing else tells.
func (x *Explainer) InForce(c *Code) string {
	if c.Record == "" {
		return "None: its class is all that it tells; the text has to say the rest."
	}
	title := string(c.Reason)
	if info, ok := x.Book.Reason(c.Reason); ok {
		title = info.Title + " (" + title + ")"
	}
	return title + ", " + lastingWords(c.Lasting) + ". " + strengthWords(c.Strength)
}

// strengthWords says how much a code tells by itself.
func strengthWords(s codebook.Strength) string {
	switch s {
	case codebook.StrengthStrong:
		return "The code says so clearly; only plain words in the text outweigh it."
	case codebook.StrengthWeak:
		return "Its usual meaning: any clear word in the text outweighs it."
	}
	return "The number alone settles no cause: the text has to."
}

// ReadingWords says the reading in force of a code in one sentence.
func ReadingWords(c *Code) string {
	switch {
	case c.Record == "":
		return "the text has to tell."
	case c.Reason == codebook.Undetermined:
		return "the number alone names no cause."
	case c.Strength == codebook.StrengthStrong:
		return string(c.Reason) + "."
	}
	return "usually " + string(c.Reason) + ", unless the text says otherwise."
}
