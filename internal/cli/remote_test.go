package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/store"
)

// answers is a server that answers every request with a status and a body.
func answers(t *testing.T, start func(http.Handler) *httptest.Server, status int, body any) *httptest.Server {
	t.Helper()
	s := start(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestTheCertificateOfTheServerIsKnownByItsHash(t *testing.T) {
	s := answers(t, httptest.NewTLSServer, http.StatusOK, listing[store.Token]{Items: []store.Token{{ID: "x"}}})
	sum := sha256.Sum256(s.Certificate().Raw)
	for pin, fine := range map[string]bool{hex.EncodeToString(sum[:]): true, strings.Repeat("0", 64): false, "": false} {
		d, err := newRemoteDesk(s.URL, "secret", pin)
		if err != nil {
			t.Fatal(err)
		}
		list, err := d.Tokens(t.Context())
		if fine != (err == nil) || fine && len(list) != 1 {
			t.Errorf("pin %q: %v, %v", pin, list, err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatAServerRefusesIsSaidInItsWords(t *testing.T) {
	for status, tc := range map[int]struct {
		body  any
		want  string
		usage bool
	}{
		http.StatusUnprocessableEntity: {problem{Detail: "The limit is too large."}, "The limit is too large.", true},
		http.StatusForbidden:           {problem{Title: "Forbidden", Detail: "The token has not the scope admin."}, "has not the scope admin. (403)", false},
		http.StatusBadGateway:          {"no problem document", "Bad Gateway (502)", false},
		http.StatusOK:                  {"no list", "is it a server of this version?", false},
	} {
		s := answers(t, httptest.NewServer, status, tc.body)
		d, err := newRemoteDesk(s.URL, "secret", "")
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.Tokens(t.Context())
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%d: %v does not say %q", status, err, tc.want)
			continue
		}
		if _, isUsage := err.(usageError); isUsage != tc.usage {
			t.Errorf("%d: %v: bad input: %v", status, err, isUsage)
		}
		_ = d.Close()
	}
	s := answers(t, httptest.NewServer, http.StatusOK, nil)
	d, err := newRemoteDesk(s.URL, "wrong", "")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Tokens(t.Context()); err == nil || !strings.Contains(err.Error(), "REBOUND_TOKEN") {
		t.Errorf("a wrong token: %v", err)
	}
}

func TestListsAreReadPageByPage(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := listing[store.Suppression]{Items: []store.Suppression{{Recipient: "a@example.org"}}, Next: "2"}
		if r.URL.Query().Get("cursor") == "2" {
			page = listing[store.Suppression]{Items: []store.Suppression{{Recipient: "b@example.org"}}}
		}
		if r.URL.Query().Get("domain") != "example.org" {
			t.Errorf("the filter is lost: %s", r.URL)
		}
		_ = json.NewEncoder(w).Encode(page)
	}))
	defer s.Close()
	d, err := newRemoteDesk(s.URL, "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var got []string
	err = d.Suppressions(t.Context(), store.SuppressionFilter{Domain: "example.org", From: time.Now()}, func(x *store.Suppression) error {
		got = append(got, x.Recipient)
		return nil
	})
	if err != nil || strings.Join(got, " ") != "a@example.org b@example.org" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestATokenIsNotSentInClear(t *testing.T) {
	for address, fine := range map[string]bool{
		"http://bounces.example.com": false, "http://127.0.0.1:8425": true, "http://localhost:8425": true, "https://bounces.example.com": true,
		"bounces.example.com": false, "ftp://127.0.0.1": false, "": false,
	} {
		if _, err := newRemoteDesk(address, "secret", ""); (err == nil) != fine {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestBadInputIsToldInTheSameWordsWhereverTheDataIs(t *testing.T) {
	s := answers(t, httptest.NewServer, http.StatusUnprocessableEntity, problem{Detail: "In a path, write %40 for @."})
	d, err := newRemoteDesk(s.URL, "secret", "")
	if err != nil {
		t.Fatal(err)
	}
	for a, want := range map[addition]string{
		{Address: "nonsense"}:                        `"nonsense" is no mail address`,
		{Address: "kim@example.org", Reason: "whim"}: `--reason: "whim" is none of the reasons; rebound codes --kind reason lists them`,
	} {
		if _, err := d.Suppress(t.Context(), a); err == nil || err.Error() != want {
			t.Errorf("%+v: %v", a, err)
		}
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestAByteOrderMarkIsNoPartOfTheFirstLine(t *testing.T) {
	var got []string
	err := eachLine(strings.NewReader("\ufeffkim@example.org\r\n\ufeffjo@example.org\n"), func(line string) error {
		got = append(got, line)
		return nil
	})
	if want := []string{"kim@example.org", "\ufeffjo@example.org"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestATokenThatAServerMadeHasItsID(t *testing.T) {
	made := map[string]any{"token": store.Token{ID: "5f1c9a7b2e04", Name: "shop"}, "secret": "rbd_5f1c9a7b2e04_x"}
	s := answers(t, httptest.NewServer, http.StatusCreated, made)
	d, err := newRemoteDesk(s.URL, "secret", "")
	if err != nil {
		t.Fatal(err)
	}
	secret, token, err := d.NewToken(t.Context(), "shop", []store.Scope{store.ScopeRead}, time.Time{})
	if err := errors.Join(err, d.Close()); err != nil || secret != "rbd_5f1c9a7b2e04_x" || token.ID != "5f1c9a7b2e04" {
		t.Errorf("%q %+v %v", secret, token, err)
	}
}

// Backups lie on disks that are mounted to be read alone.
func TestABackupIsVerifiedWhereNothingCanBeWritten(t *testing.T) {
	const file = "/proc/self/cmdline" // in a folder where nobody can make anything, not even root
	if _, err := os.Stat(file); err != nil {
		t.Skip("there is no /proc here")
	}
	dir, err := unpackBackup(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Error(err)
	}
}
