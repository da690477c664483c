package smtpcode

import (
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in, code, status string
		lines            []string
		problems         []Problem
	}{
		{"", "", "", nil, nil},
		{"gone away", "", "", []string{"gone away"}, nil},
		{"550", "550", "", nil, nil},
		{"550 5.1.1 gone", "550", "5.1.1", []string{"gone"}, nil},
		{"550-5.1.1 The email\r\n550 5.1.1 account", "550", "5.1.1", []string{"The email", "account"}, nil},
		{"550-5.1.1 The email\n550 5.1.1 account\n", "550", "5.1.1", []string{"The email", "account"}, nil},
		{"550-5.1.1 The email\r550 5.1.1 account", "550", "5.1.1", []string{"The email", "account"}, nil},
		{"550-5.1.1 The email 550 5.1.1 account", "550", "5.1.1", []string{"The email", "account"}, nil},
		{"550-5.1.1 The email550 5.1.1 account", "550", "5.1.1", []string{"The email", "account"}, nil},
		{"421-4.7.0 unusual rate of 421-4.7.0 unsolicited mail 421 4.7.0 x", "421", "4.7.0", []string{"unusual rate of", "unsolicited mail", "x"}, nil},
		{"550-Verify failed for <a@b.example> 550-no such\r\n550 Sender bad", "550", "", []string{"Verify failed for <a@b.example>", "no such", "Sender bad"}, nil},
		{"550-one\r\n550-\r\n550 two", "550", "", []string{"one", "two"}, nil},
		{"550 one\r\n two", "550", "", []string{"one two"}, nil},
		{"550 one\r\n550 5.1.1 two", "550", "5.1.1", []string{"one", "two"}, nil},
		{"550 4.2.2 full", "550", "4.2.2", []string{"full"}, []Problem{ProblemClassMismatch}},
		{"550-5.1.1 a\r\n550 5.1.2 b", "550", "5.1.1", []string{"a", "550 5.1.2 b"}, []Problem{ProblemStatusesDiffer}},
		{"550-a\r\n551 b", "550", "", []string{"a", "551 b"}, []Problem{ProblemCodesDiffer}},
		{"554 5.4.7 [internal] (last transfail: 452 4.2.2 full)", "554", "5.4.7", []string{"[internal] (last transfail: 452 4.2.2 full)"},
			[]Problem{ProblemCodesDiffer, ProblemStatusesDiffer}},
		{"host mx.example said: 550-5.1.1 a 550 5.1.1 b (code 550)", "550", "5.1.1", []string{"host mx.example said: a", "b (code 550)"}, nil},
		{"dsn=5.0.0, status=bounced (said: 550 5.7.1 no)", "550", "5.7.1", []string{"dsn=, status=bounced (said: no)"}, []Problem{ProblemStatusesDiffer}},
		{"5.1.1 gone", "", "5.1.1", []string{"gone"}, nil},
		{"(#5.1.1)", "", "5.1.1", nil, nil},
		{"Sorry, no mailbox here by that name. (#5.1.1)", "", "5.1.1", []string{"Sorry, no mailbox here by that name."}, nil},
		{"220-mx.example 421 4.2.1 Refused", "421", "4.2.1", []string{"mx.example Refused"}, nil},
		{"452 full (#5.2.2)", "452", "5.2.2", []string{"full (#5.2.2)"}, []Problem{ProblemClassMismatch}},
		{"5.1.1 a\r\n5.1.1 b (5.1.1)", "", "5.1.1", []string{"a", "b (5.1.1)"}, nil},
		{"450 limit of 450 messages", "450", "", []string{"limit of 450 messages"}, nil},
	} {
		r := Parse(c.in)
		if r.Code.String() != c.code || r.Status.String() != c.status || !slices.Equal(r.Lines, c.lines) || !slices.Equal(r.Problems, c.problems) {
			t.Errorf("Parse(%q) = %s %s %q %v, want %s %s %q %v", c.in, r.Code, r.Status, r.Lines, r.Problems, c.code, c.status, c.lines, c.problems)
		}
	}
}

func TestJoin(t *testing.T) {
	for _, c := range []struct {
		in   []string
		want string
	}{
		{nil, ""},
		{[]string{"gone"}, "gone"},
		{[]string{"550-5.1.1 The email", "550 5.1.1 account"}, "550 5.1.1 The email account"},
		{[]string{"550-5.1.1 The email\r\n550 5.1.1 account\r\n"}, "550 5.1.1 The email account"},
		{[]string{"550-The email\r\n550 account"}, "550 The email account"},
		{[]string{"host said: 550-5.1.1 The 550 5.1.1 account"}, "host said: 550 5.1.1 The account"},
		{[]string{"550-a", "551 b"}, "550 a 551 b"},
	} {
		if got := Join(c.in...); got != c.want {
			t.Errorf("Join(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestReplyString(t *testing.T) {
	for _, c := range []struct {
		in   Reply
		want string
	}{
		{Reply{}, ""},
		{Reply{Code: 550}, "550"},
		{Reply{Status: Status{5, 1, 1}, Lines: []string{"x"}}, "5.1.1 x"},
		{Reply{Code: 550, Lines: []string{"x", "y"}}, "550-x\r\n550 y"},
		{Reply{Code: 550, Status: Status{5, 1, 1}}, "550 5.1.1"},
		{Reply{Code: 550, Status: Status{5, 1, 1}, Lines: []string{"x", "y"}}, "550-5.1.1 x\r\n550 5.1.1 y"},
	} {
		if got := c.in.String(); got != c.want {
			t.Errorf("String() = %q, want %q", got, c.want)
		}
	}
}
