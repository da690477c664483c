package smtpcode

import (
	"slices"
	"strings"
	"testing"
)

func seedTexts(f *testing.F) {
	for _, c := range findCases {
		f.Add(c.text)
	}
	f.Add("421-4.7.0 unusual rate of 421-4.7.0 unsolicited mail 421 4.7.0 x")
	f.Add("550-a\r\n550-b\n550 c\r")
	f.Add("5.1.1 550 5.1.1 (#5.1.1) [550] <5.2.2>")
}

func FuzzFind(f *testing.F) {
	seedTexts(f)
	f.Fuzz(func(t *testing.T, text string) {
		end, n := 0, 0
		for found := range All(text) {
			if n == 0 && found != Find(text) {
				t.Fatalf("Find = %v, first of All = %v", Find(text), found)
			}
			if found.Start < end || found.End <= found.Start || found.End > len(text) {
				t.Fatalf("place %v of %q overlaps or leaves the text, previous end %d", found, text, end)
			}
			if found.Code == 0 && found.Status.IsZero() {
				t.Fatalf("place without codes: %v", found)
			}
			if found.Code != 0 && !found.Code.IsValid() || !found.Status.IsZero() && !found.Status.IsValid() {
				t.Fatalf("invalid codes: %v", found)
			}
			place := text[found.Start:found.End]
			if !strings.Contains(place, found.Code.String()) || len(place) > 64 {
				t.Fatalf("%q does not hold %v", place, found)
			}
			end = found.End
			n++
		}
		checkPlain(t, text)
		if n == 0 && !Find(text).IsZero() {
			t.Fatalf("Find = %v, All finds nothing", Find(text))
		}
	})
}

// checkPlain asserts that the short way reads what the long way reads.
func checkPlain(t *testing.T, text string) {
	for i := range len(text) {
		if i > 0 && !is(text[i-1], cBlank) || digitsAt(text, i) != 3 || text[i] < '2' || text[i] > '5' {
			continue
		}
		s := scanner{text: text, pos: i}
		if short, long := plain(text, i), s.anyReply(i); short.End > 0 && short != long {
			t.Fatalf("%q at %d: %v in short, %v at length", text, i, short, long)
		}
	}
}

func FuzzParse(f *testing.F) {
	seedTexts(f)
	f.Fuzz(func(t *testing.T, text string) {
		r := Parse(text)
		if first := Find(text); first.Code >= 400 && first.Code != r.Code {
			t.Fatalf("Parse(%q).Code = %s, Find says %s", text, r.Code, first.Code)
		}
		if r.Text != strings.Join(r.Lines, " ") || slices.Contains(r.Lines, "") {
			t.Fatalf("Text %q of Lines %q", r.Text, r.Lines)
		}
		if len(r.Text) > len(text) {
			t.Fatalf("Text %q longer than %q", r.Text, text)
		}
		// A success gives way to a failure behind it, and words taken off can leave one; so only failures are written and read alike.
		if r.Code >= 400 && !r.Status.IsZero() {
			again := Parse(r.String())
			if again.Code != r.Code || again.Status != r.Status {
				t.Fatalf("%q is written %q, which is read %s %s", text, r.String(), again.Code, again.Status)
			}
		}
		joined := Join(text)
		if strings.ContainsAny(joined, "\r\n") {
			t.Fatalf("Join(%q) = %q", text, joined)
		}
	})
}

func FuzzParsePattern(f *testing.F) {
	for _, s := range []string{"550", "55x", "5xx", "xxx", "4.x.x", "X.2.2", "4.x", "5.1.x", "x.7.26", "x.x.x", "5.07.1", ""} {
		f.Add(s, uint16(550), uint8(5), uint16(1), uint16(1))
	}
	f.Fuzz(func(t *testing.T, s string, code uint16, class uint8, subject, detail uint16) {
		p, err := ParsePattern(s)
		if err != nil {
			if p != (Pattern{}) {
				t.Fatalf("ParsePattern(%q) = %v and an error", s, p)
			}
			return
		}
		again, err := ParsePattern(p.String())
		if err != nil || again != p {
			t.Fatalf("%q is written %q, read again %v, %v", s, p.String(), again, err)
		}
		c, st := Code(code), Status{Class(class), subject, detail}
		if !p.Match(c, st) {
			return
		}
		if p.Kind() == KindReply && !c.IsValid() || p.Kind() == KindStatus && st.Class == ClassNone {
			t.Fatalf("%s matches %s %s", p, c, st)
		}
		if p.IsExact() && p.String() != c.String() && p.String() != st.String() {
			t.Fatalf("%s matches %s %s", p, c, st)
		}
	})
}
