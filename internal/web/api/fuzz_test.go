package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

func FuzzQuestion(f *testing.F) {
	for _, seed := range []string{"kim@example.org", `"kim@example.org"`, `"k\u0069m@example.org"`, `{"address":"a@b","stream":"c"}`, `{"address":"a@b"}`, `{"stream":"c","address":"a@b"}`,
		`{"address":"a\"b","stream":""}`, `"`, `{`, `""`, "\"\xff\"", `{"address":"a","address":"b"}`, "\"a\tb\"", `{"address":"a"}}`, `"a" "b"`, `{"address":"\ud800"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		r := newLineReader(bytes.NewReader(line), "default")
		for {
			q, wrong, err := r.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if wrong == nil && !utf8.ValidString(q.address+q.stream) {
				t.Errorf("%q gives %q", line, q)
			}
		}
		line = bytes.TrimSpace(line)
		if len(line) < 2 || bytes.IndexByte(line, '\n') >= 0 || line[0] != '{' && (line[0] != '"' || line[len(line)-1] != '"') {
			return
		}
		q, wrong := parseQuestion(line)
		want, ok := byEncodingJSON(line)
		if (wrong == nil) != ok || ok && q != want {
			t.Errorf("%q gives %q (%v), encoding/json %q (%v)", line, q, wrong, want, ok)
		}
	})
}

// byEncodingJSON reads a line in the plain way.
func byEncodingJSON(line []byte) (q question, ok bool) {
	if !utf8.Valid(line) {
		return q, false
	}
	if line[0] == '"' {
		return q, json.Unmarshal(line, &q.address) == nil
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return q, false
	}
	seen := map[string]bool{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return q, false
		}
		value, err := dec.Token()
		s, isString := value.(string)
		if err != nil || !isString || seen[name.(string)] {
			return q, false
		}
		switch seen[name.(string)] = true; name {
		case "address":
			q.address = s
		case "stream":
			q.stream = s
		default:
			return q, false
		}
	}
	return q, json.Valid(line) && seen["address"]
}

func FuzzAnswer(f *testing.F) {
	f.Add("kim@example.org", "newsletter", "Suppressed.", true, int64(1700000000))
	f.Add("\x00\"\\\u2028\ufffd\xff<&>", "\x7f\u202e", "", false, int64(0))
	f.Fuzz(func(t *testing.T, address, stream, why string, suppressed bool, at int64) {
		at %= 250_000_000_000 // the years that RFC 3339 has
		a := policy.Answer{MaySend: !suppressed, Suppressed: suppressed, Probation: at%2 == 0, Why: why}
		if suppressed {
			a.Ground, a.Reason, a.Stream, a.Since, a.Until = policy.GroundAddress, codebook.UserUnknown, stream, time.Unix(at, at&0xffff).UTC(), time.Unix(at+1, 0).UTC()
			if a.Since.Year() < 1 || a.Until.Year() > 9999 {
				return
			}
		}
		line := appendAnswer(nil, address, &a)
		want, err := json.Marshal(checkAnswer{Address: address, MaySend: a.MaySend, Suppressed: suppressed, Probation: a.Probation, Ground: a.Ground,
			Reason: a.Reason, Stream: a.Stream, Since: a.Since, Until: a.Until, Why: why})
		if err != nil {
			t.Fatal(err)
		}
		same(t, line, want)
		line = appendWrong(nil, address, why)
		want, _ = json.Marshal(checkAnswer{Address: address, Error: why})
		if why != "" {
			same(t, line, want)
		}
	})
}

// same compares two JSON texts by what they mean.
func same(t *testing.T, line, want []byte) {
	t.Helper()
	var x, y any
	if err := json.Unmarshal(line, &x); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	if err := json.Unmarshal(want, &y); err != nil {
		t.Fatal(err)
	}
	if a, b := fmt.Sprint(x), fmt.Sprint(y); a != b || bytes.Count(line, []byte("\n")) != 1 || !utf8.Valid(line) {
		t.Errorf("%s, want %s", line, want)
	}
}

func FuzzAddressPath(f *testing.F) {
	s := newServer(f)
	for _, seed := range []string{"kim@example.org", "a%2Fb@example.org", "..", "%00@x", "a//b@x", "%zz", "?@x", "a%25@x.org", "%22a%20b%22@x.org", "\xff@x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		req, err := http.NewRequest("GET", "http://localhost/v1/recipients/"+path, nil)
		if err != nil {
			return
		}
		req.Header.Set("Authorization", "Bearer "+s.tokens[store.ScopeRead])
		w := &inMemory{header: http.Header{}}
		s.api.ServeHTTP(w, req)
		switch media := w.header.Get("Content-Type"); {
		case w.status == 200 && media == jsonType, w.status >= 400 && w.status < 500 && media == ProblemType:
			if !json.Valid(w.body.Bytes()) {
				t.Errorf("%q: %s", path, w.body.Bytes())
			}
		default:
			t.Errorf("%q: %d %s %.200s", path, w.status, media, w.body.Bytes())
		}
	})
}

// inMemory keeps an answer.
type inMemory struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (m *inMemory) Header() http.Header         { return m.header }
func (m *inMemory) WriteHeader(s int)           { m.status = s }
func (m *inMemory) Write(b []byte) (int, error) { return m.body.Write(b) }

func FuzzNames(f *testing.F) {
	for _, seed := range []string{`{"a":1,"b":{"a":2}}`, `{"a":1,"a":2}`, `{"a":[{"b":1},{"b":"\"}"}],"b":","}`, `{"a\"":1,"a\u0022":2}`, `[]`, `"x"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1000 || !utf8.Valid(b) || !json.Valid(b) {
			return
		}
		dec := json.NewDecoder(bytes.NewReader(b))
		twice, err := hasTwice(dec, 0)
		if err != nil {
			return
		}
		if got := checkNames(b) != nil; got != twice {
			t.Errorf("%s: %v, want %v", b, got, twice)
		}
	})
}

// hasTwice finds names that stand twice, or too many levels, by encoding/json.
func hasTwice(dec *json.Decoder, depth int) (twice bool, err error) {
	tok, err := dec.Token()
	if err != nil {
		return false, err
	}
	open, ok := tok.(json.Delim)
	if !ok {
		return false, nil
	}
	twice = depth >= maxDepth
	names := map[string]bool{}
	for dec.More() {
		if open == '{' {
			tok, err := dec.Token()
			if err != nil {
				return false, err
			}
			name := foldName(tok.(string))
			twice = twice || names[name]
			names[name] = true
		}
		inner, err := hasTwice(dec, depth+1)
		if err != nil {
			return false, err
		}
		twice = twice || inner
	}
	_, err = dec.Token()
	return twice, err
}
