package authoring

import "testing"

func TestCommonWordsOfTwoPatterns(t *testing.T) {
	sets := map[string][]string{"full": {"full", "over quota", "{very} full"}, "very": {"so", "quite"}}
	for _, tc := range []struct{ a, b, want string }{
		{"mailbox full", "mailbox full", "mailbox full"},
		{"mailbox full", "mailbox empty", ""},
		{"(a|mail) box? is (not )?full", "mail is {full}", "mail is full"},
		{"mailbox {full}", "(mailbox|inbox) <word>? over (the|its)? quota?", "mailbox over quota"},
		{"mailbox {full}", "mailbox quite (empty|full)", "mailbox quite full"},
		{"blocked by <dnsbl:host>", "blocked (by|using) <host>", "blocked by <host>"},
		{"blocked by <ip>", "blocked by <host>", ""},
		{"Doesn't (a|b)? end", "doesnt end", "doesnt end"},
		{"e-mail; refused", "e mail refused", "e mail refused"},
		{"(a|b", "b", "b"},
		{"", "", ""},
	} {
		if got := common(tc.a, tc.b, sets); got != tc.want {
			t.Errorf("%q and %q: got %q, want %q", tc.a, tc.b, got, tc.want)
		}
	}
}
