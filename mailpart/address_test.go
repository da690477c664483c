package mailpart_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/mailpart"
)

func TestParseAddresses(t *testing.T) {
	for _, test := range []struct {
		value string
		want  []mailpart.Address
	}{
		{"a@example.com", []mailpart.Address{{"", "a@example.com"}}},
		{"Anna <a@example.com>, b@example.org", []mailpart.Address{{"Anna", "a@example.com"}, {"", "b@example.org"}}},
		{`"Muster, Anna" <a@example.com>`, []mailpart.Address{{"Muster, Anna", "a@example.com"}}},
		{`"Anna \"A\" M" <a@example.com>`, []mailpart.Address{{`Anna "A" M`, "a@example.com"}}},
		{"=?utf-8?q?J=C3=BCrgen?= <j@example.com>", []mailpart.Address{{"Jürgen", "j@example.com"}}},
		{"MAILER-DAEMON@example.com (Mail Delivery System)", []mailpart.Address{{"Mail Delivery System", "MAILER-DAEMON@example.com"}}},
		{"friends: a@example.com, b@example.com;", []mailpart.Address{{"", "a@example.com"}, {"", "b@example.com"}}},
		{"undisclosed-recipients:;", nil},
		{"<Undisclosed Recipients>", nil},
		{`"Anna <a@example.com>, b@example.org`, []mailpart.Address{{"Anna", "a@example.com"}, {"", "b@example.org"}}},
		{"Anna a@example.com", []mailpart.Address{{"", "a@example.com"}}},
		{`"anna b"@example.com`, []mailpart.Address{{"", `"anna b"@example.com`}}},
		{"a@example.com <a@example.com>", []mailpart.Address{{"a@example.com", "a@example.com"}}},
		{"", nil},
	} {
		if diff := cmp.Diff(test.want, mailpart.ParseAddresses(test.value)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.value, diff)
		}
	}
}
