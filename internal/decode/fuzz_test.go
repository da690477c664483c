package decode

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rebound-mail/rebound/event"
	"github.com/rebound-mail/rebound/internal/spool"
	"github.com/rebound-mail/rebound/webhook"
)

func FuzzBytes(f *testing.F) {
	kinds := []spool.Kind{spool.KindUnknown, spool.KindMail, spool.KindLog, spool.KindHook, spool.KindJSON}
	for i, body := range []string{notification, letter, postfixLines, sendGrid, own, packed(postfixLines), packed(packed(own)), "550 5.1.1 no such user", "From a@example.com Wed Mar  4 05:06:07 2026\n" + notification} {
		f.Add([]byte(body), uint8(i), "")
		f.Add([]byte(body), uint8(0), "sendgrid")
	}
	f.Fuzz(func(t *testing.T, body []byte, kind uint8, provider string) {
		in := Input{Body: body, Kind: kinds[int(kind)%len(kinds)], Provider: webhook.Provider(provider), Received: received()}
		first, err := Bytes(in)
		var panicked *PanicError
		if errors.As(err, &panicked) {
			t.Fatal(err)
		}
		if err != nil && len(first.Events) > 0 {
			t.Fatalf("events and %v", err)
		}
		again, _ := Bytes(in)
		if diff := cmp.Diff(first, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("the second time it is another: %s", diff)
		}
		back, err := Bytes(Input{Body: EncodeEvents(first.Events), Kind: spool.KindJSON, Received: received()})
		if len(first.Events) > 0 && (err != nil || !sameIDs(first.Events, back.Events)) {
			t.Fatalf("%d events, %d after encoding them: %v", len(first.Events), len(back.Events), err)
		}
	})
}

func sameIDs(a, b []event.Event) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ID != b[i].ID && len(a[i].ID) < 1000 || a[i].ID == "" {
			return false
		}
	}
	return true
}
