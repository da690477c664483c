package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/internal/config"
	"github.com/rebound-mail/rebound/internal/intake/hook"
	"github.com/rebound-mail/rebound/internal/notify"
	"github.com/rebound-mail/rebound/internal/reputation"
	"github.com/rebound-mail/rebound/internal/web/auth"
	"github.com/rebound-mail/rebound/webhook"
)

// readTargets reads who is to be told of changes.
func readTargets(c *config.Config) (*notify.Targets, error) {
	list := make([]notify.Target, len(c.Notify))
	for i, n := range c.Notify {
		list[i] = notify.Target{Name: n.Name, URL: string(n.URL), Plain: n.Plain, Secret: string(n.Secret), OldSecret: string(n.OldSecret)}
		for _, kind := range n.Kind {
			list[i].Kinds = append(list[i].Kinds, notify.Kind(kind))
		}
	}
	targets, err := notify.NewTargets(list)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Origin("notify"), err)
	}
	return targets, nil
}

func (a *App) buildNotify(context.Context) (err error) {
	a.sender, err = notify.New(notify.Options{
		Targets: a.targets, Outbox: a.store, Now: a.now, Log: a.log.With("part", "notify"), Agent: strings.TrimSpace("Rebound " + a.version),
	})
	return err
}

func (a *App) buildReputation(context.Context) (err error) {
	c := a.config.Reputation
	a.reputation, err = reputation.New(reputation.Options{
		Store: a.store, Book: a.classifier.Book(), Now: a.now, Log: a.log.With("part", "reputation"), Announce: a.targets.Alert,
		Settings: reputation.Settings{
			Bounces:    reputation.Lines{Warn: float64(a.config.Policy.Warn), Critical: float64(a.config.Policy.Critical)},
			Complaints: reputation.Lines{Warn: float64(c.ComplaintsWarn), Critical: float64(c.ComplaintsCritical)},
			// A count of 0 is the default there.
			MinMessages: int64(c.Minimum), Every: time.Duration(c.Interval),
		},
		DeadLetters: func(ctx context.Context) (int64, error) {
			stats, err := a.store.Stats(ctx)
			return stats.DeadLetters, err
		},
		Lag: func(context.Context) (time.Duration, error) {
			stats := a.spool.Stats()
			return stats.Lag(a.now()), nil
		},
	})
	return err
}

// buildHooks makes the receiver of webhooks.
func (a *App) buildHooks(context.Context) (err error) {
	hooks := map[webhook.Provider]hook.Hook{}
	for _, h := range a.config.Intake.Hook {
		hooks[webhook.Provider(h.Provider)] = hook.Hook{Keys: keysOf(h), URL: a.hookURL(h), AllowUnsigned: h.AllowUnsigned, Stream: h.Stream}
	}
	a.hooks, err = hook.New(hook.Options{
		Spool: a.spool, Hooks: hooks, ReplayFile: a.statePath("webhook-replays"), Now: a.now, Logger: a.log.With("part", "webhooks"),
	})
	if err != nil {
		return err
	}
	a.later("the memory of webhooks", a.hooks.Close)
	a.sources = append(a.sources, a.hooks)
	return nil
}

// hookURL is the address that a provider posts to, where it is known.
func (a *App) hookURL(h config.Hook) string {
	if h.URL != "" || a.config.Server.PublicURL == "" {
		return h.URL
	}
	return strings.TrimSuffix(a.config.Server.PublicURL, "/") + "/v1/hooks/" + h.Provider
}

func keysOf(h config.Hook) webhook.Keys {
	return webhook.Keys{
		Signing: plain(h.Signing), Secrets: plain(h.Secret), SecretHeader: h.SecretHeader, Topics: h.Topic, Tolerance: time.Duration(h.Tolerance),
	}
}

func plain(secrets []config.Secret) []string {
	list := make([]string, len(secrets))
	for i, s := range secrets {
		list[i] = string(s)
	}
	return list
}

// buildGate makes who may do what.
func (a *App) buildGate(context.Context) (err error) {
	a.local = newSecret()
	proxies, err := prefixes(a.config.HTTP.TrustedProxies)
	if err != nil {
		return err
	}
	h := a.config.HTTP
	a.gate, err = auth.New(auth.Options{
		Tokens: a.store, Now: a.now, Logger: a.log.With("part", "auth"), Mode: a.mode(), Local: []string{a.local}, Proxies: proxies,
		Limits: auth.Limits{
			Token: limit(h.TokenRate), TokenBurst: burst(h.TokenRate), Client: limit(h.ClientRate), ClientBurst: burst(h.ClientRate),
		},
	})
	return err
}

// limit turns "0 for any number" into what says so there.
func limit(rate float64) float64 {
	if rate == 0 {
		return -1
	}
	return rate
}

func burst(rate float64) int { return max(2*int(rate), 1) }

// mode is whom the gate lets in without a token.
func (a *App) mode() auth.Mode {
	switch {
	case a.config.Server.InsecureOpen:
		return auth.OpenAll
	case config.IsLoopback(hostOf(a.config.Server.Listen)):
		return auth.OpenLocal
	}
	return auth.Closed
}

func prefixes(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range list {
		if ip, err := netip.ParseAddr(text); err == nil {
			out = append(out, netip.PrefixFrom(ip, ip.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("http-trusted-proxies: %q is no network", text)
		}
		out = append(out, prefix)
	}
	return out, nil
}

// newSecret returns 256 random bits.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
