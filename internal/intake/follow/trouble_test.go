package follow

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebound-mail/rebound/internal/intake"
	"github.com/rebound-mail/rebound/internal/intake/intaketest"
	"github.com/rebound-mail/rebound/internal/tail"
)

func TestALogThatIsNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		other := filepath.Join(filepath.Dir(s.path), "folder")
		s.check(os.Mkdir(other, 0o700))
		s.opt.Paths = append(s.opt.Paths, other, s.path)
		source, stop := s.run()
		defer stop()
		time.Sleep(time.Second)
		if status := source.Status(); status.State != intake.Waiting || !strings.Contains(status.Problem, s.path+" is not there") || !strings.Contains(status.Problem, "1 other") {
			t.Errorf("%+v", status)
		}
		s.write(bounced(1))
		time.Sleep(2 * time.Second)
		s.want("u1")
		if status := source.Status(); !strings.Contains(status.Problem, other) || strings.Contains(status.Problem, s.path) {
			t.Errorf("%+v", status)
		}
		s.check(os.Remove(other))
		s.check(os.WriteFile(other, []byte(bounced(2)), 0o600))
		time.Sleep(10 * time.Minute)
		s.want("u1", "u2")
		if status := source.Status(); status.Problem != "" || status.State != intake.Polling {
			t.Errorf("%+v", status)
		}
	})
}

func TestAPlaceThatCannotBeNoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		source, stop := s.run()
		defer stop()
		state := filepath.Dir(s.opt.State)
		s.check(os.Remove(state))
		s.write(bounced(1))
		time.Sleep(10 * time.Minute)
		if status := source.Status(); !strings.Contains(status.Problem, "cannot be noted") {
			t.Errorf("%+v", status)
		}
		s.check(os.Mkdir(state, 0o700))
		time.Sleep(10 * time.Minute)
		s.want("u1") // once
		if status := source.Status(); status.Problem != "" || s.kept() == 0 {
			t.Errorf("%+v, kept %d", status, s.kept())
		}
	})
}

func TestOnlyWhatIsNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		s.opt.NewOnly = true
		s.write(bounced(1))
		s.once()
		s.want()
		s.write(bounced(2))
		s.once()
		s.want("u2")
	})
}

func TestBadOptions(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	kept := &intaketest.Spool{}
	for name, opt := range map[string]Options{
		"no path":    {State: state, Spool: kept},
		"empty path": {State: state, Spool: kept, Paths: []string{""}},
		"no state":   {Spool: kept, Paths: []string{"x"}},
		"no spool":   {State: state, Paths: []string{"x"}},
		"negative":   {State: state, Spool: kept, Paths: []string{"x"}, Every: -1},
	} {
		if _, err := New(opt); !errors.Is(err, ErrOptions) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", "precious", `{"version":2}`, `{"version":1,"files":[{"path":"x","offset":-1}]}`} {
		if err := os.WriteFile(state, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := New(Options{State: state, Spool: kept, Paths: []string{"x"}}); !errors.Is(err, ErrPlaces) {
			t.Errorf("%q: %v", text, err)
		}
		if left, err := os.ReadFile(state); err != nil || string(left) != text {
			t.Errorf("%q became %q", text, left)
		}
	}
}

// A line on which the reader fails costs that line, and what the reader remembered.
func TestALineThatTheReaderFailsOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.log")
	if err := os.WriteFile(path, []byte(bounced(1)+bounced(2)), 0o600); err != nil {
		t.Fatal(err)
	}
	log, err := Open(LogOptions{Path: path, Written: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	log.reader = nil // fails on any line
	err = log.lines(tail.Lines{Text: []byte(bounced(3) + bounced(4)), First: 3, Name: path}, func(b *Batch) error {
		if b.Panics != 1 || len(b.Events) != 1 || b.Events[0].Recipient != "u4@example.org" || b.Events[0].Source.Line != 4 {
			t.Errorf("%+v", b)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPlacesAreSafeToUseTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "places")
	places, err := OpenPlaces(path)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	var all sync.WaitGroup
	for i := range 8 {
		name := filepath.Join(t.TempDir(), "log")
		want[name] = true
		all.Go(func() {
			for range 10 {
				pos, _ := places.Of(name)
				pos.Line = i
				if err := places.Keep(pos); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kept keptPlaces
	if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&kept); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, pos := range kept.Files {
		got[pos.Path] = true
	}
	if !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
