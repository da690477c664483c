package sqlite

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store/storetest"
)

func FuzzDecodeEvent(f *testing.F) {
	en := storetest.Bounce("kim@example.org", codebook.UserUnknown, "1@s.example", crashClock())
	f.Add(appendEvent(nil, &en.Event))
	f.Add(appendVerdict(nil, en.Event.Verdict))
	f.Add([]byte{tagTime, 1, 0xff, tagFact, 2, 9, 9})
	f.Fuzz(func(t *testing.T, body []byte) {
		_, _ = decodeVerdict(body)
		d, err := decodeEvent(body)
		if err != nil {
			return
		}
		again, err := decodeEvent(appendEvent(nil, &d.event))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.event, again.event); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFieldsThatAreNotKnownArePassedOver(t *testing.T) {
	en := storetest.Bounce("kim@example.org", codebook.UserUnknown, "1@s.example", crashClock())
	body := append(appendField(nil, 200, "of a later version"), appendEvent(nil, &en.Event)...)
	d, err := decodeEvent(body)
	if err != nil || d.event.Recipient != "kim@example.org" || d.event.Diagnostic != en.Event.Diagnostic {
		t.Errorf("%+v, %v", d.event, err)
	}
}

func TestFilterKnowsAllThatWereAdded(t *testing.T) {
	b := newBloom(20_000)
	var f filterHolder
	f.begin()
	for i := range 20_000 {
		b.add(f.hash(benchAddress(i)))
	}
	wrong := 0
	for i := range 40_000 {
		switch has := b.has(f.hash(benchAddress(i))); {
		case i < 20_000 && !has:
			t.Fatalf("%s is not known", benchAddress(i))
		case i >= 20_000 && has:
			wrong++
		}
	}
	if wrong > 200 {
		t.Errorf("%d of 20,000 others are taken for known", wrong)
	}
}

func TestFilterGrowsAndIsMadeAnew(t *testing.T) {
	s := openBench(t, t.TempDir())
	s.mu.Lock()
	for i := range leastRoom * 40 {
		s.filter.add(benchAddress(i))
	}
	layers := *s.filter.layers.Load()
	s.renewFilter() // of the list, which is empty
	s.filter.add("meanwhile@example.org")
	s.mu.Unlock()
	if len(layers) <= maxLayers {
		t.Fatalf("%d layers: the test tests nothing", len(layers))
	}
	for i := range leastRoom * 40 {
		if !s.maybeListed(layers, benchAddress(i)) {
			t.Fatalf("%s is not known", benchAddress(i))
		}
	}
	s.tasks.Wait()
	now := *s.filter.layers.Load()
	if len(now) != 1 || !s.maybeListed(now, "meanwhile@example.org") {
		t.Errorf("%d layers when it was made anew, or one address is lost", len(now))
	}
}
