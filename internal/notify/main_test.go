package notify

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rebound-mail/rebound/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// began is when the clocks of tests start. It is not changed.
var began = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// secretOf is a secret that is easily told from others.
func secretOf(letter string) string {
	return secretPrefix + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, 32)))
}

func targetsOf(t *testing.T, list ...Target) *Targets {
	t.Helper()
	for i := range list {
		if list[i].Secret == "" {
			list[i].Secret = secretOf("s")
		}
	}
	targets, err := NewTargets(list)
	if err != nil {
		t.Fatal(err)
	}
	return targets
}

func letter(id, target string) store.Outgoing {
	return store.Outgoing{ID: id, Target: target, Kind: string(Suppressed), Body: []byte(`{"id":"` + id + `"}`), Created: began}
}
