package phrase

import (
	"strings"
	"testing"
)

var fuzzPatterns = []string{
	"client host <host>? <ip>? (is )?(blocked|rejected) using <dnsbl>", "user <mailbox>? unknown", "<ip> is listed",
	"<who:word> is not a customer", "quota of <limit> <*> exceeded", "a <**> b <*> c <**> d", "see <url>", "用户 <*> 不存在", "wait <duration>",
	"from <address> to <domain>. rejected",
}

// FuzzScan checks that any text gives matches and captures inside it, in
// order, and the same ones when scanned again.
func FuzzScan(f *testing.F) {
	for _, s := range []string{
		"550 5.1.1 <a@b.example>: user unknown", "Client host mx.example [2001:db8::1] is blocked using bl.example.org;", "a a a a b b b c c d",
		"用户对象不存在。", "x@[192.0.2.1] \"q q\"@example.com @", "1.2.3.4.5.6:::::::", "user\xff\xfe unknown", "550-5.7.1 x\r\n550 5.7.1 y",
	} {
		f.Add(s)
	}
	set := mustCompile(f, nil, fuzzPatterns...)
	f.Fuzz(func(t *testing.T, text string) {
		var sc Scratch
		var before []Match
		for _, m := range set.Scan(text, &sc) {
			if m.Start < 0 || int(m.End) > len(text) || m.Start >= m.End || m.Literal <= 0 {
				t.Fatalf("match %+v is outside a text of %d bytes", m, len(text))
			}
			for i := range m.Captures() {
				c := sc.Capture(&m, i)
				if c.Name == "" || c.Value == "" || !strings.Contains(text[m.Start:], c.Value) {
					t.Fatalf("capture %+v is not in the match", c)
				}
			}
			before = append(before, m)
		}
		again := set.Scan(text, &sc)
		if len(again) != len(before) {
			t.Fatalf("%d matches, then %d", len(before), len(again))
		}
		for i, m := range again {
			if m != before[i] {
				t.Fatalf("match %d differs between two scans", i)
			}
		}
	})
}

// FuzzCompile checks that any pattern either compiles or is refused with its
// place, and that a compiled one survives its binary form.
func FuzzCompile(f *testing.F) {
	for _, p := range append(fuzzPatterns, "(a|b", "{set} x", "a?b?c?d?", "((a|b)|(c|d)?) e", "<x:ip>?") {
		f.Add(p)
	}
	sets := map[string][]string{"set": {"x", "y z"}}
	f.Fuzz(func(t *testing.T, pattern string) {
		s, err := Compile([]Pattern{{ID: 7, Words: pattern}}, sets)
		if err != nil {
			return
		}
		loaded, err := Load(string(s.AppendBinary(nil)))
		if err != nil {
			t.Fatal(err)
		}
		loaded.Scan(pattern, &Scratch{})
	})
}
