package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/rebound-mail/rebound/internal/store"
)

const listed = 100_000

// fill suppresses many addresses.
func (s *server) fill(n int) {
	for from := 0; from < n; from += 1000 {
		blocks := make([]store.Block, 0, 1000)
		for i := from; i < min(from+1000, n); i++ {
			blocks = append(blocks, store.Block{Recipient: fmt.Sprintf("gone%d@example%d.org", i, i%997)})
		}
		if _, err := s.store.AddSuppressions(context.Background(), blocks); err != nil {
			s.t.Fatal(err)
		}
	}
}

// addresses are many to ask for, one in a hundred of which is suppressed.
func addresses(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		if i%100 == 0 {
			fmt.Fprintf(&b, "gone%d@example%d.org\n", i, i%997)
			continue
		}
		fmt.Fprintf(&b, "Somebody.%d@example%d.com\n", i, i%997)
	}
	return b.Bytes()
}

// BenchmarkBulkCheck asks for 10,000 addresses a request, over HTTP on the
// loopback interface, of a store with 100,000 suppressions.
func BenchmarkBulkCheck(b *testing.B) {
	s := newServer(b)
	s.fill(listed)
	const many = 10_000
	plain := addresses(many)
	objects := []byte(`{"address":"` + string(bytes.ReplaceAll(bytes.TrimSpace(plain), []byte("\n"), []byte("\"}\n{\"address\":\""))) + "\"}\n")
	list := []byte(`{"addresses":["` + string(bytes.ReplaceAll(bytes.TrimSpace(plain), []byte("\n"), []byte(`","`))) + `"]}`)
	for _, c := range [...]struct {
		name, media string
		body        []byte
	}{{"plain", ndjsonType, plain}, {"objects", ndjsonType, objects}, {"list", jsonType, list}} {
		b.Run(c.name, func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if got := s.bulk(b, c.media, c.body); got != many {
						b.Errorf("%d answers", got)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)*many/b.Elapsed().Seconds(), "addresses/s")
		})
	}
}

// bulk asks, and counts the lines of the answer.
func (s *server) bulk(t testing.TB, media string, body []byte) int {
	req, err := http.NewRequest(http.MethodPost, s.http.URL+"/v1/check", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.tokens[store.ScopeRead])
	req.Header.Set("Content-Type", media)
	resp, err := s.http.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	n, buf := 0, make([]byte, 64<<10)
	for {
		k, err := resp.Body.Read(buf)
		n += bytes.Count(buf[:k], []byte("\n"))
		if err == io.EOF {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
