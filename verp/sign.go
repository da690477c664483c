package verp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"time"
)

// A signed return path:
//
//	bounces+1aggwk4tz5xq2mbcvne-kim=example.org@lists.example
//	        |||  `- 13: HMAC-SHA256 over key id, day and recipient, its first 65 bits
//	        ||`- 3: the day it was signed, counted from 1970, modulo 32,768
//	        |`- 1: id of the key
//	        `- the form's version
//
// All of it is in the base32 alphabet of RFC 4648 in lower case, so that it
// survives hosts that fold case; "1" is not in that alphabet and is a mark.
const (
	signedMark = '1'
	dayLen     = 3
	macLen     = 13
	tagLen     = 1 + 1 + dayLen + macLen
	dayCycle   = 1 << (5 * dayLen)
)

const alphabet = "abcdefghijklmnopqrstuvwxyz234567"

var tagEncoding = base32.NewEncoding(alphabet).WithPadding(base32.NoPadding)

// MinSecret is how many bytes a secret has at least.
const MinSecret = 16

// DefaultMaxAge is how long a signed return path counts: senders give up after
// five days by default (RFC 5321 section 4.5.4.1), and some keep on for longer.
const DefaultMaxAge = 30 * 24 * time.Hour

// Key is a secret with a name of one letter, a to z or 2 to 7, that says in a
// return path which secret signed it.
type Key struct {
	ID     byte
	Secret []byte // MinSecret bytes or more, random
}

// Keyring signs and verifies return paths. To change the key, make the new one
// the first and keep the old ones for MaxAge. It is safe for concurrent use.
type Keyring struct {
	signing Key
	secrets map[byte][]byte
	options Options
}

// Options of a keyring; zero values stand for the defaults.
type Options struct {
	MaxAge    time.Duration // how long a signature counts, in whole days; DefaultMaxAge
	MaxLocal  int           // the longest local part that is written; MaxLocal
	Delimiter byte          // between the mailbox and the rest; '+'
}

// NewKeyring makes a keyring of the key that signs and older ones that are still
// accepted. Errors wrap ErrKey and never tell the secret.
func NewKeyring(options Options, signing Key, older ...Key) (*Keyring, error) {
	if options.MaxAge == 0 {
		options.MaxAge = DefaultMaxAge
	}
	if options.MaxLocal == 0 {
		options.MaxLocal = MaxLocal
	}
	if options.Delimiter == 0 {
		options.Delimiter = '+'
	}
	if days := int64(options.MaxAge / (24 * time.Hour)); days < 1 || days > dayCycle/2 {
		return nil, fmt.Errorf("%w: its age of %v is not from 1 to %d days", ErrKey, options.MaxAge, dayCycle/2)
	}
	k := &Keyring{secrets: make(map[byte][]byte), options: options}
	for _, key := range append([]Key{signing}, older...) {
		switch {
		case strings.IndexByte(alphabet, key.ID) < 0:
			return nil, fmt.Errorf("%w: its id is %q, not a letter a to z or a digit 2 to 7", ErrKey, key.ID)
		case len(key.Secret) < MinSecret:
			return nil, fmt.Errorf("%w: the secret of %q has %d bytes; %d are needed", ErrKey, key.ID, len(key.Secret), MinSecret)
		case k.secrets[key.ID] != nil:
			return nil, fmt.Errorf("%w: there are two of id %q", ErrKey, key.ID)
		}
		k.secrets[key.ID] = append([]byte(nil), key.Secret...)
	}
	k.signing = Key{signing.ID, k.secrets[signing.ID]}
	return k, nil
}

// Sign returns the return path for mail to recipient, signed today.
func (k *Keyring) Sign(returnPath, recipient string, now time.Time) (string, error) {
	base, host, err := parse(returnPath)
	if err != nil {
		return "", err
	}
	user, domain, err := parse(recipient)
	if err != nil {
		return "", err
	}
	named := user + "=" + strings.ToLower(domain)
	day := tagDay(daysOf(now))
	tag := string([]byte{signedMark, k.signing.ID}) + day + mac(k.signing, day, named)
	local := base + string(rune(k.options.Delimiter)) + tag + "-" + named
	if t, n, ok := signedParts(local + "@" + host); !ok || t != tag || n != named {
		return "", fmt.Errorf("%w: behind %q the signature would not be found again", ErrAddress, cut(base))
	}
	return whole(local, host, k.options.MaxLocal)
}

