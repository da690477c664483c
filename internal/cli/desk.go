package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/app"
	"github.com/rebound-mail/rebound/internal/config"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/internal/spool/disk"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/sqlite"
	"github.com/rebound-mail/rebound/policy"
)

// desk is where commands ask and tell: a data directory, or a server.
type desk interface {
	// Check answers for one address.
	Check(ctx context.Context, address, stream string) (checked, error)
	// CheckMany answers for many, in their order; the addresses are as given.
	CheckMany(ctx context.Context, addresses []string, stream string) ([]checkedLine, error)
	// Suppressions gives entries of the list until give fails.
	Suppressions(ctx context.Context, f store.SuppressionFilter, give func(*store.Suppression) error) error
	Export(ctx context.Context, w io.Writer, format store.Format, f store.SuppressionFilter) error
	Import(ctx context.Context, im store.Import, r io.Reader) (store.ImportReport, error)
	// Suppress blocks an address by hand. It returns the answer that held before.
	Suppress(ctx context.Context, b addition) (policy.Answer, error)
	Release(ctx context.Context, address, stream, note string) (policy.Answer, error)

	Tokens(ctx context.Context) ([]store.Token, error)
	NewToken(ctx context.Context, name string, scopes []store.Scope, expires time.Time) (secret string, t store.Token, err error)
	RevokeToken(ctx context.Context, id string) error

	Parked(ctx context.Context, give func(*parkedEntry) error) error
	ParkedBody(ctx context.Context, id string) ([]byte, error)
	Requeue(ctx context.Context, id string) error
	Drop(ctx context.Context, id string) error

	// Backup writes a copy of the store to a file that does not exist.
	Backup(ctx context.Context, path string) error
	Close() error
}

// checked is the answer for an address.
type checked struct {
	Address string `json:"address"`
	Stream  string `json:"stream,omitempty"`
	policy.Answer
}

// checkedLine is the answer for one of many addresses, or why there is none.
type checkedLine struct {
	checked
	Error string `json:"error,omitempty"`
}

// addition is an address to be suppressed by hand.
type addition struct{ Address, Stream, Reason, Note string }

// check tells bad input before anybody is asked, so that it is told in the same
// words wherever the data is.
func (a *addition) check() error {
	if _, err := policy.NormalAddress(a.Address, true); err != nil {
		return notAnAddress(a.Address)
	}
	if a.Reason != "" && !codebook.Reason(a.Reason).IsKnown() {
		return usage("--reason: %q is none of the reasons; rebound codes --kind reason lists them", a.Reason)
	}
	return nil
}

// parkedEntry is a report that was put aside.
type parkedEntry struct {
	ID       string       `json:"id"`
	Source   spool.Source `json:"source"`
	Kind     spool.Kind   `json:"kind"`
	Received time.Time    `json:"received"`
	ParkedAt time.Time    `json:"parked"`
	Reason   string       `json:"reason"`
	Size     int          `json:"size"`
}

// localDesk is a data directory that no server has.
type localDesk struct {
	settings *config.Config
	policy   policy.Settings
	dir      string
	store    *sqlite.Store
	spool    *disk.Disk // opened when it is needed
	now      func() time.Time
}

func newLocalDesk(c *config.Config, dir string, st *sqlite.Store, now func() time.Time) (*localDesk, error) {
	set, err := c.PolicySettings()
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return &localDesk{settings: c, policy: set, dir: dir, store: st, now: now}, nil
}

func (d *localDesk) key(address, stream string) (policy.Key, error) {
	key, err := policy.NewKey(address, stream, d.policy)
	if err != nil {
		return key, notAnAddress(address)
	}
	return key, nil
}

func notAnAddress(address string) error {
	return usage("%q is no mail address", store.Cut(address, 300))
}

func (d *localDesk) Check(ctx context.Context, address, stream string) (checked, error) {
	key, err := d.key(address, stream)
	if err != nil {
		return checked{}, err
	}
	r, err := d.store.Recipient(ctx, key)
	return checked{key.Recipient, key.Stream, r.Answer}, err
}

func (d *localDesk) CheckMany(ctx context.Context, addresses []string, stream string) ([]checkedLine, error) {
	lines := make([]checkedLine, len(addresses))
	var keys []policy.Key
	var places []int
	for i, address := range addresses {
		key, err := d.key(address, stream)
		lines[i].Address, lines[i].Stream = address, policy.StreamName(stream)
		if err != nil {
			lines[i].Error = err.Error()
			continue
		}
		keys, places = append(keys, key), append(places, i)
	}
	answers, err := d.store.Check(ctx, keys)
	if err != nil {
		return nil, err
	}
	for i, place := range places {
		lines[place].Answer = answers[i]
	}
	return lines, nil
}

