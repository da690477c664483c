package reputation

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/store"
)

// splitSubject is the reverse of Finding.Subject.
func splitSubject(s string) (store.Dimension, string) {
	d, value, _ := strings.Cut(s, " ")
	return store.Dimension(d), value
}

// percent writes a share with as many digits as matter.
func percent(share float64) string {
	digits := 1
	if share < 0.01 {
		digits = 2
	}
	text := strconv.FormatFloat(100*share, 'f', digits, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text + " %"
}

// number writes a number in groups of three digits.
func number(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// mailOf says whose mail it is.
func (f *Finding) mailOf() string {
	switch f.Dimension {
	case store.BySenderDomain:
		return "the mail of sender domain " + f.Value
	case store.ByIP:
		return "the mail of IP address " + f.Value
	case store.ByProvider:
		return "the mail to " + f.Name
	case store.ByStream:
		return "the mail of stream " + f.Value
	}
	return "all mail"
}

// textOf says what was found, in a sentence or two.
func (r *Reputation) textOf(f *Finding) string {
	line := string(f.Level)
	share := func(whole, part string) string {
		return fmt.Sprintf("%s of %s: %s of %s %s in %s; %s from %s.", percent(f.Figure), whole, number(f.Part), number(f.Of), part, f.Window.Words(), line, percent(f.Line))
	}
	text := ""
	switch f.Kind {
	case BounceRate:
		text = share(f.mailOf()+" bounced", "messages")
	case ComplaintRate:
		text = share(f.mailOf()+" was complained of", "delivered messages")
	case Blocked:
		text = "You are being blocked by " + f.Name + ": " + share("the mail there was refused or put off because of who sends", "messages")
	case Deferred:
		text = "Nearly everything is put off by " + f.Name + ": " + share("the mail there is waiting", "messages")
	case UnknownTexts:
		text = "More bounces than before say what nobody understands: " + share("them", "bounces")
	case DeadLetters:
		return fmt.Sprintf("%s messages to others were given up. See why, mend it, and revive them.", number(f.Part))
	case QueueLag:
		return fmt.Sprintf("The oldest report waits for %v to be processed; %s from %v.", seconds(f.Figure), line, seconds(f.Line))
	}
	return text + mostly(f.Reasons)
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(time.Second)
}

// mostly names the most frequent reasons.
func mostly(reasons []ReasonCount) string {
	var list []string
	for _, c := range reasons {
		list = append(list, fmt.Sprintf("%s (%s)", c.Title, number(c.Count)))
	}
	if len(list) == 0 {
		return ""
	}
	return " Most often: " + strings.Join(list, ", ") + "."
}

// endText says why an alert ended.
func (r *Reputation) endText(f *Finding) string {
	switch f.Kind {
	case DeadLetters:
		return "No dead letters are left."
	case QueueLag:
		return fmt.Sprintf("Reports are processed in time again: the oldest waits for %v.", seconds(f.Figure))
	}
	about := map[Kind]string{
		BounceRate: "Bounces of " + f.mailOf(), ComplaintRate: "Complaints of " + f.mailOf(), Blocked: "Refusals by " + f.Name,
		Deferred: "Deferrals by " + f.Name, UnknownTexts: "Texts that nobody understands",
	}[f.Kind]
	if f.Of == 0 {
		return fmt.Sprintf("%s: nothing was counted in %s.", about, f.Window.Words())
	}
	if f.Figure >= f.Line {
		return fmt.Sprintf("%s: too few messages to say more, %s of %s in %s.", about, number(f.Part), number(f.Of), f.Window.Words())
	}
	return fmt.Sprintf("%s are below the line again: %s, %s of %s in %s.", about, percent(f.Figure), number(f.Part), number(f.Of), f.Window.Words())
}

// remedyOf says what to do about the most frequent reason, in steps.
func (r *Reputation) remedyOf(f *Finding) []string {
	switch f.Kind {
	case ComplaintRate:
		return []string{
			"Stop mailing those who do not open: complaints come from people who did not expect the mail, or forgot that they asked for it.",
			"See that every message can be unsubscribed from with one click (RFC 8058), and that the wish is carried out at once.",
			"Compare streams, sender domains and the latest imports: one of them usually makes most of the complaints.",
		}
	case UnknownTexts:
		return []string{"Look at the list of unknown texts, the most frequent first.", "Add a rule for those that matter, or report them to the project."}
	case DeadLetters:
		return []string{"Look at the errors of the dead letters.", "Mend the target, or remove it from the settings.", "Revive the dead letters."}
	case QueueLag:
		return []string{"See whether the disk is full or slow, and whether reports come in faster than usual.", "Look at reports that were set aside."}
	}
	if len(f.Reasons) == 0 {
		return nil
	}
	info, ok := r.book.Reason(f.Reasons[0].Reason)
	if !ok {
		return nil
	}
	v := event.Verdict{Remedy: info.Remedy}
	switch f.Dimension {
	case store.ByIP:
		v.Facts = event.Facts{{Name: "ip", Value: f.Value}}
	case store.BySenderDomain:
		v.Facts = event.Facts{{Name: "domain", Value: f.Value}}
	}
	return v.Steps()
}
