package codebook

import (
	"strings"

	"github.com/rebound-mail/rebound/smtpcode"
)

// providerIndex finds providers by the names they go by, without allocation.
type providerIndex struct {
	hosts   map[string]*Provider
	domains map[string]*Provider
	below   map[string]*Provider // domains written *.example.com
	codes   map[string][]ownCode // by provider
}

// ownCode is a provider's reading of a code, its pattern parsed: a reply code, a
// status, or both, such as "421 4.7.28".
type ownCode struct {
	reply, status smtpcode.Pattern
	record        *ProviderCode
}

func indexProviders(providers []Provider) providerIndex {
	ix := providerIndex{
		hosts:   make(map[string]*Provider, 8*len(providers)),
		domains: make(map[string]*Provider, 8*len(providers)),
		below:   map[string]*Provider{},
		codes:   map[string][]ownCode{},
	}
	for i := range providers {
		p := &providers[i]
		for _, h := range p.Hosts {
			ix.hosts[strings.TrimPrefix(strings.ToLower(h), "*.")] = p
		}
		for _, d := range p.Domains {
			if parent, ok := strings.CutPrefix(strings.ToLower(d), "*."); ok {
				ix.below[parent] = p
				continue
			}
			ix.domains[strings.ToLower(d)] = p
		}
		for j := range p.Codes {
			if own, err := parseOwnCode(p.Codes[j].Code); err == nil {
				own.record = &p.Codes[j]
				ix.codes[p.ID] = append(ix.codes[p.ID], own)
			}
		}
	}
	return ix
}

// parseOwnCode reads "550", "5.7.1" or "550 5.7.1", with x for open places.
func parseOwnCode(code string) (ownCode, error) {
	first, second, pair := strings.Cut(code, " ")
	p, err := smtpcode.ParsePattern(first)
	if err != nil {
		return ownCode{}, err
	}
	if p.Kind() == smtpcode.KindStatus {
		if pair {
			return ownCode{}, smtpcode.ErrPattern
		}
		return ownCode{status: p}, nil
	}
	if !pair {
		return ownCode{reply: p}, nil
	}
	s, err := smtpcode.ParsePattern(second)
	if err != nil || s.Kind() != smtpcode.KindStatus {
		return ownCode{}, smtpcode.ErrPattern
	}
	return ownCode{reply: p, status: s}, nil
}

// fit grades how closely the reading fits what a text carries, 0 for not at
// all: both codes before a status before a reply code, exact before open.
func (o *ownCode) fit(code smtpcode.Code, status smtpcode.Status) int {
	grade := 0
	if o.status.Kind() != smtpcode.KindNone {
		if !o.status.Match(code, status) {
			return 0
		}
		grade += 4
		if o.status.IsExact() {
			grade += 8
		}
	}
	if o.reply.Kind() != smtpcode.KindNone {
		if !o.reply.Match(code, status) {
			return 0
		}
		grade++
		if o.reply.IsExact() {
			grade += 2
		}
	}
	return grade
}

// ProviderCode returns the provider's own reading of what a text carries. The
// reply code and the status may each be none (zero). Of several readings that
// fit the most exact counts.
func (c *Codebook) ProviderCode(providerID string, code smtpcode.Code, status smtpcode.Status) (*ProviderCode, bool) {
	var best *ProviderCode
	bestFit := 0
	own := c.providers.codes[providerID]
	for i := range own {
		if f := own[i].fit(code, status); f > bestFit {
			best, bestFit = own[i].record, f
		}
	}
	return best, best != nil
}

// ProviderByHost returns whose server a host is: the provider with the longest
// host name that host equals or lies below. Case and a final dot do not matter.
// It returns nil if none is known.
func (c *Codebook) ProviderByHost(host string) *Provider {
	host = lowerHost(host)
	for {
		if p, ok := c.providers.hosts[host]; ok {
			return p
		}
		dot := strings.IndexByte(host, '.')
		if dot < 0 {
			return nil
		}
		host = host[dot+1:]
	}
}

// ProviderByDomain returns who serves a recipient domain, nil if not known.
// Case and a final dot do not matter.
func (c *Codebook) ProviderByDomain(domain string) *Provider {
	domain = lowerHost(domain)
	if p, ok := c.providers.domains[domain]; ok {
		return p
	}
	for len(c.providers.below) > 0 {
		dot := strings.IndexByte(domain, '.')
		if dot < 0 {
			return nil
		}
		domain = domain[dot+1:]
		if p, ok := c.providers.below[domain]; ok {
			return p
		}
	}
	return nil
}

// maxHost is the longest domain name in octets (RFC 1035 section 2.3.4).
const maxHost = 255

// lowerHost drops a final dot and lowers the case. Names longer than a domain
// name can be give "". Names without capitals cost no allocation.
func lowerHost(host string) string {
	host = strings.TrimSuffix(host, ".")
	if len(host) > maxHost {
		return ""
	}
	for i := range len(host) {
		if 'A' <= host[i] && host[i] <= 'Z' {
			return strings.ToLower(host)
		}
	}
	return host
}