// pageSize is how many entries are asked for at a time.
const pageSize = 1000

func (d *localDesk) Suppressions(ctx context.Context, f store.SuppressionFilter, give func(*store.Suppression) error) error {
	for cursor := ""; ; {
		list, next, err := d.store.Suppressions(ctx, f, cursor, pageSize)
		if err != nil {
			return err
		}
		for i := range list {
			if err := give(&list[i]); err != nil {
				return err
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

func (d *localDesk) Export(ctx context.Context, w io.Writer, format store.Format, f store.SuppressionFilter) error {
	_, err := store.Export(ctx, d.store, w, format, f)
	return err
}

func (d *localDesk) Import(ctx context.Context, im store.Import, r io.Reader) (store.ImportReport, error) {
	im.CaseSensitive, im.Now = d.policy.CaseSensitive, d.now()
	return im.Read(ctx, d.store, r)
}

func (d *localDesk) Suppress(ctx context.Context, a addition) (policy.Answer, error) {
	if err := a.check(); err != nil {
		return policy.Answer{}, err
	}
	key, err := d.key(a.Address, a.Stream)
	if err != nil {
		return policy.Answer{}, err
	}
	block := policy.Block{At: d.now(), By: who(), Note: a.Note, Reason: codebook.Reason(a.Reason), Stream: key.Stream}
	before, err := d.store.AddSuppressions(ctx, []store.Block{{Recipient: key.Recipient, Block: block}})
	if err != nil {
		return policy.Answer{}, err
	}
	return before[0], nil
}

func (d *localDesk) Release(ctx context.Context, address, stream, note string) (policy.Answer, error) {
	key, err := d.key(address, stream)
	if err != nil {
		return policy.Answer{}, err
	}
	return d.store.Release(ctx, key.Recipient, policy.Lift{By: who(), Note: note, Stream: key.Stream})
}

func (d *localDesk) Tokens(ctx context.Context) ([]store.Token, error) { return d.store.Tokens(ctx) }

func (d *localDesk) NewToken(ctx context.Context, name string, scopes []store.Scope, expires time.Time) (string, store.Token, error) {
	secret, t := store.NewToken(name, scopes, d.now())
	t.Expires = expires
	return secret, t, d.store.AddToken(ctx, t)
}

func (d *localDesk) RevokeToken(ctx context.Context, id string) error {
	return d.store.RevokeToken(ctx, id)
}

func (d *localDesk) Backup(ctx context.Context, path string) error { return d.store.Backup(ctx, path) }

// openSpool opens the spool, if there is one.
func (d *localDesk) openSpool() (err error) {
	if d.spool != nil {
		return nil
	}
	d.spool, err = app.OpenSpool(d.settings, d.dir)
	return err
}

func (d *localDesk) Parked(ctx context.Context, give func(*parkedEntry) error) error {
	if err := d.openSpool(); err != nil {
		return err
	}
	for cursor := ""; ; {
		list, next, err := d.spool.Parked(ctx, cursor, pageSize)
		if err != nil {
			return err
		}
		for _, p := range list {
			if err := give(&parkedEntry{p.ID, p.Source, p.Kind, p.Received, p.ParkedAt, p.Reason, p.Size}); err != nil {
				return err
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

func (d *localDesk) ParkedBody(ctx context.Context, id string) ([]byte, error) {
	if err := d.openSpool(); err != nil {
		return nil, err
	}
	p, err := d.spool.ParkedReport(ctx, id)
	return p.Body, err
}

func (d *localDesk) Requeue(ctx context.Context, id string) error {
	if err := d.openSpool(); err != nil {
		return err
	}
	return d.spool.Requeue(ctx, id)
}

func (d *localDesk) Drop(ctx context.Context, id string) error {
	if err := d.openSpool(); err != nil {
		return err
	}
	return d.spool.Drop(ctx, id)
}

func (d *localDesk) Close() error {
	var err error
	if d.spool != nil {
		err = d.spool.Close()
	}
	return errors.Join(err, d.store.Close())
}

// readSmall reads a file that holds one short text.
func readSmall(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Size() > 64<<10 {
		return "", fmt.Errorf("%s is too large", filepath.Base(path))
	}
	text, err := os.ReadFile(path)
	return strings.TrimSpace(string(text)), err
}
