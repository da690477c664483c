package smtpcode

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestParseCode(t *testing.T) {
	for text, want := range map[string]Code{"200": 200, "550": 550, "599": 599, "421": 421, "354": 354, "571": 571} {
		c, err := ParseCode(text)
		if c != want || err != nil || c.String() != text || c.Class() != Class(want/100) {
			t.Errorf("ParseCode(%q) = %d, %v, class %s", text, c, err, c.Class())
		}
	}
	for _, text := range []string{"", "5", "55", "5500", "199", "600", "000", " 550", "550 ", "5x0", "５50", "-50", "5.0", "55:"} {
		if c, err := ParseCode(text); c != 0 || !errors.Is(err, ErrCode) {
			t.Errorf("ParseCode(%q) = %d, %v", text, c, err)
		}
	}
}

func TestParseStatus(t *testing.T) {
	for text, want := range map[string]Status{
		"5.1.1": {Permanent, 1, 1}, "4.7.28": {Transient, 7, 28}, "2.0.0": {Success, 0, 0}, "5.7.515": {Permanent, 7, 515}, "5.999.999": {Permanent, 999, 999},
	} {
		s, err := ParseStatus(text)
		if s != want || err != nil || s.String() != text || !s.IsValid() {
			t.Errorf("ParseStatus(%q) = %v, %v", text, s, err)
		}
	}
	for _, text := range []string{
		"", "5", "5.1", "5.1.", "5..1", "5.1.1.", "5.1.1.1", "3.1.1", "1.1.1", "6.1.1", "55.1.1", "5.1.1000", "5.1000.1", "5.01.1", "5.1.01", "5.00.0",
		" 5.1.1", "5.1.1 ", "x.1.1", "5,1,1", "5.1.x", "5.-1.1",
	} {
		if s, err := ParseStatus(text); !s.IsZero() || !errors.Is(err, ErrStatus) {
			t.Errorf("ParseStatus(%q) = %v, %v", text, s, err)
		}
	}
}

func TestErrorsQuoteLittle(t *testing.T) {
	if _, err := ParseCode(strings.Repeat("9", 1<<20)); len(err.Error()) > 200 {
		t.Errorf("an error of %d bytes", len(err.Error()))
	}
}

