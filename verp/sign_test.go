package verp

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	today  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	secret = []byte("0123456789abcdef")
	other  = []byte("fedcba9876543210")
)

func days(n int) time.Time { return today.AddDate(0, 0, n) }

func newRing(t testing.TB, options Options, keys ...Key) *Keyring {
	t.Helper()
	k, err := NewKeyring(options, keys[0], keys[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestEncode(t *testing.T) {
	tests := []struct {
		path      string
		delimiter byte
		recipient string
		want      string
		err       error
	}{
		{"bounces@lists.example", '+', "kim@example.org", "bounces+kim=example.org@lists.example", nil},
		{"<bounces@lists.example>", '+', "<Kim@Example.ORG>", "bounces+Kim=example.org@lists.example", nil},
		{"bounces@lists.example", '-', "kim@example.org", "bounces-kim=example.org@lists.example", nil},
		{"list-return@lists.example", '-', "kim@example.org", "list-return-kim=example.org@lists.example", nil},
		{"bounces@lists.example", '+', "42-kim@example.org", "bounces+0-42-kim=example.org@lists.example", nil},
		{"bounces@lists.example", '+', "a=b@example.org", "bounces+a=b=example.org@lists.example", nil},
		{"bounces@lists.example", '+', "kim+tag@example.org", "bounces+kim+tag=example.org@lists.example", nil},
		{"news@lists.example", '-', "kim@example.org", "", ErrAddress},
		{"bounces@lists.example", '+', `"kim lee"@example.org`, "", ErrAddress},
		{"bounces@lists.example", '+', "kim@[192.0.2.1]", "", ErrAddress},
		{"bounces@lists.example", '+', "kim", "", ErrAddress},
		{"bounces", '+', "kim@example.org", "", ErrAddress},
		{"bounces@lists.example", '+', "kim\r\n@example.org", "", ErrAddress},
		{"bounces@lists.example", '+', ".kim@example.org", "", ErrAddress},
		{"bounces@lists.example", '+', strings.Repeat("k", 60) + "@example.org", "", ErrTooLong},
	}
	for _, tt := range tests {
		got, err := Encode(tt.path, tt.delimiter, tt.recipient)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("Encode(%q, %q, %q) = %q, %v; want %q, %v", tt.path, tt.delimiter, tt.recipient, got, err, tt.want, tt.err)
		}
	}
}

// drawAddress draws an address that fits into a return path.
func drawAddress(t *rapid.T) string {
	return rapid.StringMatching(`[a-z0-9=+_-]{1,12}(\.[A-Za-z0-9=+-]{1,6})?@[a-z][a-z0-9]{0,8}\.(example|org)`).Draw(t, "address")
}

func TestWhatIsEncodedIsFoundAgain(t *testing.T) {
	k := newRing(t, Options{MaxLocal: 200}, Key{'k', secret})
	rapid.Check(t, func(t *rapid.T) {
		recipient := drawAddress(t)
		if path, err := Encode("bounces@lists.example", '+', recipient); err == nil {
			if got, ok := Recipient(path); !ok || got != recipient {
				t.Errorf("Recipient(%q) = %q, want %q", path, got, recipient)
			}
		} else if !errors.Is(err, ErrTooLong) {
			t.Errorf("%q: %v", recipient, err)
		}
		path, err := k.Sign("bounces@lists.example", recipient, today)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := Recipient(path); !ok || got != recipient {
			t.Errorf("Recipient(%q) = %q, want %q", path, got, recipient)
		}
		if s, err := k.Verify(path, today); err != nil || s.Recipient != recipient {
			t.Errorf("Verify(%q) = %+v, %v", path, s, err)
		}
		if s, err := k.Verify(strings.ToLower(path), today); err != nil || !strings.EqualFold(s.Recipient, recipient) {
			t.Errorf("in lower case: %+v, %v", s, err)
		}
	})
}

func TestSignVector(t *testing.T) {
	k := newRing(t, Options{}, Key{'k', secret})
	got, err := k.Sign("bounces@lists.example", "Kim.Lee@Example.org", today)
	if want := "bounces+1kubb7x5xlsuculyi5-Kim.Lee=example.org@lists.example"; got != want || err != nil {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}

func TestAnyChangeOfASignedPathIsRefused(t *testing.T) {
	k := newRing(t, Options{}, Key{'k', secret}, Key{'o', other})
	path, err := k.Sign("b@lists.example", "kim@example.org", today)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := strings.IndexByte(path, '+')+1, strings.LastIndexByte(path, '@')
	for i := begin; i < end; i++ {
		for _, c := range []byte("abkmoz27=-+.") {
			forged := []byte(path)
			if forged[i] == c {
				continue
			}
			forged[i] = c
			if s, err := k.Verify(string(forged), today); err == nil || s.Recipient != "" && !errors.Is(err, ErrExpired) {
				t.Errorf("%s is accepted: %+v, %v", forged, s, err)
			}
		}
	}
	for _, s := range []string{"", "@", "kim@example.org", "bounces+kim=example.org@lists.example", path[:end], strings.Repeat(path, 100)} {
		if _, err := k.Verify(s, today); !errors.Is(err, ErrNotSigned) {
			t.Errorf("%.60q: %v", s, err)
		}
	}
}

func TestSignaturesExpire(t *testing.T) {
	k := newRing(t, Options{MaxAge: 10 * 24 * time.Hour}, Key{'k', secret})
	path, _ := k.Sign("b@lists.example", "kim@example.org", today)
	for _, tt := range []struct {
		after int
		err   error
	}{{0, nil}, {1, nil}, {10, nil}, {11, ErrExpired}, {400, ErrExpired}, {-1, nil}, {-2, ErrExpired}} {
		s, err := k.Verify(path, days(tt.after))
		if !errors.Is(err, tt.err) || s.Recipient != "kim@example.org" || s.KeyID != 'k' {
			t.Errorf("after %d days: %+v, %v; want %v", tt.after, s, err, tt.err)
		}
		if want := today.Truncate(24 * time.Hour); tt.after > -2 && !s.Day.Equal(want) {
			t.Errorf("after %d days: signed on %v, want %v", tt.after, s.Day, want)
		}
	}
}

func TestKeysAreRotated(t *testing.T) {
	old := newRing(t, Options{}, Key{'a', secret})
	both := newRing(t, Options{}, Key{'b', other}, Key{'a', secret})
	only := newRing(t, Options{}, Key{'b', other})
	wrong := newRing(t, Options{}, Key{'a', other})
	path, _ := old.Sign("b@lists.example", "kim@example.org", today)
	for _, tt := range []struct {
		name string
		ring *Keyring
		err  error
	}{{"old", old, nil}, {"both", both, nil}, {"new only", only, ErrForged}, {"other secret", wrong, ErrForged}} {
		if _, err := tt.ring.Verify(path, today); !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.err)
		}
	}
	if path, _ := both.Sign("b@lists.example", "kim@example.org", today); !strings.HasPrefix(path, "b+1b") {
		t.Errorf("not signed with the first key: %s", path)
	}
}

func TestBadKeysAreRefusedAndNotTold(t *testing.T) {
	short := []byte("hushhush")
	tests := map[string]func() error{
		"no id":         func() error { _, err := NewKeyring(Options{}, Key{0, secret}); return err },
		"an id of 1":    func() error { _, err := NewKeyring(Options{}, Key{'1', secret}); return err },
		"short":         func() error { _, err := NewKeyring(Options{}, Key{'a', short}); return err },
		"twice":         func() error { _, err := NewKeyring(Options{}, Key{'a', secret}, Key{'a', other}); return err },
		"age":           func() error { _, err := NewKeyring(Options{MaxAge: time.Hour}, Key{'a', secret}); return err },
		"batv id":       func() error { _, err := NewBATV(0, Key{'a', secret}); return err },
		"batv short":    func() error { _, err := NewBATV(0, Key{'1', short}); return err },
		"batv twice":    func() error { _, err := NewBATV(0, Key{'1', secret}, Key{'1', other}); return err },
		"batv age":      func() error { _, err := NewBATV(600, Key{'1', secret}); return err },
		"srs no secret": func() error { _, err := NewSRS("fwd.example", SRSOptions{}); return err },
		"srs short":     func() error { _, err := NewSRS("fwd.example", SRSOptions{}, short); return err },
		"srs age":       func() error { _, err := NewSRS("fwd.example", SRSOptions{MaxAge: 900}, secret); return err },
		"srs hash":      func() error { _, err := NewSRS("fwd.example", SRSOptions{HashLength: 3}, secret); return err },
	}
	for name, try := range tests {
		if err := try(); !errors.Is(err, ErrKey) || strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), string(secret)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewSRS("not a domain", SRSOptions{}, secret); !errors.Is(err, ErrAddress) {
		t.Error(err)
	}
}

func TestKeyringKeepsItsOwnCopyOfTheSecret(t *testing.T) {
	mine := bytes.Clone(secret)
	k := newRing(t, Options{}, Key{'k', mine})
	path, _ := k.Sign("b@lists.example", "kim@example.org", today)
	clear(mine)
	if again, _ := k.Sign("b@lists.example", "kim@example.org", today); again != path {
		t.Error("the signature changes with the caller's slice")
	}
}

func TestBATV(t *testing.T) {
	b, err := NewBATV(0, Key{'7', secret}, Key{'3', other})
	if err != nil {
		t.Fatal(err)
	}
	path, err := b.Sign("kim@example.org", today)
	if want := "prvs=752087007e=kim@example.org"; path != want || err != nil {
		t.Fatalf("got %q, %v; want %q", path, err, want)
	}
	tests := []struct {
		path string
		now  time.Time
		err  error
	}{
		{path, today, nil}, {strings.ToUpper(path[:15]) + path[15:], today, nil}, {path, days(7), nil}, {path, days(8), ErrExpired}, {path, days(300), ErrExpired}, {path, days(-1), nil}, {path, days(-2), ErrExpired},
		{strings.Replace(path, "kim", "jim", 1), today, ErrForged}, {strings.Replace(path, "=7", "=3", 1), today, ErrForged},
		{strings.Replace(path, "=7", "=5", 1), today, ErrForged}, {path[:5] + "7999" + path[9:], today, ErrForged},
		{"kim@example.org", today, ErrNotSigned}, {"prvs=7067=kim@example.org", today, ErrNotSigned}, {"prvs=@example.org", today, ErrNotSigned}, {"", today, ErrNotSigned},
		{"prvs=" + strings.Repeat("7", 5000) + "=kim@example.org", today, ErrNotSigned},
	}
	for _, tt := range tests {
		got, err := b.Verify(tt.path, tt.now)
		if !errors.Is(err, tt.err) || (err == nil) != (got == "kim@example.org" && tt.err == nil) {
			t.Errorf("Verify(%.60q, %v) = %q, %v; want %v", tt.path, tt.now, got, err, tt.err)
		}
	}
	if Unwrap(path) != "kim@example.org" {
		t.Errorf("Unwrap(%q) = %q", path, Unwrap(path))
	}
	if _, err := b.Sign(path, today); !errors.Is(err, ErrAddress) {
		t.Errorf("tagged twice: %v", err)
	}
}

func TestSRS(t *testing.T) {
	first, err := NewSRS("fwd.example", SRSOptions{}, secret)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := NewSRS("second.example", SRSOptions{MaxLocal: 100}, secret)
	third, _ := NewSRS("third.example", SRSOptions{MaxLocal: 100}, secret)
	one, err := first.Forward("Kim@example.org", today)
	if want := "SRS0=TjQ7=BB=example.org=Kim@fwd.example"; one != want || err != nil {
		t.Fatalf("got %q, %v; want %q", one, err, want)
	}
	two, err := second.Forward(one, today)
	if want := "SRS1=y0Xs=fwd.example==TjQ7=BB=example.org=Kim@second.example"; two != want || err != nil {
		t.Fatalf("got %q, %v; want %q", two, err, want)
	}
	three, err := third.Forward(two, today)
	if err != nil || !strings.HasSuffix(three, "=fwd.example="+one[4:strings.IndexByte(one, '@')]+"@third.example") {
		t.Fatalf("third: %q, %v", three, err)
	}
	for _, path := range []string{two, three} {
		srs := map[string]*SRS{two: second, three: third}[path]
		if back, err := srs.Reverse(path, today); back != one || err != nil {
			t.Errorf("Reverse(%q) = %q, %v", path, back, err)
		}
	}
	if back, err := first.Reverse(one, days(21)); back != "Kim@example.org" || err != nil {
		t.Errorf("Reverse = %q, %v", back, err)
	}
	if back, err := first.Reverse(strings.ToLower(one), today); back != "kim@example.org" || err != nil {
		t.Errorf("in lower case: %q, %v", back, err)
	}
	for _, tt := range []struct {
		after int
		err   error
	}{{-1, nil}, {-2, ErrExpired}, {22, ErrExpired}} {
		if _, err := first.Reverse(one, days(tt.after)); !errors.Is(err, tt.err) {
			t.Errorf("after %d days: %v, want %v", tt.after, err, tt.err)
		}
	}
	if Unwrap(one) != "Kim@example.org" || Unwrap(three) != "Kim@example.org" {
		t.Errorf("Unwrap: %q, %q", Unwrap(one), Unwrap(three))
	}
	for _, sender := range []string{"", "<>", "jo@FWD.example"} {
		if got, err := first.Forward(sender, today); got != sender || err != nil {
			t.Errorf("Forward(%q) = %q, %v", sender, got, err)
		}
	}
}

func TestSRSRefuses(t *testing.T) {
	s, _ := NewSRS("fwd.example", SRSOptions{}, secret, other)
	long, _ := NewSRS("fwd.example", SRSOptions{HashLength: 12}, secret)
	old, _ := NewSRS("fwd.example", SRSOptions{}, other)
	foreign, _ := NewSRS("fwd.example", SRSOptions{}, []byte("another secret of sixteen bytes"))
	path, _ := s.Forward("kim@example.org", today)
	rotated, _ := old.Forward("kim@example.org", today)
	if _, err := s.Reverse(rotated, today); err != nil {
		t.Errorf("by the older secret: %v", err)
	}
	strange, _ := foreign.Forward("kim@example.org", today)
	for path, want := range map[string]error{
		strange:                                        ErrForged,
		strings.Replace(path, "kim", "jim", 1):         ErrForged,
		strings.Replace(path, "=ex", "=ax", 1):         ErrForged,
		path[:5] + "AAAA" + path[9:]:                   ErrForged,
		path[:5] + path[6:]:                            ErrForged,
		path[:5] + path[9:]:                            ErrForged,
		"SRS1=AAAA=first.example==A=B=c@x.org":         ErrForged,
		"SRS0=AAAA=!!=example.org=kim@x.org":           ErrNotSigned,
		"SRS0=AAAA=AA=example.org@x.org":               ErrNotSigned,
		"SRS0=@x.org":                                  ErrNotSigned,
		"SRS1=AAAA=first.example=x@x.org":              ErrNotSigned,
		"SRS1==@x.org":                                 ErrNotSigned,
		"kim@example.org":                              ErrNotSigned,
		"":                                             ErrNotSigned,
		"SRS0=" + strings.Repeat("=", 9999) + "@x.org": ErrNotSigned,
	} {
		if got, err := s.Reverse(path, today); !errors.Is(err, want) {
			t.Errorf("Reverse(%.60q) = %q, %v; want %v", path, got, err, want)
		}
	}
	if _, err := long.Reverse(path, today); !errors.Is(err, ErrForged) {
		t.Errorf("a hash of 4 where 12 are written: %v", err)
	}
	if _, err := s.Forward(strings.Repeat("k", 60)+"@example.org", today); !errors.Is(err, ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
}

func FuzzSigned(f *testing.F) {
	k := newRing(f, Options{}, Key{'k', secret})
	b, _ := NewBATV(0, Key{'7', secret})
	s, _ := NewSRS("fwd.example", SRSOptions{}, secret)
	path, _ := k.Sign("b@lists.example", "kim@example.org", today)
	tagged, _ := b.Sign("kim@example.org", today)
	forwarded, _ := s.Forward("kim@example.org", today)
	for _, seed := range []string{path, tagged, forwarded, "SRS1=AAAA=first.example==A=B=c@x.org", "b@lists.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if got, err := k.Verify(address, today); err == nil && !strings.EqualFold(got.Recipient, "kim@example.org") {
			t.Errorf("%q is accepted: %+v", address, got)
		}
		if got, err := b.Verify(address, today); err == nil && got != "kim@example.org" {
			t.Logf("24 bits were guessed: %q", address)
		}
		_, _ = s.Reverse(address, today)
		_, _ = Encode(address, '+', address)
		if path, err := s.Forward(address, today); err == nil && path != strings.Trim(address, "<> \t") { // not of the forwarder's own domain
			if _, err := s.Reverse(path, today); err != nil {
				t.Errorf("Forward(%q) = %q, and back: %v", address, path, err)
			}
		}
		if path, err := k.Sign("b@lists.example", address, today); err == nil {
			if _, err := k.Verify(path, today); err != nil {
				t.Errorf("Sign for %q = %q: %v", address, path, err)
			}
		}
	})
}

