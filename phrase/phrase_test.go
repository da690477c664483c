package phrase

import (
	"errors"
	"strings"
	"testing"
)

// mustCompile compiles patterns whose IDs are their indexes.
func mustCompile(t testing.TB, sets map[string][]string, words ...string) *Set {
	t.Helper()
	patterns := make([]Pattern, len(words))
	for i, w := range words {
		patterns[i] = Pattern{ID: i, Words: w}
	}
	s, err := Compile(patterns, sets)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMatches(t *testing.T) {
	sets := map[string][]string{
		"mailbox": {"mailbox", "mail box", "(user|recipient) account"},
		"gone":    {"does not exist", "doesn't exist", "is {unknown}"},
		"unknown": {"unknown", "not known"},
	}
	tests := []struct {
		pattern, text string
		want          bool
	}{
		{"user unknown", "550 User unknown", true},
		{"user unknown", "550 5.1.1 <a@b.example>: USER_UNKNOWN", true},
		{"user unknown", "User <john@example.com> unknown", true},
		{"user unknown", "550-5.1.1 User (john@example.com) 550-5.1.1 unknown", true},
		{"user unknown", "5.1.1 user\r\n550 5.1.1 unknown", true},
		{"user unknown", "message to this user: 550 5.1.1 unknown", false},
		{"user unknown", "superuser unknown", false},
		{"user unknown", "user is unknown", false},
		{"user unknown", "the user. Unknown error", false},
		{"user unknown", "user", false},
		{"user is? unknown", "user is unknown", true},
		{"user is? unknown", "user unknown", true},
		{"(user|mailbox) (is )?(unknown|not found)", "mailbox is not found", true},
		{"(user|mailbox) (unknown|not found)?", "a mailbox", true},
		{"{mailbox} {gone}", "User account doesn’t exist", true},
		{"{mailbox} {gone}", "mail box is not known", true},
		{"{mailbox} {gone}", "mail is not known", false},
		{"rate of unsolicited mail", "421-4.7.0 rate of 421-4.7.0 unsolicited mail", true},
		{"rate of unsolicited mail", "421-4.7.0 rate of\r\n421-4.7.0 unsolicited mail", true},
		{"boite pleine", "Boîte pleine", true},
		{"boite pleine", "Bo\xeete pleine", true},
		{"größe überschritten", "GROSSE UBERSCHRITTEN", true},
		{"größe überschritten", "Grösse überschritten", true},
		{"ящик переполнен", "ЯЩИК ПЕРЕПОЛНЕН!", true},
		{"用户不存在", "550 对不起,用户不存在。", true},
		{"ユーザー <*> 存在しません", "ユーザーが存在しません", true},
		{"blocked <*> spamhaus", "blocked using zen.spamhaus.org", true},
		{"blocked <*> spamhaus", "blocked. See spamhaus", false},
		{"blocked <**> spamhaus", "blocked. See spamhaus", true},
		{"blocked <*> spamhaus", "blocked a b c d e f g h spamhaus", true},
		{"blocked <*> spamhaus", "blocked a b c d e f g h i spamhaus", false},
		{"full; retry", "mailbox full; retry", true},
		{"full; retry", "mailbox full retry", false},
		{"full. retry later", "Full. Retry later", true},
		{"don't care", "dont care", true},
		{"blocked <**> spamhaus", "blocked xyzzy. See spamhaus", true},
		{"limit <*> <number>", "limit xyzzy 77", true},
		{"<ip> is listed", "192.0.2.1 is listed", true},
		{"<ip> is listed", "[2001:db8::1] is listed", true},
		{"<ip> is listed", "host.example is listed", false},
		{"(host|<ip>) <*> (is )?(blocked|listed)", "192.0.2.1 of yours is listed", true},
		{"(host|<ip>) <*> (is )?(blocked|listed)", "the host has been blocked", true},
		{"<address> <*> gone", "<a@b.example>: has gone", true},
		{"<address> <*> gone", "192.0.2.1 has gone", false},
		{"<host> is listed", "mx-1.example.com is listed", true},
		{"size <size> exceeds", "size 1,000,000 bytes exceeds", true},
		{"wait <duration>", "wait 300 seconds", true},
		{"wait <duration>", "wait a bit", false},
		{"see <url>", "see https://example.com/a?b=c.", true},
		{"error <number>", "error 12.5", true},
		{"mailbox <word>? full", "mailbox john.doe full", true},
		{"mailbox <word>? full", "mailbox full", true},
		{"mailbox <mailbox>? is full", "mailbox is full", true},
		{"mailbox <mailbox> full", "mailbox of full", false},
		{"mailbox <which:word> full", "mailbox of full", false},
		{"mailbox <word> full", "mailbox of full", true},
		{"mailbox <mailbox> full", "mailbox IS full", false},
		{"mailbox <mailbox> full", "mailbox <is> full", true},
		{"mailbox <mailbox> full", "mailbox isolde full", true},
		{"mailbox <mailbox> full", "mailbox of.course full", true},
		{"error <code> here", "error of here", true},
		{"mailbox <address> full", "mailbox <j@example.org> full", true},
		{"mailbox <address> full", "mailbox j full", false},
		{"ｆｕｌｌ width", "full width", true},
	}
	for _, tt := range tests {
		t.Run(tt.pattern+"/"+tt.text, func(t *testing.T) {
			got := mustCompile(t, sets, tt.pattern).Scan(tt.text, &Scratch{})
			if (len(got) > 0) != tt.want {
				t.Errorf("Scan(%q) with %q = %v, want a match: %t", tt.text, tt.pattern, got, tt.want)
			}
		})
	}
}

func TestCaptures(t *testing.T) {
	tests := []struct{ pattern, text, want string }{
		{"client host <ip> blocked using <dnsbl>", "Client host [192.0.2.7] blocked using zen.example.org; see", "ip=192.0.2.7 dnsbl=zen.example.org"},
		{"client host <host>? <ip>? blocked", "Client host mail.example.com[192.0.2.7] blocked", "host=mail.example.com ip=192.0.2.7"},
		{"mailbox <mailbox> is full", "mailbox <j.d@example.com>: is full", "mailbox=j.d@example.com"},
		{"limit of <limit> exceeded", "Limit of 25 MB exceeded", "limit=25 MB"},
		{"limit of <limit> exceeded", "Limit of 25MB exceeded", "limit=25MB"},
		{"retry in <retry_after>", "retry in 00:05:00 please", "retry_after=00:05:00"},
		{"<who:word> is not a customer", "the name john.doe is not a customer", "who=john.doe"},
		{"<who:word> is not a customer", "[john] is not a customer", "who=john"},
		{"see <url>", "See (https://example.com/x?ip=192.0.2.1).", "url=https://example.com/x?ip=192.0.2.1"},
		{"client <*> has <*> <who:word>? ptr", "client of ours has not one good ptr", "who=good"},
		{"listed on <dnsbl>", "listed on [192.0.2.1] bl.example.org", "dnsbl=bl.example.org"},
		{"from <a:ip> to <b:ip>", "from 192.0.2.1 to 2001:db8::5", "a=192.0.2.1 b=2001:db8::5"},
	}
	for _, tt := range tests {
		var sc Scratch
		got := mustCompile(t, nil, tt.pattern).Scan(tt.text, &sc)
		if len(got) != 1 {
			t.Errorf("%q on %q: %d matches, want 1", tt.pattern, tt.text, len(got))
			continue
		}
		var parts []string
		for i := range got[0].Captures() {
			c := sc.Capture(&got[0], i)
			parts = append(parts, c.Name+"="+c.Value)
		}
		if s := strings.Join(parts, " "); s != tt.want {
			t.Errorf("%q on %q captured %q, want %q", tt.pattern, tt.text, s, tt.want)
		}
	}
}

func TestLongestVariantIsReported(t *testing.T) {
	s := mustCompile(t, nil, "mailbox (is over quota)?", "over quota")
	text := "your mailbox is over quota"
	got := s.Scan(text, &Scratch{})
	if len(got) != 2 {
		t.Fatalf("got %d matches, want 2: %v", len(got), got)
	}
	if m := got[0]; m.ID != 0 || text[m.Start:m.End] != "mailbox is over quota" || int(m.Literal) != len("mailboxisoverquota") {
		t.Errorf("first match = %+v %q", m, text[m.Start:m.End])
	}
	if m := got[1]; m.ID != 1 || text[m.Start:m.End] != "over quota" {
		t.Errorf("second match = %+v", m)
	}
}

func TestSyntaxErrors(t *testing.T) {
	tests := []struct{ pattern, want string }{
		{"(a|b", "never closed"},
		{"a)", "without '('"},
		{"a|b", "outside parentheses"},
		{"<nosuch>", "unknown hole <nosuch>"},
		{"a {nosuch}", "unknown set {nosuch}"},
		{"a {loop}", "too deep"},
		{"<ip>", "no word of its own"},
		{"a?", "no word of its own"},
		{"<*> a", "begins with a gap"},
		{"a <**>", "ends with a gap"},
		{"a (b <*>)?", "ends with a gap"},
		{"<host> <ip> a", "not followed by a word"},
		{"error 5.7.1 here", "which matching skips"},
		{"? a", "follows nothing"},
	}
	sets := map[string][]string{"loop": {"x {loop}"}}
	for _, tt := range tests {
		_, err := Compile([]Pattern{{Words: "fine"}, {Words: tt.pattern}}, sets)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("Compile(%q) = %v, want a SyntaxError", tt.pattern, err)
			continue
		}
		if syntax.Pattern != 1 || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Compile(%q) = pattern %d, %q; want pattern 1, %q", tt.pattern, syntax.Pattern, err, tt.want)
		}
	}
}

