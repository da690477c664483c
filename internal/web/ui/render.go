package ui

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"strconv"
)

//go:embed templates problems
var templateFiles embed.FS

// Pages is a set of templates in the shell's layout, one a file.
type Pages struct {
	shell *Shell
	pages map[string]*template.Template
}

// view is what templates see.
type view struct {
	Page
	Shell *Shell
}

// Pages reads templates. Each file *.html of the root of files is a page, named
// as the file without its ending, and must define "main"; a file whose name starts
// with _ holds parts that all pages of the set share. more adds functions to those
// of the shell; it may be nil.
func (s *Shell) Pages(files fs.FS, more template.FuncMap) (*Pages, error) {
	funcs := s.functions()
	maps.Copy(funcs, more)
	base, err := template.New("layout.html").Funcs(funcs).ParseFS(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	if shared, _ := fs.Glob(files, "_*.html"); len(shared) > 0 {
		if base, err = base.ParseFS(files, "_*.html"); err != nil {
			return nil, err
		}
	}
	names, err := fs.Glob(files, "[a-z0-9]*.html")
	if err != nil {
		return nil, err
	}
	set := &Pages{shell: s, pages: map[string]*template.Template{}}
	for _, name := range names {
		page, err := base.Clone()
		if err != nil {
			return nil, err
		}
		if page, err = page.ParseFS(files, name); err != nil {
			return nil, err
		}
		set.pages[name[:len(name)-len(path.Ext(name))]] = page
	}
	return set, nil
}

// Write renders the whole page named.
func (t *Pages) Write(w io.Writer, name string, p Page) error {
	return t.execute(w, name, "layout.html", view{p, t.shell})
}

// WritePart renders one template of the page named, without the layout: what the
// script puts into a page. The template gets the same as "main" does.
func (t *Pages) WritePart(w io.Writer, name, part string, p Page) error {
	return t.execute(w, name, part, view{p, t.shell})
}

func (t *Pages) execute(w io.Writer, name, part string, v view) error {
	page, ok := t.pages[name]
	if !ok {
		return fmt.Errorf("ui: there is no page %s", name)
	}
	return page.ExecuteTemplate(w, part, v)
}

// Send answers with the whole page named. Cache is the Cache-Control of the answer; ""
// means no-store. Whatever may be kept gets an ETag and is compressed.
func (t *Pages) Send(w http.ResponseWriter, r *http.Request, status int, cache, name string, p Page) {
	var buf bytes.Buffer
	if err := t.Write(&buf, name, p); err != nil {
		t.shell.broken(w)
		return
	}
	t.shell.SendHTML(w, r, status, cache, buf.Bytes())
}

// SendPart is Send for one template without the layout.
func (t *Pages) SendPart(w http.ResponseWriter, r *http.Request, status int, name, part string, p Page) {
	var buf bytes.Buffer
	if err := t.WritePart(&buf, name, part, p); err != nil {
		t.shell.broken(w)
		return
	}
	t.shell.SendHTML(w, r, status, "", buf.Bytes())
}

// broken answers when a template failed: nothing half-made is ever sent.
func (s *Shell) broken(w http.ResponseWriter) {
	s.Secure(w)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	fmt.Fprintln(w, "This page could not be made. Please report it, with its address.")
}

// SendHTML answers with HTML that is ready. See Send for cache.
func (s *Shell) SendHTML(w http.ResponseWriter, r *http.Request, status int, cache string, body []byte) {
	s.Secure(w)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Add("Vary", "Accept-Encoding")
	if cache == "" {
		h.Set("Cache-Control", "no-store")
	} else {
		h.Set("Cache-Control", cache)
		if s.unchanged(h, r, status, body) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if len(body) > leastZipped && acceptsGzip(r) {
		if zipped, err := zip(body, gzip.DefaultCompression); err == nil {
			h.Set("Content-Encoding", "gzip")
			body = zipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// leastZipped is the size from which compression pays.
const leastZipped = 1024

// unchanged sets the ETag and reports whether the client has that page already.
func (s *Shell) unchanged(h http.Header, r *http.Request, status int, body []byte) bool {
	if status != http.StatusOK {
		return false
	}
	etag := etagOf(body)
	h.Set("ETag", etag)
	return r.Header.Get("If-None-Match") == etag
}

// Problem answers with a page that says what went wrong and what to do.
func (s *Shell) Problem(w http.ResponseWriter, r *http.Request, status int, title, what string) {
	s.problems.Send(w, r, status, "", "problem", Page{Title: title, NoIndex: true, Body: what})
}