// Signed is what a return path tells whose signature is right.
type Signed struct {
	Recipient string
	KeyID     byte
	Day       time.Time // when it was signed, midnight UTC
}

// Verify returns what a return path tells, if it was signed with one of the
// keys and within MaxAge. The errors wrap ErrNotSigned, ErrForged (also where
// the key is unknown) or ErrExpired; with ErrExpired the result is as signed. A
// clock that is a day ahead is tolerated.
func (k *Keyring) Verify(address string, now time.Time) (Signed, error) {
	tag, named, ok := signedParts(address)
	if !ok {
		return Signed{}, ErrNotSigned
	}
	id, day, sent := tag[1], tag[2:2+dayLen], tag[2+dayLen:]
	secret, known := k.secrets[id]
	if !known {
		return Signed{}, fmt.Errorf("%w: no key %q", ErrForged, id)
	}
	if !hmac.Equal([]byte(mac(Key{id, secret}, day, named)), []byte(sent)) {
		return Signed{}, ErrForged
	}
	today := daysOf(now)
	age := (today - dayOf(day)) & (dayCycle - 1)
	if age == dayCycle-1 {
		age = -1
	}
	eq := strings.LastIndexByte(named, '=')
	s := Signed{Recipient: named[:eq] + "@" + named[eq+1:], KeyID: id, Day: time.Unix((today-age)*secondsADay, 0).UTC()}
	if age > int64(k.options.MaxAge/(24*time.Hour)) {
		return s, fmt.Errorf("%w: it is of %s", ErrExpired, s.Day.Format(time.DateOnly))
	}
	return s, nil
}

// mac returns the signature of a day and a recipient. The recipient's case is
// folded: some hosts change it on the way.
func mac(key Key, day, named string) string {
	h := hmac.New(sha256.New, key.Secret)
	h.Write([]byte("rebound verp 1\x00"))
	h.Write([]byte{key.ID})
	h.Write([]byte(day))
	h.Write([]byte(strings.ToLower(named)))
	return tagEncoding.EncodeToString(h.Sum(nil))[:macLen]
}

// signedParts finds the tag, in lower case, and user=domain of a signed return
// path, with any delimiter before it.
func signedParts(address string) (tag, named string, ok bool) {
	local, _, ok := split(address)
	if !ok || len(address) > maxAddress {
		return "", "", false
	}
	eq := strings.LastIndexByte(local, '=')
	if eq <= 0 || !isDomain(strings.ToLower(local[eq+1:])) {
		return "", "", false
	}
	for i := 1; i+tagLen+2 <= eq; i++ {
		if (local[i-1] == '+' || local[i-1] == '-') && isTag(local[i:]) {
			return strings.ToLower(local[i : i+tagLen]), local[i+tagLen+1:eq] + "=" + strings.ToLower(local[eq+1:]), true
		}
	}
	return "", "", false
}

// isTag reports whether s begins with a tag and its hyphen.
func isTag(s string) bool {
	if len(s) <= tagLen || s[0] != signedMark || s[tagLen] != '-' {
		return false
	}
	for i := 1; i < tagLen; i++ {
		if b := s[i] | 0x20; !(b >= 'a' && b <= 'z') && !(s[i] >= '2' && s[i] <= '7') {
			return false
		}
	}
	return true
}

const secondsADay = 24 * 60 * 60

// daysOf counts days from 1970, in UTC.
func daysOf(t time.Time) int64 {
	s := t.Unix()
	if s < 0 {
		s -= secondsADay - 1
	}
	return s / secondsADay
}

func tagDay(days int64) string {
	d := uint64(days) & (dayCycle - 1)
	return string([]byte{alphabet[d>>10&31], alphabet[d>>5&31], alphabet[d&31]})
}

func dayOf(tag string) int64 {
	var d int64
	for i := range len(tag) {
		d = d<<5 | int64(strings.IndexByte(alphabet, tag[i]))
	}
	return d
}
