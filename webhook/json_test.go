package webhook

import (
	"encoding/json"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	at := time.Date(2023, 2, 22, 23, 41, 12, 0, time.UTC)
	for s, want := range map[string]time.Time{
		"1677109272":                       at,
		"1677109272.5":                     at.Add(500 * time.Millisecond),
		"1677109272.000000001":             at.Add(1),
		"1677109272126":                    at.Add(126 * time.Millisecond),
		"1677109272126000":                 at.Add(126 * time.Millisecond),
		"1677109272126000000":              at.Add(126 * time.Millisecond),
		"1.677109272e9":                    at,
		"2023-02-22T23:41:12Z":             at,
		"2023-02-22T23:41:12.1260000Z":     at.Add(126 * time.Millisecond),
		"2023-02-22T18:41:12.126-05:00":    at.Add(126 * time.Millisecond),
		"2023-02-22T18:41:12-0500":         at,
		"2023-02-22 23:41:12.126+00":       at.Add(126 * time.Millisecond),
		"2023-02-22 23:41:12 UTC":          at,
		"Wed, 22 Feb 2023 23:41:12 GMT":    at,
		"Wed, 22 Feb 2023 18:41:12 -0500":  at,
		"2023-02-22 23:41:12":              {}, // no zone
		"2023-02-22T23:41:12":              {},
		"":                                 {},
		"0":                                {}, // 1970: nobody's event
		"-5":                               {},
		"9999999999999999999999999":        {},
		"1e400":                            {},
		"NaN":                              {},
		"Inf":                              {},
		"12abc":                            {},
		"0001-01-01T00:00:00Z":             {},
		"9999-12-31T23:59:59Z":             {},
		"1677109272.5.5":                   {},
		"2023-02-22T23:41:12Z; rm -rf / #": {},
	} {
		if got := parseTime(s); !got.Equal(want) {
			t.Errorf("%q: %v, want %v", s, got, want)
		}
	}
}

func TestScalarsOfAnyType(t *testing.T) {
	o, err := parseObject([]byte(`{"s":"a\u0041\n","n":12345678901234567,"f":1.50,"t":true,"z":null,"o":{"x":1},"a":[1,"b",null,{}],"e":"","n":76561198000000001}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"s": "aA\n", "n": "76561198000000001", "f": "1.50", "t": "true", "z": "", "o": "", "a": "", "e": "", "absent": "",
	} {
		if got := o.text(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := o.texts("a"); len(got) != 2 || got[0] != "1" || got[1] != "b" {
		t.Errorf("list: %q", got)
	}
	if o.number("f") != 1 || o.number("s") != 0 || o.number("n") != 76561198000000001 {
		t.Errorf("numbers: %d %d %d", o.number("f"), o.number("s"), o.number("n"))
	}
}

func TestNestedJSONInAString(t *testing.T) {
	o, _ := parseObject([]byte(`{"m":" {\"a\":\"{\\\"b\\\":1}\"}"}`))
	if got := o.object("m").object("a").text("b"); got != "1" {
		t.Errorf("got %q", got)
	}
}

func TestDamagedObjectKeepsWhatStandsBefore(t *testing.T) {
	whole := `{"a":"1","b":{"c":"2"},"d":[3,4]}`
	for i := range whole {
		o, err := parseObject([]byte(whole[:i]))
		if err == nil {
			t.Errorf("%q: no error", whole[:i])
		}
		if i > 8 && o.text("a") != "1" || i > 22 && o.object("b").text("c") != "2" {
			t.Errorf("%q: %v", whole[:i], o)
		}
	}
}

func TestFieldsOfAnObjectAreBounded(t *testing.T) {
	many := []byte(`{"event":"x"`)
	for i := range 3 * maxFields {
		many = append(many, `,"k`...)
		many = append(many, string(rune('a'+i%26))+time.Duration(i).String()...)
		many = append(many, `":1`...)
	}
	many = append(many, `,"event":"y"}`...)
	o, err := parseObject(many)
	if err != nil || len(o) != maxFields || o.text("event") != "y" {
		t.Errorf("%d fields, event %q, %v", len(o), o.text("event"), err)
	}
}

func TestSoleObject(t *testing.T) {
	for s, ok := range map[string]bool{
		`{"a":1}`: true, " {\"a\":1}\r\n": true, `{"a":1}{"a":2}`: false, `{"a":1},`: false, `[{"a":1}]`: false, `{"a":1`: false, ``: false,
	} {
		if _, err := soleObject([]byte(s)); (err == nil) != ok {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestFold(t *testing.T) {
	for s, want := range map[string]string{
		"HardBounce": "hardbounce", "soft bounce": "soft-bounce", "hard_bounce": "hard-bounce", " Relay/access  denied. ": "relay-access-denied",
		"": "", "--": "", "Größe": "größe", "Bounced Address": "bounced-address",
	} {
		if got := fold(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestAddress(t *testing.T) {
	for s, want := range map[string]string{
		"a@example.com": "a@example.com", " <a@example.com> ": "a@example.com", `"b@evil.example" <a@example.com>`: "a@example.com",
		"A B <a@example.com>": "a@example.com", "a": "", "a@": "", "@example.com": "", "": "", "a@example.com, b@example.com": "",
		"a@example.com b@example.com": "", `"a b"@example.com`: `"a b"@example.com`, "a@example.com>": "",
		"ü@exämple.com": "ü@exämple.com", "a@b@example.com": "a@b@example.com",
	} {
		if got := address(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestEachItemIsLinearInDepth(t *testing.T) {
	n := 0
	_ = eachItem([]byte(`[[[[{"a":1}]]],{"b":2}]`), func(json.RawMessage) { n++ })
	if n != 2 {
		t.Errorf("%d items", n)
	}
}
