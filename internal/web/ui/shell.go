package ui

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
)

// Options says how a Shell is to be. The zero value is a shell for local use.
type Options struct {
	// Base is the public URL of the pages, https://bounces.example, without a path (static pages may have one). Canonical links and the sitemap need it;
	// without it there are none.
	Base string
	// Nav is what the head of every page links to; nil for the look-up's own pages.
	Nav []Link
	// More are links behind those.
	More []Link
	// Version is shown at the foot, if given.
	Version string
	// Static says that the pages are written to files: what needs a server is left out of them.
	Static bool
	// Closed keeps search engines away from all pages.
	Closed bool
}

// Link is somewhere to go.
type Link struct {
	Href, Text string
	Section    string // pages with this Section are below it, and it is marked as current there
}

// Shell renders pages in the common layout. It is safe for concurrent use.
type Shell struct {
	options  Options
	assets   map[string]*asset // by path
	named    map[string]string // name -> path
	problems *Pages
}

// ErrBase means that Options.Base is no usable URL.
var ErrBase = errors.New("ui: the base is no http or https URL without a path")

// New returns a shell.
func New(o Options) (*Shell, error) {
	o.Base = strings.TrimSuffix(o.Base, "/")
	if o.Base != "" {
		u, err := url.Parse(o.Base)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" && !o.Static || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf("%w: %q", ErrBase, o.Base)
		}
	}
	if o.Nav == nil {
		o.Nav = usualNav(o.Static)
	}
	o.Nav = slices.Concat(o.Nav, o.More)
	s := &Shell{options: o, assets: map[string]*asset{}, named: map[string]string{}}
	static, err := fs.Sub(staticFiles, "static")
	if err != nil {
		return nil, err
	}
	if err := s.load(static); err != nil {
		return nil, err
	}
	problems, err := fs.Sub(templateFiles, "problems")
	if err != nil {
		return nil, err
	}
	s.problems, err = s.Pages(problems, nil)
	return s, err
}

// usualNav is the head of the public pages.
func usualNav(static bool) []Link {
	nav := []Link{
		{"/", "Look up", "look-up"},
		{"/codes", "Codes", "codes"},
		{"/reasons", "Reasons", "reasons"},
		{"/providers", "Providers", "providers"},
		{"/blocklists", "Blocklists", "blocklists"},
	}
	if static {
		return nav
	}
	return append(nav, Link{"/analyze", "Analyze a bounce", "analyze"})
}

// Base returns the public URL of the pages, "" if it is not known.
func (s *Shell) Base() string { return s.options.Base }

// Closed reports whether search engines are to stay away.
func (s *Shell) Closed() bool { return s.options.Closed }

// Nav returns what the head of a page links to.
func (s *Shell) Nav() []Link { return s.options.Nav }

// Version returns the version shown at the foot.
func (s *Shell) Version() string { return s.options.Version }

// Static reports whether the pages are written to files.
func (s *Shell) Static() bool { return s.options.Static }
