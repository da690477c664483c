package app_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/app"
	"github.com/rebound-mail/rebound/internal/config"
)

// raw sends bytes as they are and returns the status of the answer.
func (r *running) raw(request string) int {
	r.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.URL(), "http://"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close()
	go io.WriteString(conn, request)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0 // closed
	}
	defer response.Body.Close()
	return response.StatusCode
}

func TestRequestsThatAreNoneAreRefused(t *testing.T) {
	r := start(t, t.TempDir(), app.Options{}, func(c *config.Config) { c.Spool.MaxReport = 64 << 10 })
	host := strings.TrimPrefix(r.URL(), "http://")
	get := func(path, more string) string {
		return fmt.Sprintf("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n", path, host, more)
	}
	post := func(more, body string) string {
		return fmt.Sprintf("POST /v1/reports HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: message/rfc822\r\n%s\r\n%s", host, more, body)
	}
	for name, tc := range map[string]struct {
		request string
		want    []int
	}{
		"fine":                   {get("/v1/status", ""), []int{200}},
		"a header of 200 KB":     {get("/v1/status", "X: "+strings.Repeat("x", 200<<10)+"\r\n"), []int{431, 0}},
		"another host":           {strings.ReplaceAll(get("/v1/status", ""), host, "evil.example"), []int{403}},
		"no host":                {"GET /v1/status HTTP/1.1\r\n\r\n", []int{400}},
		"two hosts":              {get("/v1/status", "Host: evil.example\r\n"), []int{400}},
		"from another site":      {get("/v1/status", "Sec-Fetch-Site: cross-site\r\n"), []int{403}},
		"of another origin":      {get("/v1/status", "Origin: https://evil.example\r\n"), []int{403}},
		"through a proxy":        {get("/v1/status", "X-Forwarded-For: 192.0.2.7\r\n"), []int{403}},
		"a path out":             {get("/v1/../../etc/passwd", ""), []int{301, 307, 308, 400, 404}},
		"an encoded path out":    {get("/assets/%2e%2e/%2e%2e/etc/passwd", ""), []int{301, 307, 308, 400, 404}},
		"a path with NUL":        {get("/v1/recipients/a%00@example.org", ""), []int{400, 422}},
		"an unknown path":        {get("/v1/nonsense", ""), []int{404}},
		"a wrong method":         {strings.Replace(get("/v1/status", ""), "GET", "DELETE", 1), []int{405}},
		"an invented method":     {strings.Replace(get("/v1/status", ""), "GET", "BREW", 1), []int{405, 501}},
		"two lengths":            {post("Content-Length: 1\r\nContent-Length: 2\r\n", "xy"), []int{400}},
		"length and chunks":      {post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), []int{400, 202, 422}},
		"an unknown coding":      {post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), []int{400, 501}},
		"a body too large":       {post("Content-Length: 100000\r\n", strings.Repeat("x", 100000)), []int{413}},
		"a body said to be huge": {post("Content-Length: 99999999999\r\n", ""), []int{413}},
		"no HTTP":                {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 nonsense\r\n\r\n", []int{400, 0}},
	} {
		got := r.raw(tc.request)
		fine := false
		for _, status := range tc.want {
			fine = fine || got == status
		}
		if !fine {
			t.Errorf("%s: %d, want one of %v", name, got, tc.want)
		}
	}
	if status, _ := r.get("/healthz"); status != http.StatusOK {
		t.Errorf("after all that: %d", status)
	}
}