func TestJSON(t *testing.T) {
	type doc struct {
		Code   Code    `json:"code"`
		Status Status  `json:"status"`
		Limit  Pattern `json:"limit"`
	}
	limit, err := ParsePattern("5.X.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		value doc
		text  string
	}{
		{doc{}, `{"code":0,"status":"","limit":""}`},
		{doc{550, Status{5, 1, 1}, limit}, `{"code":550,"status":"5.1.1","limit":"5.x.1"}`},
	} {
		b, err := json.Marshal(c.value)
		if string(b) != c.text || err != nil {
			t.Errorf("Marshal(%v) = %s, %v, want %s", c.value, b, err, c.text)
		}
		got := doc{Code: 1, Status: Status{1, 1, 1}}
		if err := json.Unmarshal([]byte(c.text), &got); err != nil || got != c.value {
			t.Errorf("Unmarshal(%s) = %v, %v", c.text, got, err)
		}
	}
	var d doc
	if err := json.Unmarshal([]byte(`{"code":"421"}`), &d); err != nil || d.Code != 421 {
		t.Errorf("code as a string: %v, %v", d.Code, err)
	}
	for _, text := range []string{`{"code":55}`, `{"code":-1}`, `{"code":"x"}`, `{"code":5.5e2}`, `{"status":"5.1"}`, `{"limit":"7xx"}`} {
		if err := json.Unmarshal([]byte(text), &d); err == nil {
			t.Errorf("Unmarshal(%s) accepts", text)
		}
	}
	for _, v := range []any{Code(7), Code(600), Status{Class: 3}, Status{5, 1000, 1}} {
		if b, err := json.Marshal(v); err == nil {
			t.Errorf("Marshal(%v) = %s", v, b)
		}
	}
}

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		in, out string
		kind    Kind
		exact   bool
		yes, no string // codes, a reply code and a status each, blank between
	}{
		{"550", "550", KindReply, true, "550 5.1.1", "551 5.1.1"},
		{"55x", "55x", KindReply, false, "559", "560"},
		{"5XX", "5xx", KindReply, false, "599 4.2.2", "499 5.2.2"},
		{"xxx", "xxx", KindReply, false, "200", "5.1.1"},
		{"5.1.1", "5.1.1", KindStatus, true, "550 5.1.1", "550 5.1.10"},
		{"X.2.2", "x.2.2", KindStatus, false, "4.2.2", "4.2.1"},
		{"4.x", "4.x.x", KindStatus, false, "4.7.28", "450 5.7.28"},
		{"4.x.x", "4.x.x", KindStatus, false, "4.0.0", "450"},
		{"5.1.x", "5.1.x", KindStatus, false, "5.1.999", "5.2.1"},
		{"x.7.26", "x.7.26", KindStatus, false, "550 5.7.26", "550 5.7.2"},
		{"x.x.x", "x.x.x", KindStatus, false, "2.0.0", "250"},
		{"x.x", "x.x.x", KindStatus, false, "2.0.0", "250"},
	} {
		p, err := ParsePattern(c.in)
		if err != nil || p.String() != c.out || p.Kind() != c.kind || p.IsExact() != c.exact {
			t.Errorf("ParsePattern(%q) = %s (%s, exact %v), %v", c.in, p, p.Kind(), p.IsExact(), err)
		}
		if f := Find(c.yes); !p.Match(f.Code, f.Status) {
			t.Errorf("%s does not match %s", c.in, c.yes)
		}
		if f := Find(c.no); f.IsZero() || p.Match(f.Code, f.Status) {
			t.Errorf("%s matches %s", c.in, c.no)
		}
		if p.Match(0, Status{}) {
			t.Errorf("%s matches no codes", c.in)
		}
	}
	for _, in := range []string{
		"", "5", "55", "x", "xx", "x50", "5x0", "6xx", "1xx", "5.1", "5.", ".1.1", "5.1.1.1", "5.1.xx", "3.1.1", "xx.1.1", "5.01.1", "5.1.1000", "5xx ", "5..x", "5.x.",
	} {
		if p, err := ParsePattern(in); p != (Pattern{}) || !errors.Is(err, ErrPattern) {
			t.Errorf("ParsePattern(%q) = %v, %v", in, p, err)
		}
	}
	if (Pattern{}).Match(550, Status{5, 1, 1}) || (Pattern{}).String() != "" || (Pattern{}).Kind() != KindNone {
		t.Error("the zero pattern is not empty")
	}
}

func TestWordsFitTheirTable(t *testing.T) {
	for _, list := range listedWords {
		for _, word := range strings.Fields(list.words) {
			key, end := wordAt(word, 0)
			back, start := wordBefore(word, len(word))
			if key == 0 || key != back || end != len(word) || start != 0 || key.kinds()&list.kind == 0 {
				t.Errorf("%q is not found in its table", word)
			}
		}
	}
	for _, word := range []string{"", "mailbox", "xyzzy", "extraordinarily"} {
		if key, _ := wordAt(word, 0); key.kinds() != 0 {
			t.Errorf("%q has kinds", word)
		}
	}
}

func TestNextDigitAgreesWithALoop(t *testing.T) {
	buf := make([]byte, 19)
	for b := range 256 {
		for at := range buf {
			for i := range buf {
				buf[i] = 'a'
			}
			buf[at] = byte(b)
			want := len(buf)
			if b >= '2' && b <= '5' {
				want = at
			}
			if got := nextDigit(string(buf), 0); got != want {
				t.Fatalf("byte %#x at %d: %d, want %d", b, at, got, want)
			}
		}
	}
}
