package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// answersOf reads the lines of an answer.
func answersOf(t *testing.T, body string) (list []checkAnswer) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(body))
	dec.DisallowUnknownFields()
	for {
		var a checkAnswer
		err := dec.Decode(&a)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatalf("%v in %.300s", err, body)
		}
		list = append(list, a)
	}
}

func TestABulkCheckAnswersEachLineInOrder(t *testing.T) {
	s := newServer(t)
	for _, body := range []string{`{"recipient":"gone@example.org"}`, `{"recipient":"tired@example.org","stream":"newsletter"}`} {
		if got := s.ask("POST", "/v1/suppressions", body); got.status != 201 {
			t.Fatal(got)
		}
	}
	for _, c := range [...]struct {
		line, address, wrong string
		may                  bool
	}{
		{"kim@example.org", "kim@example.org", "", true},
		{"  GONE@Example.ORG \r", "GONE@Example.ORG", "", false},
		{`"gone@example.org"`, "gone@example.org", "", false},
		{`"g\u006fne@example.org"`, "gone@example.org", "", false},
		{`{"address":"gone@example.org"}`, "gone@example.org", "", false},
		{`{ "stream" : "receipts", "address" : "tired@example.org" }`, "tired@example.org", "", true},
		{`{"address":"tired@example.org","stream":"newsletter"}`, "tired@example.org", "", false},
		{"tired@example.org", "tired@example.org", "", true}, // in the stream of the query
		{`"a b"@example.org`, `"a b"@example.org`, "", true},
		{"jörg@bücher.example", "jörg@bücher.example", "", true},
		{"what", "what", "not a mail address", false},
		{`""`, "", "not a mail address", false},
		{`"kim@example.org`, `"kim@example.org`, "", true}, // an odd address, and nobody's
		{`{"address":"a@example.org","adress":"b@example.org"}`, "", `there is no field "adress"; did you mean address?`, false},
		{`{"address":"a@example.org","address":"b@example.org"}`, "", `"address" stands there twice`, false},
		{`{"address":7}`, "", "address has to be there, and a string", false},
		{`{"address":"a@example.org","stream":null}`, "", "stream has to be a string", false},
		{`{"address"`, "", "this is not JSON: unexpected end of JSON input at byte 10", false},
		{"k\xffm@example.org", "", "the line is not UTF-8", false},
		{strings.Repeat("x", maxCheckLine+1), "", "the line is too long", false},
		{strings.Repeat("x", 40*maxCheckLine), "", "the line is too long", false},
		{"last@example.org", "last@example.org", "", true},
	} {
		for _, body := range []string{c.line, c.line + "\n", "\ufeff" + c.line + "\r\n", "\n\n" + c.line + "\r\n \n"} {
			got := s.ask("POST", "/v1/check?stream=receipts", body, "Content-Type: "+ndjsonType)
			list := answersOf(t, got.body)
			if got.status != 200 || len(list) != 1 || list[0].Address != c.address || list[0].Error != c.wrong || list[0].MaySend != c.may {
				t.Errorf("%.60q: %d %.300s", c.line, got.status, got.body)
			}
		}
	}
}

func TestABulkCheckInJSON(t *testing.T) {
	s := newServer(t)
	for _, c := range [...]struct {
		body, says string
		want       int
	}{
		{`{"addresses":["kim@example.org","what"]}`, `{"address":"what","may_send":false,"suppressed":false,"error":"not a mail address"}`, 200},
		{`{"addresses":[]}`, "", 200},
		{`{}`, "body.addresses", 422},
		{`[]`, "does not fit", 400},
		{`{"addresses":"kim@example.org"}`, "does not fit", 400},
		{`{"adresses":[]}`, "did you mean addresses?", 422},
		{`{"Addresses":["kim@example.org"]}`, "did you mean addresses?", 422},
		{`{"addresses":[],"addresses":["kim@example.org"]}`, "twice", 400},
		{`{"addresses":["` + strings.Repeat(`a","`, maxAddresses) + `"]}`, "100000", 422},
	} {
		got := s.ask("POST", "/v1/check", c.body, "Content-Type: application/json; charset=UTF-8")
		if got.status != c.want || !strings.Contains(got.body, c.says) {
			t.Errorf("%.60s: %d %.300s", c.body, got.status, got.body)
		}
	}
}

