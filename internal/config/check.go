package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/maillog"
	"github.com/rebound-mail/rebound/policy"
	"github.com/rebound-mail/rebound/webhook"
)

// check says what is wrong with settings that can each be read.
func (c *Config) check() []Problem {
	k := checker{config: c}
	k.server()
	k.intake()
	k.others()
	return k.problems
}

type checker struct {
	config   *Config
	problems []Problem
}

// complain says what is wrong with a setting, where it was set.
func (k *checker) complain(name, format string, args ...any) {
	where := k.config.Origin(name)
	what := fmt.Sprintf(format, args...)
	if where != "--"+name {
		what = name + ": " + what
	}
	k.problems = append(k.problems, Problem{where, what})
}

func (k *checker) address(name, address string) {
	if address == "" || name == "lmtp-listen" && strings.HasPrefix(address, "unix:") && len(address) > len("unix:") {
		return
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		k.complain(name, "%q is no address to listen at; write HOST:PORT, such as 127.0.0.1:8425, or :8425 for all", address)
		return
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		k.complain(name, "%q is no port", port)
	}
}

func (k *checker) server() {
	s, h := k.config.Server, k.config.HTTP
	k.address("listen", s.Listen)
	k.address("metrics-listen", s.MetricsListen)
	k.address("smtp-listen", k.config.SMTP.Listen)
	k.address("lmtp-listen", k.config.LMTP.Listen)
	if s.Listen == "" {
		k.complain("listen", "the server has to listen somewhere")
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		k.complain("tls-cert", "tls-cert and tls-key go together")
	}
	if u, err := url.Parse(s.PublicURL); s.PublicURL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "") {
		k.complain("public-url", "%q is no web address such as https://bounces.example.com, without a path", s.PublicURL)
	}
	for _, proxy := range h.TrustedProxies {
		_, bad := netip.ParsePrefix(proxy)
		if _, err := netip.ParseAddr(proxy); err != nil && bad != nil {
			k.complain("http-trusted-proxies", "%q is no network; write 10.0.0.0/8 or 192.0.2.7", proxy)
		}
	}
	k.between("workers", s.Workers, 0, 1024)
	k.between("smtp-connections", k.config.SMTP.Connections, 1, 100_000)
	k.between("smtp-client-rate", k.config.SMTP.ClientRate, 0, 1_000_000)
	for name, rate := range map[string]float64{"http-token-rate": h.TokenRate, "http-client-rate": h.ClientRate} {
		if !(rate >= 0 && rate <= 1e9) {
			k.complain(name, "%v is no number of requests a second", rate)
		}
	}
	k.atLeast("smtp-max-size", k.config.SMTP.MaxSize, 64<<10)
}

func (k *checker) between(name string, n, low, high int) {
	if n < low || n > high {
		k.complain(name, "%d is not between %d and %d", n, low, high)
	}
}

func (k *checker) atLeast(name string, z, least Size) {
	if z < least {
		k.complain(name, "%s is too little; at least %s", z, least)
	}
}

func (k *checker) intake() {
	in := k.config.Intake
	providers := make([]string, 0, 16)
	for _, p := range webhook.Providers() {
		providers = append(providers, string(p))
	}
	var hooks []string
	for _, h := range in.Hook {
		if !webhook.Provider(h.Provider).IsKnown() {
			k.complain("hook", "unknown provider %q%s; it is one of %s", h.Provider, didYouMean(h.Provider, providers), strings.Join(providers, ", "))
		}
		if err := webhook.CheckKeys(webhook.Provider(h.Provider), webhook.Keys{Signing: plain(h.Signing), Secrets: plain(h.Secret)}); err != nil {
			for line := range strings.Lines(err.Error()) {
				k.complain("hook", "%s", strings.TrimSpace(line))
			}
		}
		if slices.Contains(hooks, h.Provider) {
			k.complain("hook", "%s is configured twice; give one item all its keys", h.Provider)
		}
		hooks = append(hooks, h.Provider)
	}
	formats := make([]string, 0, 16)
	for _, f := range maillog.Formats() {
		formats = append(formats, string(f))
	}
	for _, f := range in.Follow {
		if f.Format != "" && !slices.Contains(formats, f.Format) {
			k.complain("follow", "%s: unknown format %q%s; it is one of %s", f.Path, f.Format, didYouMean(f.Format, formats), strings.Join(formats, ", "))
		}
		if _, err := time.LoadLocation(f.Zone); err != nil {
			k.complain("follow", "%s: unknown time zone %q; write Europe/Berlin, Local or UTC", f.Path, f.Zone)
		}
	}
	for _, m := range in.IMAP {
		k.mailbox("imap", m.Host, m.TLS, m.Password)
	}
	for _, m := range in.POP3 {
		k.mailbox("pop3", m.Host, m.TLS, m.Password)
	}
}

