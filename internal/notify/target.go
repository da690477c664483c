package notify

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Kind is what a message tells of.
type Kind string

// The kinds.
const (
	Suppressed   Kind = "recipient.suppressed" // a recipient is to be mailed no more
	Released     Kind = "recipient.released"   // a recipient may be mailed again
	AlertRaised  Kind = "alert.raised"
	AlertChanged Kind = "alert.changed" // to another level
	AlertEnded   Kind = "alert.ended"
)

// Kinds returns all that a target may ask for.
func Kinds() []Kind { return []Kind{Suppressed, Released, AlertRaised, AlertChanged, AlertEnded} }

// Target is who is to be told.
type Target struct {
	// Name is what messages are kept under: letters, digits, ".", "-" and "_",
	// 64 at most. After another name they no longer find it.
	Name string
	// URL is where messages are posted. It may hold secrets, in its path or as
	// user:password; it is never logged, nor part of an error. Plain http is for
	// this machine and private networks, unless Plain is set: messages hold
	// people's addresses.
	URL   string
	Plain bool
	// Secret signs messages: base64 of 24 to 64 bytes behind "whsec_", as
	// NewSecret makes it. OldSecret signs them as well, if it is set: so a secret
	// can be changed without a gap.
	Secret, OldSecret string
	// Kinds is what the target wants to hear of; empty for everything.
	Kinds []Kind
}

// NewSecret returns a new secret.
func NewSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(b)
}

// secretPrefix stands before secrets, and is not part of the key.
const secretPrefix = "whsec_"

// The lengths of keys, in bytes, by the Standard Webhooks specification.
const (
	minKey = 24
	maxKey = 64
)

// readSecret returns the key of a secret. Errors do not repeat it.
func readSecret(s string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(s, secretPrefix)
	if !ok {
		return nil, errors.New(`the secret does not begin with "whsec_"`)
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, errors.New(`the secret is not base64 behind "whsec_"`)
	}
	if len(key) < minKey || len(key) > maxKey {
		return nil, fmt.Errorf("the secret has %d bytes; it must have %d to %d", len(key), minKey, maxKey)
	}
	return key, nil
}

// Targets are those who are to be told. Immutable.
type Targets struct {
	list []target
}

// target is a Target that was read.
type target struct {
	name  string
	url   *url.URL
	keys  [][]byte
	kinds []Kind
}

// NewTargets reads targets. All that is wrong with them is joined into one error,
// which holds no URL and no secret.
func NewTargets(list []Target) (*Targets, error) {
	t := &Targets{}
	var errs []error
	for i := range list {
		one, err := readTarget(&list[i])
		if err == nil && slices.Contains(t.Names(), one.name) {
			err = errors.New("there is another target of this name")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("notify: target %d (%q): %w", i+1, list[i].Name, err))
			continue
		}
		t.list = append(t.list, one)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return t, nil
}

// Names returns the targets' names, in their order.
func (t *Targets) Names() []string {
	names := make([]string, len(t.list))
	for i := range t.list {
		names[i] = t.list[i].name
	}
	return names
}

func (t *Targets) find(name string) *target {
	i := slices.IndexFunc(t.list, func(one target) bool { return one.name == name })
	if i < 0 {
		return nil
	}
	return &t.list[i]
}

// wants reports whether a target wants to hear of a kind.
func (t *target) wants(k Kind) bool { return len(t.kinds) == 0 || slices.Contains(t.kinds, k) }

func kindWords() []string {
	var list []string
	for _, k := range Kinds() {
		list = append(list, string(k))
	}
	return list
}

// maxName is how long a name may be.
const maxName = 64

func isName(s string) bool {
	other := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_", r))
	}
	return s != "" && len(s) <= maxName && !strings.ContainsFunc(s, other)
}

func readTarget(from *Target) (target, error) {
	t := target{name: from.Name, kinds: from.Kinds}
	if !isName(t.name) {
		return t, fmt.Errorf("a name is made of letters, digits, dots, dashes and underscores, %d at most", maxName)
	}
	for _, k := range t.kinds {
		if !slices.Contains(Kinds(), k) {
			return t, fmt.Errorf("there is no kind %q; it is one of %s", k, strings.Join(kindWords(), ", "))
		}
	}
	var err error
	if t.url, err = readURL(from.URL, from.Plain); err != nil {
		return t, err
	}
	for i, secret := range []string{from.Secret, from.OldSecret} {
		if i > 0 && secret == "" {
			continue
		}
		key, err := readSecret(secret)
		if err != nil {
			return t, err
		}
		t.keys = append(t.keys, key)
	}
	return t, nil
}

// readURL reads a URL. Errors do not repeat it.
func readURL(s string, plain bool) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, errors.New("the URL cannot be read")
	case u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("the URL must begin with https:// (or http://) and a host")
	case u.Fragment != "":
		return nil, errors.New("the URL must not have a fragment (#...)")
	case u.Scheme == "http" && !plain && !isNear(u.Hostname()):
		return nil, errors.New("the URL is plain http to another network: messages hold people's addresses; use https, or allow it")
	}
	return u, nil
}

// isNear reports whether a host is this machine or named by an address of a
// private network.
func isNear(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast())
}