// One address and many get the same answer.
func TestOneAndManyAgree(t *testing.T) {
	s := newServer(t)
	seed(t, s)
	s.ask("POST", "/v1/suppressions", `{"recipient":"\"a b\"@example.org","stream":"newsletter","note":"<\"\\\u2028>"}`)
	for _, address := range []string{"kim@example.org", "%22a+b%22@example.org", "jo@example.org"} {
		var one checkAnswer
		if err := json.Unmarshal([]byte(s.ask("GET", "/v1/check?address="+address, "").body), &one); err != nil {
			t.Fatal(err)
		}
		line, _ := json.Marshal(map[string]string{"address": one.Address})
		many := answersOf(t, s.ask("POST", "/v1/check", string(line), "Content-Type: "+ndjsonType).body)
		if len(many) != 1 || many[0] != one || one.Why == "" {
			t.Errorf("%+v and %+v", one, many)
		}
	}
}

// A client that reads while it writes may ask for any number.
func TestABulkCheckOfAnyLengthStreams(t *testing.T) {
	s := newServer(t)
	const many = 200_000 // their answers are longer than what is held back
	reader, writer := io.Pipe()
	go func() {
		out := bufio.NewWriter(writer)
		for i := range many {
			fmt.Fprintf(out, "somebody%d@example.org\n", i)
		}
		_ = writer.CloseWithError(out.Flush())
	}()
	req, _ := http.NewRequest("POST", s.http.URL+"/v1/check", reader)
	req.Header.Set("Authorization", "Bearer "+s.tokens[store.ScopeRead])
	req.Header.Set("Content-Type", ndjsonType)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	n, lines := 0, bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if want := fmt.Sprintf(`{"address":"somebody%d@`, n); !strings.HasPrefix(lines.Text(), want) {
			t.Fatalf("line %d is %s", n, lines.Text())
		}
		n++
	}
	if lines.Err() != nil || n != many {
		t.Errorf("%d answers, %v", n, lines.Err())
	}
}

// A client that reads only after it has written is answered as well, if it asks
// for no more than is promised.
func TestABulkCheckOfFiftyThousandNeedsNoReaderMeanwhile(t *testing.T) {
	s := newServer(t)
	body := addresses(50_000)
	resp := raw11(t, s, fmt.Sprintf("POST /v1/check HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
		s.tokens[store.ScopeRead], ndjsonType, len(body), body))
	b, err := io.ReadAll(resp.Body)
	if n := bytes.Count(b, []byte("\n")); n != 50_000 || err != nil {
		t.Errorf("%d answers, %v", n, err)
	}
}

// failing is a store that fails after some questions.
type failing struct {
	store.Store
	left *int
}

func (f failing) Check(ctx context.Context, keys []policy.Key) ([]policy.Answer, error) {
	if *f.left--; *f.left < 0 {
		return nil, store.ErrClosed
	}
	return f.Store.Check(ctx, keys)
}

func TestABulkCheckThatCannotBeCompletedIsNotTakenForWhole(t *testing.T) {
	left := 1
	s := newServer(t, func(o *Options) { o.Store = failing{o.Store, &left} })
	body := string(addresses(3 * checkAtOnce))
	if got := s.ask("POST", "/v1/check", body, "Content-Type: "+ndjsonType); got.status != 503 || got.typeOf() != "unavailable" {
		t.Errorf("before anything was sent: %d %.200s", got.status, got.body)
	}
	left = 300 // by then some was sent
	req, _ := http.NewRequest("POST", s.http.URL+"/v1/check", bytes.NewReader(addresses(400*checkAtOnce)))
	req.Header.Set("Authorization", "Bearer "+s.tokens[store.ScopeRead])
	req.Header.Set("Content-Type", ndjsonType)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return // the connection broke while the question was sent
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("%d bytes that end well", len(b))
	}
}

func TestManyAtOnce(t *testing.T) {
	s := newServer(t)
	s.fill(1000)
	body := addresses(2000)
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for range 5 {
				if got := s.bulk(t, ndjsonType, body); got != 2000 {
					t.Errorf("%d answers", got)
				}
				s.ask("POST", "/v1/suppressions", fmt.Sprintf(`{"recipient":"x%d@example.org"}`, i))
				s.ask("GET", "/v1/recipients/x1@example.org", "")
				s.ask("POST", "/v1/reports", "550 no such user")
				s.ask("GET", "/v1/status", "")
			}
		})
	}
	wg.Wait()
}
