package app_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/app"
	"github.com/rebound-mail/rebound/internal/config"
	"github.com/rebound-mail/rebound/verp"
)

// at returns where a listener listens.
func (r *running) at(label string) string {
	r.t.Helper()
	for _, line := range r.Listening() {
		if address, ok := strings.CutPrefix(line, label+": "); ok {
			return address
		}
	}
	r.t.Fatalf("no %s among %q", label, r.Listening())
	return ""
}

// deliver hands a bounce to the SMTP listener.
func (r *running) deliver(to, text string) error {
	conn, err := net.Dial("tcp", r.at("SMTP"))
	if err != nil {
		return err
	}
	c, err := smtp.NewClient(conn, "localhost")
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Mail(""); err != nil {
		return err
	}
	if err := c.Rcpt(to); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.Quit()
}

func TestAForgedBounceSuppressesNobodyWhereReturnPathsAreSigned(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	secret := verp.NewSecret()
	if err := os.WriteFile(keys, []byte("k "+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, t.TempDir(), app.Options{}, func(c *config.Config) { c.SMTP.Listen, c.VERP.Keys = "127.0.0.1:0", keys })
	ring, err := verp.NewKeyring(verp.Options{}, verp.Key{ID: 'k', Secret: []byte(secret)})
	if err != nil {
		t.Fatal(err)
	}
	other, err := verp.NewKeyring(verp.Options{}, verp.Key{ID: 'k', Secret: []byte(verp.NewSecret())})
	if err != nil {
		t.Fatal(err)
	}
	path := func(ring *verp.Keyring, recipient string) string {
		signed, err := ring.Sign("bounces@lists.example", recipient, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	for about, to := range map[string]string{
		"genuine@example.org":    path(ring, "genuine@example.org"),
		"unsigned@example.org":   "bounces@lists.example",
		"plain@example.org":      "bounces+plain=example.org@lists.example",
		"otherskey@example.org":  path(other, "otherskey@example.org"),
		"victim@example.org":     path(ring, "attacker@example.net"), // a path of the attacker's own, signed
		"genuine2@example.co.uk": path(ring, "genuine2@example.co.uk"),
	} {
		if err := r.deliver(to, dsn(about)); err != nil {
			t.Fatalf("%s: %v", about, err)
		}
		r.idle()
		if got, want := r.suppressed(about), strings.HasPrefix(about, "genuine"); got != want {
			t.Errorf("a bounce of %s to %s: suppressed %v, want %v", about, to, got, want)
		}
	}
	if n := r.metric(`rebound_events_total{kind="bounce",provider="",reason="user-unknown",trusted="no"} `); n != "4" {
		t.Errorf("%s events are unverified, want 4", n)
	}
}

func TestAWebhookCountsIfItIsSigned(t *testing.T) {
	key := "key-of-the-operator"
	r := start(t, t.TempDir(), app.Options{}, func(c *config.Config) {
		c.Intake.Hook = []config.Hook{{Provider: "mailersend", Signing: []config.Secret{config.Secret(key)}}}
	})
	body := func(recipient string) string {
		return fmt.Sprintf(`{"type":"activity.hard_bounced","created_at":%q,"data":{"object":"activity","id":"62f114f8165fe0d8db0288e5","type":"hard_bounced",
 "created_at":%q,"email":{"object":"email","id":"1","from":"news@example.com","subject":"News","recipient":{"object":"recipient","email":%q},
 "status":"rejected"},"morph":{"object":"recipient_bounce","reason":"550 5.1.1 no such user"}}}`, time.Now().UTC().Format(time.RFC3339), time.Now().UTC().Format(time.RFC3339), recipient)
	}
	post := func(text, signature string) int {
		request, err := http.NewRequest(http.MethodPost, r.URL()+"/v1/hooks/mailersend", strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Signature", signature)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		return response.StatusCode
	}
	sign := func(text, key string) string {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(text))
		return hex.EncodeToString(mac.Sum(nil))
	}
	forged, genuine := body("forged@example.org"), body("genuine@example.org")
	if status := post(forged, sign(forged, "another key")); status/100 != 4 {
		t.Errorf("forged: %d", status)
	}
	if status := post(genuine, sign(genuine, key)); status/100 != 2 {
		t.Errorf("genuine: %d", status)
	}
	r.idle()
	if r.suppressed("forged@example.org") || !r.suppressed("genuine@example.org") {
		t.Errorf("the forged one counts: %v, the genuine one: %v", r.suppressed("forged@example.org"), r.suppressed("genuine@example.org"))
	}
}

func TestANotificationIsSentWithTheChange(t *testing.T) {
	got := make(chan string, 16)
	target := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Webhook-Signature") != "" {
			got <- r.Header.Get("Webhook-Id")
		}
	})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go target.Serve(l)
	defer target.Close()
	r := start(t, t.TempDir(), app.Options{}, func(c *config.Config) {
		c.Notify = []config.Notify{{
			Name: "shop", URL: config.Secret("http://" + l.Addr().String() + "/hook"),
			Secret: config.Secret("whsec_" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))),
		}}
	})
	r.accept("kim@example.org")
	select {
	case <-got:
	case <-t.Context().Done():
		t.Fatal("nobody was told")
	}
	r.await("it is counted", func() bool { return r.metric(`rebound_notify_delivered_total{target="shop"} `) == "1" })
}
