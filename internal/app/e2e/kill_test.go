//go:build unix

package e2e

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// crashes is how often the server is killed: REBOUND_CRASHES says so, such as 100.
func crashes(t *testing.T) int {
	if text := os.Getenv("REBOUND_CRASHES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("REBOUND_CRASHES: %v", err)
		}
		return n
	}
	if testing.Short() {
		return 3
	}
	return 20
}

// A server under load is killed at random moments, while it begins and while it
// works, and started again. Senders repeat what was not answered, and some of what
// was.
func TestKilledAtRandomMomentsItLosesNothingAndCountsNothingTwice(t *testing.T) {
	dir, seed, n := t.TempDir(), rand.Uint64(), crashes(t)
	t.Logf("random seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	l := &load{patient: true}
	l.begin(t.Context(), 6)
	early := 0
	for range n {
		p := launch(t, dir, "--lmtp-listen", "127.0.0.1:0")
		if rng.IntN(4) == 0 { // it is not waited for
			time.Sleep(time.Duration(rng.Int64N(int64(150 * time.Millisecond))))
			early++
		} else {
			select {
			case <-p.ready:
			case <-p.ended:
				t.Fatalf("it ended by itself: %v", p.cmd.ProcessState)
			}
			l.server.Store(p)
			time.Sleep(time.Duration(rng.Int64N(int64(400 * time.Millisecond))))
		}
		if err := p.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-p.ended
		if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
			t.Fatalf("it ended by itself: %v", p.cmd.ProcessState)
		}
	}
	under := l.count()
	p := start(t, dir, "--lmtp-listen", "127.0.0.1:0")
	l.server.Store(p)
	l.end()
	aside := p.takeBack()
	stop(t, p)
	if under < n {
		t.Fatalf("%d reports were accepted in %d lives: the test tests nothing", under, n)
	}
	checkKept(t, dir, l.accepted, false)
	t.Logf("%d kills, %d of them while it began; %d reports accepted, %d of them again; %d were put aside as suspect and taken back", n, early, len(l.accepted), l.repeated, aside)
}

// takeBack waits until all is processed. Reports that were being processed
// whenever the process died are put aside; they are given another try, as an
// operator would do.
func (p *process) takeBack() (n int) {
	p.t.Helper()
	p.local()
	defer func() { p.token = "" }()
	for {
		p.idle()
		status, text := p.get("/v1/parked")
		var page struct {
			Items []struct{ ID string }
		}
		if err := json.Unmarshal([]byte(text), &page); err != nil || status != http.StatusOK {
			p.t.Fatalf("%d %s", status, text)
		}
		if len(page.Items) == 0 {
			return n
		}
		for _, parked := range page.Items {
			if status, text, err := p.ask(p.t.Context(), http.MethodPost, "/v1/parked/"+parked.ID+"/requeue", "", nil); err != nil || status/100 != 2 {
				p.t.Fatalf("%d %s %v", status, text, err)
			}
			n++
		}
	}
}

// stop tells a server to stop, as a supervisor does, and waits for its end.
func stop(t *testing.T, p *process) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("it ended with %d", code)
	}
}

// Told to stop under load, the server answers what it has begun, processes what it
// accepted, and ends in peace: nothing is left to be done by the next one.
func TestToldToStopUnderLoadItKeepsWhatItAccepted(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, "--lmtp-listen", "127.0.0.1:0", "--stop-timeout", "10m")
	l := &load{}
	l.server.Store(p)
	l.begin(t.Context(), 6)
	p.await("there is a load", func() bool { return l.count() > 300 })
	stop(t, p)
	l.end()
	// A report whose answer was lost on the way may be there as well.
	checkKept(t, dir, l.accepted, true)
	t.Logf("%d reports accepted", len(l.accepted))
}