func plain(secrets []Secret) []string {
	list := make([]string, len(secrets))
	for i, s := range secrets {
		list[i] = string(s)
	}
	return list
}

func (k *checker) mailbox(name, host, tls string, password Secret) {
	if password == "" {
		k.complain(name, "%s: password or password-file is missing", host)
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if tls == "none" && !IsLoopback(host) {
		k.complain(name, "%s: without TLS the password would be sent for all to read; that is for loopback only", host)
	}
}

func (k *checker) others() {
	if _, err := k.config.PolicySettings(); err != nil {
		for line := range strings.Lines(err.Error()) {
			what := strings.TrimPrefix(strings.TrimSpace(line), "policy: ")
			k.complain(k.policySetting(what), "%s", what)
		}
	}
	var names []string
	for _, n := range k.config.Notify {
		if slices.Contains(names, n.Name) {
			k.complain("notify", "two have the name %q", n.Name)
		}
		names = append(names, n.Name)
		if n.URL == "" {
			k.complain("notify", "%s: url or url-file is missing", n.Name)
		}
	}
	k.atLeast("spool-max", k.config.Spool.Max, 1<<20)
	k.atLeast("spool-max-report", k.config.Spool.MaxReport, 64<<10)
	if k.config.Spool.MaxReport > k.config.Spool.Max {
		k.complain("spool-max-report", "it is larger than spool-max")
	}
	if k.config.Reputation.Interval < Duration(time.Second) {
		k.complain("reputation-interval", "at least 1s")
	}
	if c := k.config.Reputation; c.ComplaintsWarn > c.ComplaintsCritical || c.ComplaintsWarn == 0 {
		k.complain("reputation-complaints-warn", "it must be more than 0 and not more than reputation-complaints-critical")
	}
	k.between("reputation-minimum", k.config.Reputation.Minimum, 1, 1_000_000_000)
}

// policySetting is the setting that a complaint of package policy is about, of
// those that were set.
func (k *checker) policySetting(what string) string {
	word, _, _ := strings.Cut(what, " ")
	names := map[string][]string{
		"consecutive": {"policy-consecutive"}, "soft": {"policy-soft-expiry"}, "doublings": {"policy-max-doublings"}, "forget": {"policy-forget"},
		"rates": {"policy-warn", "policy-critical"},
	}[word]
	for _, name := range names {
		if k.config.Origin(name) != defaultOrigin {
			return name
		}
	}
	return "policy-consecutive"
}

// PolicySettings returns the settings of package policy.
func (c *Config) PolicySettings() (policy.Settings, error) {
	p := c.Policy
	set := policy.Settings{
		Consecutive: p.Consecutive, SoftExpiry: time.Duration(p.SoftExpiry), MaxDoublings: p.MaxDoublings, Forget: time.Duration(p.Forget),
		CaseSensitive: p.CaseSensitive, Warn: float64(p.Warn), Critical: float64(p.Critical),
	}
	if set.MaxDoublings == 0 {
		set.MaxDoublings = -1 // zero stands for the default there
	}
	return set, set.Validate()
}

// IsLoopback reports whether a host is this machine, as it is written: a name
// other than localhost is not looked up.
func IsLoopback(host string) bool {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && ip.IsLoopback()
}
