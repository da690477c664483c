package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed static
var staticFiles embed.FS

// AssetPrefix is the path below which assets are served.
const AssetPrefix = "/assets/"

// asset is a file with its content in its name, so that it never changes.
type asset struct {
	name, path, kind string
	body, zipped     []byte // zipped is nil where that would not be smaller
	etag             string
}

// load reads the assets: what is in the root of files.
func (s *Shell) load(files fs.FS) error {
	names, err := fs.Glob(files, "*.*")
	if err != nil {
		return err
	}
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		a, err := newAsset(name, body)
		if err != nil {
			return err
		}
		s.assets[a.path], s.named[name] = a, a.path
	}
	return nil
}

func newAsset(name string, body []byte) (*asset, error) {
	sum := sha256.Sum256(body)
	hash := base64.RawURLEncoding.EncodeToString(sum[:9])
	ext := path.Ext(name)
	kind := mime.TypeByExtension(ext)
	if kind == "" {
		return nil, fmt.Errorf("ui: asset %s: no media type for %s", name, ext)
	}
	a := &asset{name: name, path: AssetPrefix + strings.TrimSuffix(name, ext) + "." + hash + ext, kind: kind, body: body, etag: `"` + hash + `"`}
	zipped, err := zip(body, gzip.BestCompression)
	if err == nil && len(zipped) < len(body) {
		a.zipped = zipped
	}
	return a, err
}

// zip compresses b.
func zip(b []byte, level int) ([]byte, error) {
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, level)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(b); err != nil {
		return nil, err
	}
	err = w.Close()
	return buf.Bytes(), err
}

// Asset returns the path of an asset by its name, such as rebound.css.
func (s *Shell) Asset(name string) (string, error) {
	p, ok := s.named[name]
	if !ok {
		return "", fmt.Errorf("ui: there is no asset %s", name)
	}
	return p, nil
}

// Assets returns the content of all assets by path, for static pages.
func (s *Shell) Assets() map[string][]byte {
	all := make(map[string][]byte, len(s.assets))
	for p, a := range s.assets {
		all[p] = a.body
	}
	return all
}

// ServeAssets answers requests below AssetPrefix. Assets may be kept for ever:
// another content has another path.
func (s *Shell) ServeAssets(w http.ResponseWriter, r *http.Request) {
	a, ok := s.assets[r.URL.Path]
	if !ok {
		s.Secure(w)
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintln(w, "There is no such file.")
		return
	}
	h := w.Header()
	s.Secure(w)
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", a.etag)
	h.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == a.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.body
	if a.zipped != nil && acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = a.zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// acceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3) as far as it matters:
// gzip is named and not refused.
func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, q, _ := strings.Cut(strings.ToLower(part), ";")
		if c := strings.TrimSpace(coding); c != "gzip" && c != "*" {
			continue
		}
		q = strings.TrimPrefix(strings.TrimSpace(q), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return q == "" || err == nil && weight > 0
	}
	return false
}
