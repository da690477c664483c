package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/store"
)

func TestWhomAnEventCountsFor(t *testing.T) {
	type addresses struct{ final, original, message string }
	for name, c := range map[string]struct {
		in   []addresses
		want []string
	}{
		"the final recipient":                {[]addresses{{"kim@example.org", "", "1"}}, []string{""}},
		"the original one":                   {[]addresses{{"kim@mail.example.net", "kim@example.org", "1"}}, []string{"kim@example.org"}},
		"the same in other letters":          {[]addresses{{"kim@example.org", "<Kim@EXAMPLE.org>", "1"}}, []string{""}},
		"an original that is no address":     {[]addresses{{"kim@example.org", "root", "1"}, {"lee@example.org", "a@b@c", "2"}}, []string{"", "a@b@c"}},
		"no final one":                       {[]addresses{{"", "kim@example.org", "1"}}, []string{"kim@example.org"}},
		"a final one that is no address":     {[]addresses{{"/G=Kim/", "kim@example.org", "1"}}, []string{"kim@example.org"}},
		"a list: several for one":            {[]addresses{{"kim@example.net", "team@example.org", "1"}, {"lee@example.net", "Team@example.org", "1"}}, []string{"", ""}},
		"the same twice is no list":          {[]addresses{{"kim@example.net", "team@example.org", "1"}, {"Kim@example.net", "team@example.org", "1"}}, []string{"team@example.org", "team@example.org"}},
		"two messages are no list":           {[]addresses{{"kim@example.net", "team@example.org", "1"}, {"lee@example.net", "team@example.org", "2"}}, []string{"team@example.org", "team@example.org"}},
		"nobody":                             {[]addresses{{"", "", "1"}}, []string{""}},
		"two lists, and somebody beside":     {[]addresses{{"a@example.net", "x@example.org", "1"}, {"b@example.net", "y@example.org", "1"}, {"c@example.net", "x@example.org", "1"}}, []string{"", "y@example.org", ""}},
		"several finals, without original":   {[]addresses{{"a@example.net", "", "1"}, {"b@example.net", "", "1"}}, []string{"", ""}},
		"addresses of another script":        {[]addresses{{"kim@mail.example", "kim@bücher.example", "1"}}, []string{"kim@bücher.example"}},
		"one script written in the two ways": {[]addresses{{"kim@xn--bcher-kva.example", "kim@bücher.example", "1"}}, []string{""}},
	} {
		entries := make([]store.Entry, len(c.in))
		for i, a := range c.in {
			entries[i].Event = event.Event{Kind: event.Bounce, Recipient: a.final, OriginalRecipient: a.original, MessageID: a.message}
		}
		if err := (addressee{}).Do(t.Context(), &Report{}, entries); err != nil {
			t.Fatal(err)
		}
		got := make([]string, len(entries))
		for i := range entries {
			got[i] = entries[i].Recipient
			if entries[i].Event.Recipient != c.in[i].final || entries[i].Event.OriginalRecipient != c.in[i].original {
				t.Errorf("%s: the event was changed: %+v", name, entries[i].Event)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// An alias is what the sender mails, whatever stands behind it.
func TestForwardedMailSuppressesTheAddressThatWasMailed(t *testing.T) {
	k := keyring(t, key('k'))
	path := signed(t, k, "kim@example.org", 0)
	forwarded := mail("Original-Recipient: rfc822; kim@example.org\nFinal-Recipient: rfc822; kim77@freemail.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n", "1")
	renamed := "Delivered-To: " + path + "\n" + bounce("kim77@freemail.example", "1")
	for name, c := range map[string]struct {
		keyed bool
		in    spool.Report
	}{
		"as the report says":               {false, fromInternet("r", forwarded)},
		"as the report and the path say":   {true, to(path, forwarded)},
		"as the path in its header says":   {true, to(path, renamed)},
		"as the path says, from a mailbox": {true, inMailbox("", renamed)},
	} {
		m, _ := process(t, func(o *Options) {
			if c.keyed {
				o.Keyring = k
			}
		}, c.in)
		if diff := cmp.Diff([]string{"kim@example.org"}, m.suppressed()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		for _, en := range m.entries {
			if en.Event.Recipient != "kim77@freemail.example" {
				t.Errorf("%s: the event's recipient is %q", name, en.Event.Recipient)
			}
		}
	}
}
