package site

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/internal/web/ui/lookup"
)

// Options says what is written.
type Options struct {
	Dir     string             // the folder; it is made if it is not there. Files of the same names are replaced, others left alone
	Base    string             // the public URL of the folder, for canonical links and the sitemap; "" writes neither
	Book    *codebook.Codebook // nil for the built-in one
	Version string             // shown at the foot of the pages
}

// Summary is what was written.
type Summary struct{ Pages, Files, Bytes int }

// ErrPage means that a page could not be made: a defect of the program.
var ErrPage = errors.New("site: a page could not be made")

// writer writes one site.
type writer struct {
	root    *os.Root
	base    string
	shell   *ui.Shell
	look    *lookup.Site
	summary Summary
}

// Write writes all pages.
func Write(o Options) (Summary, error) {
	shell, err := ui.New(ui.Options{Base: o.Base, Static: true, Version: o.Version})
	if err != nil {
		return Summary{}, err
	}
	look, err := lookup.New(lookup.Options{Book: o.Book, Shell: shell})
	if err != nil {
		return Summary{}, err
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return Summary{}, err
	}
	root, err := os.OpenRoot(o.Dir)
	if err != nil {
		return Summary{}, err
	}
	defer root.Close()
	w := &writer{root: root, base: shell.Base(), shell: shell, look: look}
	err = w.all()
	return w.summary, err
}

func (w *writer) all() error {
	for _, p := range w.look.Paths() {
		body, err := w.fetch(p, http.StatusOK)
		if err != nil {
			return err
		}
		if err := w.write(fileOf(p), relink(body, w.base, p)); err != nil {
			return err
		}
		w.summary.Pages++
	}
	for p, body := range w.shell.Assets() {
		if err := w.write(strings.TrimPrefix(p, "/"), body); err != nil {
			return err
		}
	}
	return w.rest()
}

// rest writes what is no page of its own: the list for the search, robots.txt, the
// sitemap, and the page for what is not found, whose links start at the root.
func (w *writer) rest() error {
	missing, err := w.fetch("/404", http.StatusNotFound)
	if err != nil {
		return err
	}
	if err := w.write("404.html", relinkFrom(missing, w.base, "/", true)); err != nil {
		return err
	}
	list, err := w.fetch("/search.json", http.StatusOK)
	if err != nil {
		return err
	}
	if list, err = relinkList(list); err != nil {
		return err
	}
	if err := w.write("search.json", list); err != nil {
		return err
	}
	robots := "User-agent: *\nDisallow:\n"
	if w.base == "" {
		return w.write("robots.txt", []byte(robots))
	}
	if err := w.write("robots.txt", []byte(robots+"\nSitemap: "+w.base+"/sitemap.xml\n")); err != nil {
		return err
	}
	return w.sitemap()
}

// fetch makes a page as the server would.
func (w *writer) fetch(p string, want int) ([]byte, error) {
	answer := &recorder{header: http.Header{}}
	w.look.ServeHTTP(answer, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: p}, Header: http.Header{}, Host: "localhost"})
	if answer.status != want {
		return nil, fmt.Errorf("%w: %s gives status %d", ErrPage, p, answer.status)
	}
	return answer.body, nil
}

func (w *writer) write(name string, body []byte) error {
	name = filepath.FromSlash(name)
	if err := w.root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	w.summary.Files++
	w.summary.Bytes += len(body)
	return w.root.WriteFile(name, body, 0o644)
}

// sitemap lists the pages under their public addresses,
// https://www.sitemaps.org/protocol.html.
func (w *writer) sitemap() error {
	type place struct {
		Loc string `xml:"loc"`
	}
	set := struct {
		XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		URLs    []place  `xml:"url"`
	}{}
	for _, p := range w.look.Paths() {
		set.URLs = append(set.URLs, place{w.base + public(p)})
	}
	body, err := xml.Marshal(set)
	if err != nil {
		return err
	}
	return w.write("sitemap.xml", append([]byte(xml.Header), body...))
}

// fileOf names the file of a page.
func fileOf(p string) string {
	switch {
	case p == "/":
		return "index.html"
	case strings.HasPrefix(p, ui.AssetPrefix) || path.Ext(p) == ".json":
		return strings.TrimPrefix(p, "/")
	}
	return strings.TrimPrefix(p, "/") + ".html"
}

// public is the path of a page on the web host.
func public(p string) string {
	if p == "/" {
		return "/"
	}
	return "/" + fileOf(p)
}

// relinkList makes the paths of the search's list relative to it.
func relinkList(list []byte) ([]byte, error) {
	var entries [][3]string
	if err := json.Unmarshal(list, &entries); err != nil {
		return nil, err
	}
	for i := range entries {
		entries[i][2] = fileOf(entries[i][2])
	}
	return json.Marshal(slices.Clip(entries))
}

// recorder is an http.ResponseWriter that keeps what is written.
type recorder struct {
	header http.Header
	status int
	body   []byte
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	r.body = append(r.body, b...)
	return len(b), nil
}
