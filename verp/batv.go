package verp

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// BATV tags return paths, so that a bounce of mail that was never sent is known
// by its missing or wrong tag (draft-levine-smtp-batv-01):
//
//	prvs=KDDDSSSSSS=kim@example.org
//
// K is the number of the key, DDD the day of expiry, counted from 1970, modulo
// 1,000, and SSSSSS the first three bytes of HMAC-SHA1 over KDDD and the mailbox.
// 24 bits keep off backscatter; they are no proof against somebody who may try
// often. For that there is [Keyring].
type BATV struct {
	signing Key
	secrets map[byte][]byte
	days    int64
}

// batvDays is how long a tag counts, as the draft advises.
const batvDays = 7

const batvCycle = 1000

// NewBATV makes a tagger of the key that signs and older ones that are still
// accepted. The ids of keys are digits here, '0' to '9'. Tags count for so many
// days, 7 if days is 0.
func NewBATV(days int, signing Key, older ...Key) (*BATV, error) {
	if days == 0 {
		days = batvDays
	}
	if days < 1 || days >= batvCycle/2 {
		return nil, fmt.Errorf("%w: its age of %d is not from 1 to %d days", ErrKey, days, batvCycle/2-1)
	}
	b := &BATV{secrets: make(map[byte][]byte), days: int64(days)}
	for _, key := range append([]Key{signing}, older...) {
		switch {
		case key.ID < '0' || key.ID > '9':
			return nil, fmt.Errorf("%w: its id is %q, not a digit", ErrKey, key.ID)
		case len(key.Secret) < MinSecret:
			return nil, fmt.Errorf("%w: the secret of %q has %d bytes; %d are needed", ErrKey, key.ID, len(key.Secret), MinSecret)
		case b.secrets[key.ID] != nil:
			return nil, fmt.Errorf("%w: there are two of id %q", ErrKey, key.ID)
		}
		b.secrets[key.ID] = append([]byte(nil), key.Secret...)
	}
	b.signing = Key{signing.ID, b.secrets[signing.ID]}
	return b, nil
}

// Sign returns a mailbox's tagged return path.
func (b *BATV) Sign(mailbox string, now time.Time) (string, error) {
	local, domain, err := parse(mailbox)
	if err != nil {
		return "", err
	}
	if isPrefixed(local, "prvs") {
		return "", fmt.Errorf("%w: %q is tagged already", ErrAddress, cut(mailbox))
	}
	expiry := fmt.Sprintf("%03d", mod(daysOf(now)+b.days, batvCycle))
	return whole("prvs="+batvTag(b.signing, expiry, local+"@"+domain)+"="+local, domain, MaxLocal)
}

// Verify returns the mailbox of a tagged return path. The errors wrap
// ErrNotSigned, ErrForged (also where the key is unknown) or ErrExpired.
func (b *BATV) Verify(address string, now time.Time) (string, error) {
	local, domain, ok := split(address)
	if !ok || len(address) > maxAddress || !isPrefixed(local, "prvs") {
		return "", ErrNotSigned
	}
	tag, user, ok := strings.Cut(local[len("prvs="):], "=")
	if !ok || len(tag) != 10 || !isNumber(tag[:4]) || user == "" {
		return "", ErrNotSigned
	}
	secret, known := b.secrets[tag[0]]
	if !known {
		return "", fmt.Errorf("%w: no key %q", ErrForged, tag[0])
	}
	mailbox := user + "@" + domain
	want := batvTag(Key{tag[0], secret}, tag[1:4], mailbox)
	if !hmac.Equal([]byte(want), []byte(strings.ToLower(tag))) {
		return "", ErrForged
	}
	expiry := int64(tag[1]-'0')*100 + int64(tag[2]-'0')*10 + int64(tag[3]-'0')
	if left := mod(expiry-daysOf(now), batvCycle); left > b.days+1 { // +1: a clock that is a day ahead
		return mailbox, ErrExpired
	}
	return mailbox, nil
}

// batvTag returns KDDDSSSSSS.
func batvTag(key Key, expiry, mailbox string) string {
	kddd := string(rune(key.ID)) + expiry
	h := hmac.New(sha1.New, key.Secret)
	h.Write([]byte(kddd + mailbox))
	return kddd + hex.EncodeToString(h.Sum(nil)[:3])
}

// mod is the remainder that is never negative.
func mod(a, n int64) int64 { return (a%n + n) % n }
