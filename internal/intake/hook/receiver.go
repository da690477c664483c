package hook

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/webhook"
)

// Hook is what the operator set for one provider.
type Hook struct {
	// Keys are the signing keys, secrets and topics. Certificates are the
	// receiver's own business.
	Keys webhook.Keys
	// URL is the address to the letter as it is set at the provider. Only Mandrill
	// signs it, and behind a proxy the server sees another; "" is the request's.
	URL string
	// AllowUnsigned takes what nothing can be checked by, as open: it counts, and
	// suppresses nobody. What is checked and found forged stays refused.
	AllowUnsigned bool
	// Stream is what the events belong to where they do not say so themselves.
	Stream string
}

// Options are what a receiver works with.
type Options struct {
	Name  string       // in its status; "webhooks" if empty
	Spool intake.Spool // required
	// Hooks says what is set for which provider. Posts of others are refused.
	Hooks map[webhook.Provider]Hook
	// ReplayFile keeps Mailgun's tokens over a restart; it is made if it is not
	// there. "" keeps them in memory only: then a token that somebody captured is
	// good for one forged event after each restart, for nine hours.
	ReplayFile string
	// MaxReplays is how many requests are remembered; 0 is 500,000, which takes
	// some 60 MB when all are in use. Those that expire first give way.
	MaxReplays int
	// Transport fetches from Amazon SNS; nil is one with short timeouts, which
	// knows the proxies of the environment.
	Transport http.RoundTripper
	// Roots are the authorities that Amazon's certificates may come from; nil is
	// those of the system.
	Roots  *x509.CertPool
	Now    func() time.Time // nil is time.Now
	Logger *slog.Logger     // nil discards
}

// Receiver takes what providers post. Its methods may be called from several
// goroutines.
type Receiver struct {
	*intake.Gauge
	options Options
	replays *replays
	sns     *amazon
	packed  chan struct{} // who unpacks, at once
	logged  *sparing
}

// ErrOptions is that a receiver cannot work with its options.
var ErrOptions = errors.New("hook: wrong options")

// sweepEvery is how often what has expired is forgotten.
const sweepEvery = 10 * time.Minute

// unpackers is how many bodies are unpacked at once.
const unpackers = 4

// New returns a receiver. It opens the file of replay keys: Close it.
func New(o Options) (*Receiver, error) {
	if o.Spool == nil {
		return nil, fmt.Errorf("%w: no spool", ErrOptions)
	}
	for p := range o.Hooks {
		if !p.IsKnown() {
			return nil, fmt.Errorf("%w: no provider %q; known are %v", ErrOptions, p, webhook.Providers())
		}
	}
	if o.Name == "" {
		o.Name = "webhooks"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	replays, err := openReplays(o.ReplayFile, o.MaxReplays, o.Now())
	if err != nil {
		return nil, err
	}
	return &Receiver{
		Gauge:   intake.NewGauge(o.Name, spool.Webhook, o.Now),
		options: o,
		replays: replays,
		sns:     newAmazon(o.Transport, o.Roots, o.Now),
		packed:  make(chan struct{}, unpackers),
		logged:  newSparing(o.Now),
	}, nil
}

// Run forgets what has expired until ctx ends. Receive works without it, before
// and after.
func (r *Receiver) Run(ctx context.Context) error {
	r.Enter(intake.Listening)
	defer r.Enter(intake.Stopped)
	for intake.Sleep(ctx, sweepEvery) {
		if err := r.replays.sweep(r.options.Now()); err != nil && r.Trouble(replayProblem(err)) {
			r.options.Logger.Error("webhooks: the file of replay keys", "error", err)
		}
	}
	return nil
}

// Close gives the file of replay keys up. Mailgun's posts are refused from then on.
func (r *Receiver) Close() error { return r.replays.close() }

// replayProblem says in a status what is wrong with the file of replay keys.
func replayProblem(err error) string {
	return fmt.Sprintf("webhooks: the file of replay keys cannot be written, Mailgun's posts are refused until it can: %v", err)
}