func TestAmbiguous(t *testing.T) {
	s := mustCompile(t, nil, "a (b|c) d", "a (c|e) d", "x", "<ip> x")
	if got := s.Ambiguous(); len(got) != 1 || got[0] != [2]int{0, 1} {
		t.Errorf("Ambiguous() = %v, want [[0 1]]", got)
	}
}

func TestLoadReadsWhatAppendBinaryWrote(t *testing.T) {
	s := mustCompile(t, nil, "client host <ip>? (blocked|rejected) using <dnsbl>", "user unknown")
	blob := string(s.AppendBinary(nil))
	loaded, err := Load(blob)
	if err != nil {
		t.Fatal(err)
	}
	if again := string(loaded.AppendBinary(nil)); again != blob {
		t.Error("the loaded set has another binary form")
	}
	text := "user unknown; client host [192.0.2.1] blocked using bl.example.org"
	var sa, sb Scratch
	a, b := s.Scan(text, &sa), loaded.Scan(text, &sb)
	if len(a) != 2 || len(b) != 2 || sa.Capture(&a[1], 1) != sb.Capture(&b[1], 1) {
		t.Errorf("Scan = %v and %v", a, b)
	}
	for n := range len(blob) {
		if _, err := Load(blob[:n]); err == nil {
			t.Errorf("Load of %d of %d bytes succeeded", n, len(blob))
		}
	}
}

