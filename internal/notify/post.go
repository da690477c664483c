package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// The header fields of the Standard Webhooks specification.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

// Limits of what a target answers. Nothing of it is needed but the status.
const (
	maxAnswer = 16 << 10 // bytes of a body that are read, so that the connection can be used again
	maxHeader = 32 << 10 // bytes
	// maxProblem is how long a description of what went wrong may be, in bytes.
	maxProblem = 300
)

// answer is how a target took a message.
type answer struct {
	delivered bool
	gone      bool // it wants no more of it: 410
	// targetFails is that the target itself is at fault, or asks to be left
	// alone, and not this message.
	targetFails bool
	retryAfter  time.Duration
	problem     string // without the URL, and without what the target says
}

// newTransport returns the transport of a sender.
func newTransport(o Options) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: o.Timeout}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    o.Timeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    o.Concurrent,
		MaxConnsPerHost:        0,
		IdleConnTimeout:        time.Minute,
		MaxResponseHeaderBytes: maxHeader,
		DisableCompression:     true,
	}
}

// sign returns the value of Webhook-Signature: one for each key.
func sign(keys [][]byte, id, timestamp string, body []byte) string {
	var list []string
	for _, key := range keys {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + timestamp + "."))
		mac.Write(body)
		list = append(list, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(list, " ")
}

// post sends a message once.
func (s *Sender) post(ctx context.Context, t *target, m *store.Outgoing, now time.Time) answer {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url.String(), bytes.NewReader(m.Body))
	if err != nil {
		return answer{problem: "the request could not be made", targetFails: true}
	}
	timestamp := strconv.FormatInt(now.Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", s.o.Agent)
	r.Header.Set(headerID, m.ID)
	r.Header.Set(headerTimestamp, timestamp)
	r.Header.Set(headerSignature, sign(t.keys, m.ID, timestamp, m.Body))
	res, err := s.client.Do(r)
	if err != nil {
		return answer{problem: store.Cut(t.scrub(problemOf(err)), maxProblem), targetFails: true}
	}
	defer res.Body.Close()
	_, _ = io.CopyN(io.Discard, res.Body, maxAnswer)
	return answerOf(res, now)
}

// answerOf reads a response: by its status, and Retry-After.
func answerOf(res *http.Response, now time.Time) answer {
	a := answer{problem: "answered " + statusText(res.StatusCode)}
	switch code := res.StatusCode; {
	case code >= 200 && code < 300:
		return answer{delivered: true}
	case code >= 300 && code < 400:
		a.targetFails = true
		a.problem += ": redirects are not followed; set the URL that it leads to"
	case code == http.StatusGone:
		a.gone = true
	case code == http.StatusTooManyRequests || code >= 500 || code == http.StatusUnauthorized || code == http.StatusForbidden || code == http.StatusNotFound:
		// What is wrong with who asks, or where, is wrong with every message.
		a.targetFails = true
	}
	a.retryAfter = retryAfter(res.Header.Get("Retry-After"), now)
	if a.retryAfter > 0 {
		a.targetFails = true
	}
	return a
}

func statusText(code int) string {
	if text := http.StatusText(code); text != "" {
		return fmt.Sprintf("%d %s", code, text)
	}
	return strconv.Itoa(code)
}

// problemOf says why there was no answer, without the URL that http puts around
// it.
func problemOf(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		if wrapped.Timeout() {
			return "no answer in time"
		}
		err = wrapped.Err
	}
	return err.Error()
}

// scrub takes what may be secret of a URL, and keys, out of a text: other errors
// may quote them, such as a proxy's.
func (t *target) scrub(text string) string {
	secret := []string{t.url.String(), t.url.RequestURI(), t.url.RawQuery, t.url.Path, t.url.EscapedPath()}
	if t.url.User != nil {
		password, _ := t.url.User.Password()
		secret = append(secret, t.url.User.String(), t.url.User.Username(), password)
	}
	for _, s := range secret {
		if len(s) > 1 {
			text = strings.ReplaceAll(text, s, "...")
		}
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}
