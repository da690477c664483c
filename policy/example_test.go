package policy_test

import (
	"fmt"
	"time"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/policy"
)

func ExampleDecide() {
	now := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	e := event.Event{
		ID: "report-1", Kind: event.Bounce, Time: now.Add(-time.Hour), Recipient: "kim@example.org", MessageID: "m1@example.com",
		ReplyCode: 550, Diagnostic: "550 5.1.1 <kim@example.org>: Recipient address rejected: User unknown",
	}
	classify.New(codebook.Default()).Event(&e)

	var state policy.State
	if o, ok := policy.OutcomeOf(&e, true); ok {
		state = state.Add(o)
	}
	fmt.Println(policy.Decide(state, "newsletter", policy.Settings{}, now).Why)

	state = state.Lift(policy.Lift{At: now, By: "jo", Note: "new account, asked by phone"})
	fmt.Println(policy.Decide(state, "newsletter", policy.Settings{}, now).Why)
	// Output:
	// Suppressed since 2026-05-04 08:00 UTC: the mailbox does not exist (user-unknown), until somebody lifts it.
	// May be mailed: lifted by hand on 2026-05-04 09:00 UTC by jo (new account, asked by phone), and nothing speaks against it since.
}

func ExampleMerge() {
	at := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	failure := func(message string, day int) policy.Outcome {
		return policy.Outcome{EventID: "event-" + message, MessageKey: message, Time: at.AddDate(0, 0, day), Effect: policy.Counts, Reason: codebook.MailboxFull, Trusted: true}
	}
	// Two servers have seen a part each, one message both of them.
	var one, two policy.State
	one = one.Add(failure("m1", 0)).Add(failure("m2", 1))
	two = two.Add(failure("m3", 2)).Add(failure("m2", 1))

	a := policy.Decide(policy.Merge(one, two), "", policy.Settings{}, at.AddDate(0, 0, 3))
	fmt.Println(a.Suppressed, a.Failures, a.Evidence)
	// Output: true 3 [event-m3 event-m2 event-m1]
}
