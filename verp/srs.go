package verp

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// SRS rewrites the senders of mail that is forwarded, so that SPF passes and
// bounces come back by the forwarder, which verifies them and sends them on:
//
//	SRS0=HHHH=TT=example.com=user@forwarder
//	SRS1=HHHH=first.example==HHHH=TT=example.com=user@second
//
// H is the beginning of HMAC-SHA1 over the rest in lower case, in base64; TT is
// the day modulo 1,024 in base32. This is the scheme of Mail::SRS and libsrs2;
// an address that one of them made with the same secret is understood here, and
// the other way round.
//
// QUIRK: the scheme hashes domain and user one after the other with nothing in
// between, so that who holds an address of mkim@example.co has one of
// kim@example.com as well. Nothing but the destination of a bounce is at stake.
type SRS struct {
	domain     string
	secrets    [][]byte
	maxAge     int64
	hashLength int
	maxLocal   int
}

// SRSOptions are the choices of a forwarder; zero values stand for the defaults.
type SRSOptions struct {
	MaxAge     int // days that a bounce may take; 21
	HashLength int // characters of the hash that are written; 4, which are 24 bits
	MaxLocal   int // the longest local part that is written; [MaxLocal]
}

// minHash is the shortest hash that is accepted.
const minHash = 4

const srsCycle = 1024

// srsAlphabet is base32 as RFC 4648 has it.
const srsAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// NewSRS makes the rewriter of a forwarding domain. The first secret signs, all
// are accepted.
func NewSRS(domain string, options SRSOptions, secrets ...[]byte) (*SRS, error) {
	s := &SRS{domain: strings.ToLower(domain), maxAge: int64(options.MaxAge), hashLength: options.HashLength, maxLocal: options.MaxLocal}
	if s.maxAge == 0 {
		s.maxAge = 21
	}
	if s.hashLength == 0 {
		s.hashLength = minHash
	}
	if s.maxLocal == 0 {
		s.maxLocal = MaxLocal
	}
	switch {
	case !isDomain(s.domain):
		return nil, fmt.Errorf("%w: %q is no domain", ErrAddress, cut(domain))
	case len(secrets) == 0:
		return nil, fmt.Errorf("%w: no secret", ErrKey)
	case s.maxAge < 1 || s.maxAge > srsCycle/2:
		return nil, fmt.Errorf("%w: its age of %d is not from 1 to %d days", ErrKey, s.maxAge, srsCycle/2)
	case s.hashLength < minHash || s.hashLength > 26:
		return nil, fmt.Errorf("%w: a hash of %d characters is not from %d to 26", ErrKey, s.hashLength, minHash)
	}
	for _, secret := range secrets {
		if len(secret) < MinSecret {
			return nil, fmt.Errorf("%w: a secret has %d bytes; %d are needed", ErrKey, len(secret), MinSecret)
		}
		s.secrets = append(s.secrets, append([]byte(nil), secret...))
	}
	return s, nil
}

// Forward returns the sender with which mail of that sender is forwarded. The
// null sender and senders of the forwarder's own domain are not rewritten.
func (s *SRS) Forward(sender string, now time.Time) (string, error) {
	if sender == "" || sender == "<>" {
		return sender, nil
	}
	local, domain, err := parse(sender)
	if err != nil {
		return "", err
	}
	if strings.EqualFold(domain, s.domain) {
		return local + "@" + domain, nil
	}
	if isPrefixed(local, "srs0") && len(local) > len("srs0=") {
		return s.again(domain, local[len("srs0"):])
	}
	if isPrefixed(local, "srs1") {
		if _, first, rest, ok := srs1Parts(local); ok {
			return s.again(first, rest)
		}
	}
	day := mod(daysOf(now), srsCycle)
	stamp := string([]byte{srsAlphabet[day>>5], srsAlphabet[day&31]})
	hash := s.hash(s.secrets[0], s.hashLength, stamp, domain, local)
	return whole("SRS0="+hash+"="+stamp+"="+domain+"="+local, s.domain, s.maxLocal)
}

