package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
)

// Ready is a page that is made once and sent often: compressed, since nearly every
// client asks for that.
type Ready struct {
	zipped []byte
	etag   string
}

// NewReady renders the page named.
func (t *Pages) NewReady(name string, p Page) (*Ready, error) {
	var buf bytes.Buffer
	if err := t.Write(&buf, name, p); err != nil {
		return nil, err
	}
	zipped, err := zip(buf.Bytes(), gzip.BestCompression)
	return &Ready{zipped, etagOf(buf.Bytes())}, err
}

// etagOf names a page by its content. The tag is a weak one: it names the page, not
// one compression of it.
func etagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

// SendReady answers with a page that is ready.
func (s *Shell) SendReady(w http.ResponseWriter, r *http.Request, cache string, page *Ready) {
	s.Secure(w)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", cache)
	h.Set("ETag", page.etag)
	h.Add("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == page.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := page.zipped
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
	} else {
		var err error
		if body, err = unzip(page.zipped); err != nil {
			s.broken(w)
			return
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func unzip(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
