package smtp

import (
	"fmt"
	"strings"

	"golang.org/x/net/idna"
)

// domains are those whose recipients are taken. Nil takes all.
type domains map[string]bool

// newDomains reads a list of domains; "*.example.com" means those below it.
func newDomains(list []string) (domains, error) {
	if len(list) == 0 {
		return nil, nil
	}
	d := domains{}
	for _, entry := range list {
		name, below := strings.CutPrefix(strings.TrimSpace(entry), "*.")
		name = plainDomain(name)
		if name == "" || strings.ContainsAny(name, "@*/ ,;") {
			return nil, fmt.Errorf("%w: domain %q; write example.com, or *.example.com for all below it", ErrOptions, entry)
		}
		if below {
			name = "*." + name
		}
		d[name] = true
	}
	return d, nil
}

// accept reports whether recipients of a domain are taken.
func (d domains) accept(domain string) bool {
	if d == nil {
		return true
	}
	domain = plainDomain(domain)
	if d[domain] {
		return true
	}
	for {
		_, parent, ok := strings.Cut(domain, ".")
		if !ok {
			return false
		}
		if d["*."+parent] {
			return true
		}
		domain = parent
	}
}

// plainDomain writes a domain in the one way in which domains are compared.
func plainDomain(name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if ascii, err := idna.Lookup.ToASCII(name); err == nil {
		return ascii
	}
	return name
}
