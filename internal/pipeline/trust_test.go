package pipeline

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/decode"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/verp"
	"github.com/rebound-mail/rebound/webhook"
)

func key(id byte) verp.Key {
	return verp.Key{ID: id, Secret: []byte(strings.Repeat(string(id), verp.MinSecret))}
}

func keyring(t *testing.T, signing verp.Key, older ...verp.Key) *verp.Keyring {
	t.Helper()
	k, err := verp.NewKeyring(verp.Options{}, signing, older...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// signed is the return path of mail to somebody.
func signed(t *testing.T, k *verp.Keyring, recipient string, ago time.Duration) string {
	t.Helper()
	path, err := k.Sign("b@sender.example", recipient, noon().Add(-ago))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// to is a mail from the Internet that came to an address.
func to(address, body string) spool.Report {
	r := fromInternet("r", body)
	r.Meta[spool.MetaTo] = address
	return r
}

// inMailbox is a mail that was taken from a mailbox.
func inMailbox(header, body string) spool.Report {
	return spool.Report{ID: "r", Source: spool.IMAP, Received: noon(), Trust: spool.TrustOpen, Kind: spool.KindMail, Body: []byte(header + body)}
}

// A forger knows that the key exists, and everything about it but the secret.
func TestWhoIsBelieved(t *testing.T) {
	ours := keyring(t, key('k'))
	theirs := keyring(t, verp.Key{ID: 'k', Secret: []byte("the forger's own secret")})
	rotated := keyring(t, key('n'), key('k'))
	dropped := keyring(t, key('n'))
	day := 24 * time.Hour
	kim, mallory := signed(t, ours, "kim@example.org", day), signed(t, ours, "mallory@example.net", day)
	dsn := bounce("kim@example.org", "1")
	nameless := mail("Final-Recipient: x400; /G=Kim/\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 no such user\n", "1")
	several := bounce("kim@example.org", "1") // one block each
	several = strings.Replace(several, "\n--b\nContent-Type: text/rfc822-headers", "\nFinal-Recipient: rfc822; mallory@example.net\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers", 1)
	for name, c := range map[string]struct {
		keys *verp.Keyring
		in   spool.Report
		want []string // who is suppressed
		why  string   // of the first event that is not trusted
	}{
		"no key is set":                                {nil, fromInternet("r", dsn), []string{"kim@example.org"}, ""},
		"the path is signed":                           {ours, to(kim, dsn), []string{"kim@example.org"}, ""},
		"in brackets":                                  {ours, to("<"+kim+">", dsn), []string{"kim@example.org"}, ""},
		"a host folded its case":                       {ours, to(strings.ToUpper(kim), dsn), []string{"kim@example.org"}, ""},
		"by LMTP":                                      {ours, by(spool.LMTP, to(kim, dsn)), []string{"kim@example.org"}, ""},
		"forged: no path is known":                     {ours, fromInternet("r", dsn), nil, whyNoAddress},
		"forged: the path is plain":                    {ours, to("b@sender.example", dsn), nil, whyUnsigned},
		"forged: the path is VERP, unsigned":           {ours, to("b+kim=example.org@sender.example", dsn), nil, whyUnsigned},
		"forged: signed with another secret":           {ours, to(signed(t, theirs, "kim@example.org", day), dsn), nil, whyForged},
		"forged: one's own path, another's name":       {ours, to(mallory, dsn), nil, whyOther},
		"forged: one's own path with another's in it":  {ours, to(strings.Replace(mallory, "mallory=example.net", "kim=example.org", 1), dsn), nil, whyForged},
		"forged: a path in the header alone":           {ours, to("b@sender.example", "Delivered-To: "+kim+"\n"+dsn), nil, whyUnsigned},
		"forged: with the wrong original recipient":    {ours, to(mallory, mail("Original-Recipient: rfc822; kim@example.org\nFinal-Recipient: rfc822; kim@example.org\nAction: failed\nStatus: 5.1.1\n", "1")), nil, whyOther},
		"the signature has expired":                    {ours, to(signed(t, ours, "kim@example.org", 32*day), dsn), nil, whyExpired},
		"the key was rotated and the old one is known": {rotated, to(kim, dsn), []string{"kim@example.org"}, ""},
		"the key was rotated and the old one is not":   {dropped, to(kim, dsn), nil, whyForged},
		"nobody is named, the path tells":              {ours, to(kim, nameless), []string{"kim@example.org"}, ""},
		"two are named, one signed":                    {ours, to(mallory, several), []string{"mallory@example.net"}, whyOther},
		"from a mailbox: delivered to it":              {ours, inMailbox("Delivered-To: "+kim+"\n", dsn), []string{"kim@example.org"}, ""},
		"from a mailbox: originally to it":             {ours, inMailbox("Delivered-To: b@sender.example\nX-Original-To: <"+kim+">\n", dsn), []string{"kim@example.org"}, ""},
		"from a mailbox: unsigned":                     {ours, inMailbox("Delivered-To: b@sender.example\n", dsn), nil, whyUnsigned},
		"from a mailbox: no header tells":              {ours, inMailbox("", dsn), nil, whyNoAddress},
		"from a mailbox: in To and Return-Path only":   {ours, inMailbox("To: "+kim+"\nReturn-Path: <"+kim+">\n", dsn), nil, whyNoAddress},
		"from a mailbox: in the returned mail only":    {ours, inMailbox("", strings.Replace(dsn, "Subject: News", "Delivered-To: "+kim, 1)), nil, whyNoAddress},
		"the mailbox is trusted":                       {ours, trusted(inMailbox("", dsn)), []string{"kim@example.org"}, ""},
		"somebody with a token posted it":              {ours, posted("r", dsn), []string{"kim@example.org"}, ""},
		"a log of our own":                             {ours, posted("r", postfixLines), []string{"kim@example.org"}, ""},
		"a genuine webhook":                            {ours, hook(spool.TrustSource), []string{"kim@example.org"}, ""},
		"a webhook that nobody signed":                 {ours, hook(spool.TrustOpen), nil, whySource},
		"a webhook that nobody signed, and no key":     {nil, hook(spool.TrustOpen), nil, whySource},
		"events of a stranger":                         {nil, events(), nil, whySource},
		"of unknown trust":                             {nil, spool.Report{ID: "r", Source: spool.HTTP, Received: noon(), Body: []byte(postfixLines)}, nil, whySource},
	} {
		t.Run(name, func(t *testing.T) {
			m, h := process(t, func(o *Options) { o.Keyring = c.keys }, c.in)
			if diff := cmp.Diff(c.want, m.suppressed()); diff != "" {
				t.Error(diff)
			}
			if len(h.done) != 1 || len(m.entries) == 0 {
				t.Errorf("done %v, %d events", h.done, len(m.entries))
			}
			why := ""
			for _, en := range m.all() {
				i := slices.IndexFunc(en.Event.Problems, func(p event.Problem) bool { return p.Code == ProblemUnverified })
				if en.Trusted != (i < 0) {
					t.Errorf("trusted %t, problems %v", en.Trusted, en.Event.Problems)
				}
				if i >= 0 && why == "" {
					why = en.Event.Problems[i].Detail
				}
			}
			if why != c.why {
				t.Errorf("not trusted since %q, want %q", why, c.why)
			}
		})
	}
}

func by(source spool.Source, r spool.Report) spool.Report { r.Source = source; return r }

func trusted(r spool.Report) spool.Report { r.Trust = spool.TrustSource; return r }

func hook(trust spool.Trust) spool.Report {
	return spool.Report{ID: "r", Source: spool.Webhook, Received: noon(), Trust: trust, Kind: spool.KindHook, Body: []byte(payload), Meta: map[string]string{spool.MetaProvider: string(webhook.SendGrid)}}
}

func events() spool.Report {
	return spool.Report{ID: "r", Source: spool.HTTP, Received: noon(), Trust: spool.TrustOpen, Kind: spool.KindJSON,
		Body: decode.EncodeEvents([]event.Event{{ID: "x", Kind: event.Bounce, Recipient: "kim@example.org", Diagnostic: "550 5.1.1 no such user", Time: noon()}})}
}

// A forger who foresees what the genuine report will look like, and comes first,
// must not keep it from counting.
func TestAForgeryDoesNotUseUpTheGenuineReport(t *testing.T) {
	k := keyring(t, key('k'))
	forged, genuine := fromInternet("a", bounce("kim@example.org", "1")), to(signed(t, k, "kim@example.org", 0), bounce("kim@example.org", "1"))
	for _, reports := range [][]spool.Report{{forged, genuine}, {genuine, forged}} {
		m, _ := process(t, func(o *Options) { o.Keyring, o.Workers, o.Batch = k, 1, 1 }, reports...)
		if len(m.entries) != 2 || !slices.Equal(m.suppressed(), []string{"kim@example.org"}) {
			t.Errorf("%d events, suppressed %v", len(m.entries), m.suppressed())
		}
	}
}

// The signature is judged as of when the report was accepted, however long it
// then waited for the store.
func TestWaitingDoesNotExpireASignature(t *testing.T) {
	k := keyring(t, key('k'))
	r := to(signed(t, k, "kim@example.org", 60*24*time.Hour), bounce("kim@example.org", "1"))
	r.Received = noon().Add(-59 * 24 * time.Hour)
	m, _ := process(t, func(o *Options) { o.Keyring = k }, r)
	if len(m.suppressed()) != 1 {
		t.Errorf("%+v", m.entries)
	}
}

func TestOnlyTheFirstAddressesOfAHeaderAreLookedAt(t *testing.T) {
	k := keyring(t, key('k'))
	flood := strings.Repeat("Delivered-To: b@sender.example\n", 10_000) + "Delivered-To: " + signed(t, k, "kim@example.org", 0) + "\n"
	m, _ := process(t, func(o *Options) { o.Keyring = k }, inMailbox(flood, bounce("kim@example.org", "1")))
	if len(m.suppressed()) != 0 {
		t.Error("all of a flood of headers was looked at")
	}
}
