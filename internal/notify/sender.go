package notify

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// Options are what a Sender is made of. Zero numbers stand for their defaults.
type Options struct {
	Targets *Targets
	Outbox  store.Outbox
	Now     func() time.Time // the clock; required
	Log     *slog.Logger     // nil if nothing is to be logged
	// Agent is the User-Agent of requests; "" stands for "Rebound".
	Agent string
	// Transport sends requests; nil stands for one of the sender's own, which
	// asks the environment for a proxy.
	Transport http.RoundTripper

	Timeout    time.Duration // of one try: 15 seconds
	GiveUp     time.Duration // after how long a message is given up: 3 days
	MaxTries   int           // after how many tries it is, whichever comes first: 30
	Concurrent int           // requests at once to one target: 4
	Every      time.Duration // how often the outbox is looked at: a second
	Grace      time.Duration // how long requests may take yet when Run ends: 10 seconds
}

// withDefaults fills in what is zero.
func (o Options) withDefaults() Options {
	set := func(d *time.Duration, or time.Duration) {
		if *d == 0 {
			*d = or
		}
	}
	set(&o.Timeout, 15*time.Second)
	set(&o.GiveUp, 3*24*time.Hour)
	set(&o.Every, time.Second)
	set(&o.Grace, 10*time.Second)
	if o.MaxTries == 0 {
		o.MaxTries = 30
	}
	if o.Concurrent == 0 {
		o.Concurrent = 4
	}
	if o.Agent == "" {
		o.Agent = "Rebound"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Status is how a target fares.
type Status struct {
	Target    string    `json:"target"`
	Delivered int64     `json:"delivered"` // since the start
	Failed    int64     `json:"failed"`    // tries
	Dead      int64     `json:"dead"`      // messages given up
	Last      time.Time `json:"last,omitzero"`
	Problem   string    `json:"problem,omitempty"` // of the last try, if it failed
	Until     time.Time `json:"until,omitzero"`    // it is left alone until then
}

// Sender delivers what is in the outbox.
type Sender struct {
	o        Options
	client   *http.Client
	close    func() // connections that nobody uses
	couriers []*courier
}

// New returns a sender.
func New(o Options) (*Sender, error) {
	if o.Targets == nil || o.Outbox == nil || o.Now == nil {
		return nil, errors.New("notify: no targets, no outbox or no clock given")
	}
	o = o.withDefaults()
	if o.Timeout < 0 || o.GiveUp < 0 || o.MaxTries < 0 || o.Concurrent < 0 || o.Every < 0 || o.Grace < 0 {
		return nil, errors.New("notify: times and numbers must not be negative")
	}
	s := &Sender{o: o, close: func() {}}
	transport := o.Transport
	if transport == nil {
		own := newTransport(o)
		transport, s.close = own, own.CloseIdleConnections
	}
	s.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for i := range o.Targets.list {
		s.couriers = append(s.couriers, &courier{s: s, t: &o.Targets.list[i], random: rand.Float64})
	}
	return s, nil
}

// strayEvery is how often it is looked whether messages wait for nobody.
const strayEvery = time.Hour

// Run delivers until ctx ends; then it lets requests that are under way come to
// an end, for a while, and returns nil. Each target has a courier of its own, so
// that none waits for another.
func (s *Sender) Run(ctx context.Context) error {
	defer s.close()
	var all sync.WaitGroup
	for _, c := range s.couriers {
		all.Go(func() { c.run(ctx) })
	}
	all.Go(func() { s.strays(ctx) })
	all.Wait()
	return nil
}

// Status says how each target fares.
func (s *Sender) Status() []Status {
	list := make([]Status, len(s.couriers))
	for i, c := range s.couriers {
		list[i] = c.status()
	}
	return list
}

// strays gives messages up that are for targets which there are no more.
func (s *Sender) strays(ctx context.Context) {
	tick := time.NewTicker(strayEvery)
	defer tick.Stop()
	for {
		if err := s.dropStrays(ctx); err != nil && ctx.Err() == nil {
			s.o.Log.Error("messages for targets that there are no more could not be set aside", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// straysAtOnce is how many messages are set aside at once.
const straysAtOnce = 500

func (s *Sender) dropStrays(ctx context.Context) error {
	names, err := s.o.Outbox.OutgoingTargets(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if s.o.Targets.find(name) != nil {
			continue
		}
		for {
			list, err := s.o.Outbox.ClaimOutgoing(ctx, name, straysAtOnce, time.Minute)
			if err != nil || len(list) == 0 {
				if err != nil {
					return err
				}
				break
			}
			results := make([]store.Attempt, len(list))
			for i, m := range list {
				results[i] = store.Attempt{ID: m.ID, Error: "there is no target of this name any more; add it, and revive the message"}
			}
			if err := s.o.Outbox.SettleOutgoing(ctx, results); err != nil {
				return err
			}
			s.o.Log.Warn("messages for a target that there is no more were set aside", "target", name, "messages", len(list))
		}
	}
	return nil
}