// again rewrites what another forwarder rewrote: first is the one that made the
// SRS0 address, rest what follows "SRS0" there, its separator included. What
// is between them is left out, so that addresses do not grow.
func (s *SRS) again(first, rest string) (string, error) {
	return whole("SRS1="+s.hash(s.secrets[0], s.hashLength, first, rest)+"="+first+"="+rest, s.domain, s.maxLocal)
}

// Reverse returns to whom a bounce goes that came to an SRS address: the original
// sender, or for SRS1 the forwarder that knows it. The errors wrap ErrNotSigned,
// ErrForged or ErrExpired.
func (s *SRS) Reverse(address string, now time.Time) (string, error) {
	local, _, ok := split(address)
	if !ok || len(address) > maxAddress {
		return "", ErrNotSigned
	}
	switch {
	case isPrefixed(local, "srs0"):
		return s.reverse0(local[len("srs0="):], now)
	case isPrefixed(local, "srs1"):
		hash, first, rest, ok := srs1Parts(local)
		if !ok {
			return "", ErrNotSigned
		}
		if !s.verified(hash, first, rest) {
			return "", ErrForged
		}
		return "SRS0" + rest + "@" + first, nil
	}
	return "", ErrNotSigned
}

// reverse0 reads HHHH=TT=domain=user.
func (s *SRS) reverse0(rest string, now time.Time) (string, error) {
	parts := strings.SplitN(rest, "=", 4)
	if len(parts) != 4 || parts[3] == "" || !isDomain(strings.ToLower(parts[2])) {
		return "", ErrNotSigned
	}
	day, ok := srsDay(parts[1])
	if !ok {
		return "", ErrNotSigned
	}
	if !s.verified(parts[0], parts[1], parts[2], parts[3]) {
		return "", ErrForged
	}
	address := parts[3] + "@" + parts[2]
	if age := mod(daysOf(now)-day, srsCycle); age > s.maxAge && age != srsCycle-1 { // a clock that is a day ahead
		return address, ErrExpired
	}
	return address, nil
}

// srs1Parts reads SRS1=HHHH=first.example=rest, where rest begins with the
// separator of the SRS0 address that it was.
func srs1Parts(local string) (hash, first, rest string, ok bool) {
	parts := strings.SplitN(local[len("srs1="):], "=", 3)
	if len(parts) != 3 || !isDomain(strings.ToLower(parts[1])) || len(parts[2]) < 2 || strings.IndexByte("=+-", parts[2][0]) < 0 {
		return "", "", "", false
	}
	return parts[0], parts[1], parts[2], true
}

func srsDay(stamp string) (int64, bool) {
	if len(stamp) != 2 {
		return 0, false
	}
	stamp = strings.ToUpper(stamp)
	high, low := strings.IndexByte(srsAlphabet, stamp[0]), strings.IndexByte(srsAlphabet, stamp[1])
	return int64(high<<5 | low), high >= 0 && low >= 0
}

// verified compares a hash with that of each secret, all of them always.
//
// QUIRK: without regard to case, as Mail::SRS does: some hosts fold local parts.
func (s *SRS) verified(hash string, parts ...string) bool {
	ok := false
	for _, secret := range s.secrets {
		n := max(minHash, min(len(hash), 26))
		want := strings.ToLower(s.hash(secret, n, parts...))
		if hmac.Equal([]byte(want), []byte(strings.ToLower(hash))) {
			ok = true
		}
	}
	return ok && len(hash) >= s.hashLength
}

// hash returns the first n characters of the hash over parts in lower case.
func (s *SRS) hash(secret []byte, n int, parts ...string) string {
	h := hmac.New(sha1.New, secret)
	for _, p := range parts {
		h.Write([]byte(strings.ToLower(p)))
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil))[:n]
}
