// Package apptest has what tests share that ask a running server, be it in their
// own process or in one of its own.
package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Logs is what a server logged. It may be read while the server runs.
type Logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to the log.
func (l *Logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String returns all that was logged so far.
func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Ask makes a request and returns the status and the body of the answer. Token and
// content type may be "", the body nil.
func Ask(ctx context.Context, method, address, token, contentType string, body io.Reader) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return 0, "", err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// Suppressed asks the API by get whether an address is suppressed.
func Suppressed(t testing.TB, get func(path string) (int, string), address string) bool {
	t.Helper()
	status, text := get("/v1/check?address=" + url.QueryEscape(address))
	var answer struct {
		Suppressed *bool `json:"suppressed"`
		MaySend    *bool `json:"may_send"`
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status != http.StatusOK || answer.Suppressed == nil || answer.MaySend == nil {
		t.Fatalf("check: %d %s", status, text)
	}
	if *answer.Suppressed == *answer.MaySend {
		t.Fatalf("check contradicts itself: %s", text)
	}
	return *answer.Suppressed
}

// Metric returns the value of a series of /metrics by the beginning of its line, ""
// if it is not there.
func Metric(metrics, series string) string {
	for line := range strings.Lines(metrics) {
		if value, ok := strings.CutPrefix(line, series); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
