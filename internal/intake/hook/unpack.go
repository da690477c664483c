package hook

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/rebound-mail/rebound/webhook"
)

// isPacked reports whether a body is gzip. Anything else but plain is refused.
func (one *post) isPacked() (bool, *Refusal) {
	switch coding := strings.ToLower(strings.TrimSpace(one.header("Content-Encoding"))); coding {
	case "", "identity":
		return false, nil
	case "gzip", "x-gzip": // RFC 9110, section 8.4.1.3
		return true, nil
	}
	return false, refuse(BadEncoding, "send the payload plain or as gzip")
}

// unpack unpacks the body of a request, a few at a time.
func (r *Receiver) unpack(ctx context.Context, one *post) *Refusal {
	select {
	case r.packed <- struct{}{}:
		defer func() { <-r.packed }()
	case <-ctx.Done():
		return because(Unavailable, "the request ended", ctx.Err())
	}
	unzip, err := gzip.NewReader(bytes.NewReader(one.request.Body))
	if err != nil {
		return because(BadEncoding, "the payload is no gzip", err)
	}
	plain, err := io.ReadAll(io.LimitReader(unzip, webhook.MaxPayload+1))
	if len(plain) > webhook.MaxPayload {
		return refuse(TooLarge, fmt.Sprintf("unpacked it is more than %d bytes", webhook.MaxPayload))
	}
	if err != nil {
		return because(BadEncoding, "the payload is damaged gzip", err)
	}
	one.request.Body = plain
	return nil
}
