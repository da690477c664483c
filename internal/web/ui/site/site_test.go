package site

import (
	"bytes"
	"encoding/xml"
	"io/fs"
	"net/url"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/web/ui/htmlcheck"
)

func TestTheWrittenSiteIsValidAndItsLinksLeadSomewhere(t *testing.T) {
	dir := t.TempDir()
	done, err := Write(Options{Dir: dir, Base: "https://bounces.example/look-up/", Version: "1.0"})
	if err != nil {
		t.Fatal(err)
	}
	if done.Pages < 800 || done.Files < done.Pages {
		t.Errorf("%+v", done)
	}
	root := os.DirFS(dir)
	linked := map[string]bool{}
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".html" {
			return err
		}
		doc, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		for _, problem := range htmlcheck.Page(doc) {
			t.Errorf("%s: %s", name, problem)
		}
		for _, link := range htmlcheck.Links(doc) {
			if to := follow(t, name, link); to != "" {
				linked[to] = true
				if _, err := fs.Stat(root, to); err != nil {
					t.Errorf("%s links to %s: there is no %s", name, link, to)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && path.Ext(name) == ".html" && !linked[name] && name != "404.html" {
			t.Errorf("nothing links to %s", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// follow returns the file that a link leads to, "" for links elsewhere.
func follow(t *testing.T, from, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Errorf("%s: %q: %v", from, link, err)
		return ""
	}
	if rest, ok := strings.CutPrefix(link, "https://bounces.example/look-up/"); ok {
		if rest == "" {
			return "index.html"
		}
		return rest
	}
	switch {
	case u.Scheme == "https" || u.Scheme == "http" || u.Path == "":
		return ""
	case from == "404.html":
		return strings.TrimPrefix(u.Path, "/")
	case strings.HasPrefix(u.Path, "/"):
		t.Errorf("%s links to %s: not relative", from, link)
		return ""
	}
	return path.Join(path.Dir(from), u.Path)
}

func TestSitemapAndCanonicalLinksAreWhole(t *testing.T) {
	dir := t.TempDir()
	done, err := Write(Options{Dir: dir, Base: "https://bounces.example"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(dir + "/sitemap.xml")
	if err != nil {
		t.Fatal(err)
	}
	var set struct {
		URL []struct {
			Loc string `xml:"loc"`
		} `xml:"url"`
	}
	if err := xml.Unmarshal(text, &set); err != nil || len(set.URL) != done.Pages {
		t.Fatalf("%d addresses for %d pages, %v", len(set.URL), done.Pages, err)
	}
	for _, u := range set.URL {
		name := strings.TrimPrefix(u.Loc, "https://bounces.example/")
		if name == "" {
			name = "index.html"
		}
		doc, err := os.ReadFile(dir + "/" + name)
		if err != nil || !bytes.Contains(doc, []byte(`<link rel="canonical" href="`+u.Loc+`">`)) {
			t.Fatalf("%s: %v; no canonical link %s", name, err, u.Loc)
		}
	}
}

func TestWithoutABaseThereIsNoSitemap(t *testing.T) {
	dir := t.TempDir()
	if _, err := Write(Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir + "/sitemap.xml"); err == nil {
		t.Error("a sitemap without addresses")
	}
}

func TestABaseThatIsNoURLIsRefused(t *testing.T) {
	for _, base := range []string{"bounces.example", "ftp://x", "https://x/?q"} {
		if _, err := Write(Options{Dir: t.TempDir(), Base: base}); err == nil {
			t.Errorf("%s was taken", base)
		}
	}
}