// used counts the edges of the automaton.
func used(s *Set) int {
	n := 0
	for i := range len(s.edges) / 8 {
		n += min(1, int(s.edge(uint32(i)).word()))
	}
	return n
}

func TestMinimalAutomatonSharesSuffixes(t *testing.T) {
	one := mustCompile(t, nil, "a x y z")
	four := mustCompile(t, nil, "(a|b|c|d) x y z")
	if grown := used(four) - used(one); grown > 0 {
		t.Errorf("three more first words added %d edges, want 0: suffixes must be shared", grown)
	}
}

func TestLargeProductsStaySmall(t *testing.T) {
	sets := map[string][]string{"many": strings.Split("a b c d e f g h i j", " ")}
	s := mustCompile(t, sets, "{many} {many} {many} {many} {many} {many}")
	if s.Size() > 10_000 {
		t.Errorf("a million variants take %d bytes, want some hundred: alternatives that lead on alike must share nodes", s.Size())
	}
	if got := s.Scan("a a b c j j", &Scratch{}); len(got) != 1 {
		t.Errorf("%d matches, want 1", len(got))
	}
}

func TestSentenceEndsAtOptionalParts(t *testing.T) {
	s := mustCompile(t, nil, "(full. )?(goodbye)? retry (later.)? (. )?(now)?")
	for _, text := range []string{"retry", "full. retry", "full. goodbye retry", "retry later", "retry later. now", "retry now"} {
		if len(s.Scan(text, &Scratch{})) == 0 {
			t.Errorf("%q is not matched", text)
		}
	}
}