func ExampleKeyring() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ring, err := NewKeyring(Options{}, Key{ID: 'k', Secret: []byte("0123456789abcdef")})
	if err != nil {
		fmt.Println(err)
		return
	}
	path, _ := ring.Sign("bounces@lists.example", "kim@example.org", now)
	s, err := ring.Verify(path, now.AddDate(0, 0, 3))
	fmt.Println(s.Recipient, s.Day.Format(time.DateOnly), err)

	_, err = ring.Verify("bounces+kim=example.org@lists.example", now)
	fmt.Println(err)
	// Output:
	// kim@example.org 2026-03-01 <nil>
	// verp: no signed return path
}

func ExampleSRS_Forward() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	srs, _ := NewSRS("forwarder.example", SRSOptions{}, []byte("0123456789abcdef"))
	path, _ := srs.Forward("kim@example.org", now)
	back, err := srs.Reverse(path, now.AddDate(0, 0, 2))
	fmt.Println(back, err)
	// Output: kim@example.org <nil>
}

func BenchmarkVerify(b *testing.B) {
	k := newRing(b, Options{}, Key{'k', secret})
	path, _ := k.Sign("bounces@lists.example", "kim@example.org", today)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.Verify(path, today); err != nil {
			b.Fatal(err)
		}
	}
}
