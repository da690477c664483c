package sqlite

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/storetest"
	"github.com/rebound-mail/rebound/policy"
)

// Environment variables that make the test binary another process.
const (
	envWorker = "REBOUND_STORE_WORKER" // what the process is to do
	envDir    = "REBOUND_STORE_DIR"
	envFirst  = "REBOUND_STORE_FIRST" // the first batch to apply
)

func TestMain(m *testing.M) {
	switch os.Getenv(envWorker) {
	case "":
		os.Exit(m.Run())
	case "load":
		workUnderLoad()
	case "open":
		workOpen()
	}
}

// worker makes the command that runs this binary as another process.
func worker(t *testing.T, what, dir string, more ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(append(os.Environ(), envWorker+"="+what, envDir+"="+dir), more...)
	return cmd
}

func crashClock() time.Time { return time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC) }

const crashBatch = 7

// crashEvents returns the events of a batch. Recipients have several events each,
// from batches of several workers.
func crashEvents(batch int) []store.Entry {
	list := make([]store.Entry, crashBatch)
	for i := range list {
		n := batch*crashBatch + i
		list[i] = storetest.Bounce(fmt.Sprintf("r%d@example.org", n%97), codebook.MailboxFull, fmt.Sprintf("%d@s.example", n), crashClock().Add(-time.Duration(n)*time.Second))
		list[i].Report = &store.Report{ID: fmt.Sprint("report-", batch), Body: []byte(strings.Repeat("x", 2000))}
	}
	return list
}

func blockedAddress(batch int) string { return fmt.Sprintf("blocked%d@example.org", batch) }

// workUnderLoad applies batches, four at a time, and prints the number of each
// when the store says that it is kept.
func workUnderLoad() {
	first, _ := strconv.Atoi(os.Getenv(envFirst))
	s, err := Open(context.Background(), os.Getenv(envDir), Options{Now: crashClock, keepIDs: 100})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("open")
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for batch := first + w; ; batch += 4 {
				if err := s.Apply(context.Background(), crashEvents(batch)); err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				if batch%16 == 0 {
					if _, err := s.AddSuppressions(context.Background(), []store.Block{{Recipient: blockedAddress(batch)}}); err != nil {
						fmt.Println("error", err)
						os.Exit(1)
					}
				}
				fmt.Println("kept", batch) // one write, so lines do not mix
			}
		})
	}
	all.Wait()
}

// crashOnce lets a process work and kills it after a while; it returns the
// batches that the process said were kept.
func crashOnce(t *testing.T, dir string, first int, after time.Duration) (kept []int) {
	t.Helper()
	cmd := worker(t, "load", dir, fmt.Sprint(envFirst, "=", first))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	var kill *time.Timer
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF { // a last line without its end was not said
			break
		}
		switch word, rest, _ := strings.Cut(strings.TrimSpace(line), " "); word {
		case "open":
			kill = time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		case "kept":
			batch, err := strconv.Atoi(rest)
			if err != nil {
				t.Fatalf("the worker says %q", line)
			}
			kept = append(kept, batch)
		default:
			t.Fatalf("the worker says %q", line)
		}
	}
	if kill != nil {
		kill.Stop()
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		t.Fatalf("the worker ended by itself: %v", err)
	}
	return kept
}

// TestKilledAtRandomMoments kills a process that works, again and again, and looks
// that everything it said was kept is there, and nothing twice.
// REBOUND_CRASHES says how often; 20 else.
func TestKilledAtRandomMoments(t *testing.T) {
	crashes := 20
	if more := os.Getenv("REBOUND_CRASHES"); more != "" {
		crashes, _ = strconv.Atoi(more)
	} else if testing.Short() {
		crashes = 3
	}
	dir, seed := t.TempDir(), rand.Uint64()
	t.Logf("random seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	var kept []int
	next := 0
	for range crashes {
		now := crashOnce(t, dir, next, time.Duration(rng.IntN(int(120*time.Millisecond))))
		for _, batch := range now {
			next = max(next, batch+1)
		}
		kept = append(kept, now...)
		next = max(0, next-8) // and some again: whoever was not told repeats it
	}
	if len(kept) < crashes {
		t.Fatalf("%d batches in %d runs: the test tests nothing", len(kept), crashes)
	}
	s := openBench(t, dir)
	checkCrashed(t, s, kept, next+16)
	t.Logf("%d kills, %d batches kept", crashes, len(kept))
}

func checkCrashed(t *testing.T, s *Store, kept []int, last int) {
	t.Helper()
	for _, batch := range kept {
		for _, en := range crashEvents(batch) {
			if _, err := s.Event(t.Context(), en.Event.ID); err != nil {
				t.Fatalf("batch %d was kept and is lost: %v", batch, err)
			}
		}
		if _, err := s.Evidence(t.Context(), fmt.Sprint("report-", batch)); err != nil {
			t.Errorf("batch %d: its report is lost: %v", batch, err)
		}
		if batch%16 == 0 && !isSuppressed(t, s, blockedAddress(batch)) {
			t.Errorf("batch %d: its block is lost", batch)
		}
	}
	// All of it once more: what is known already must not count again.
	for batch := range last {
		if err := s.Apply(t.Context(), crashEvents(batch)); err != nil {
			t.Fatal(err)
		}
	}
	var events, ids int64
	if err := s.readers.QueryRow("select count(*), count(distinct id) from event").Scan(&events, &ids); err != nil {
		t.Fatal(err)
	}
	rates, err := s.Rates(t.Context(), store.RateQuery{Dimension: store.ByTotal})
	if err != nil {
		t.Fatal(err)
	}
	var applied int64
	for i := range 97 {
		r, err := s.Recipient(t.Context(), policy.Key{Recipient: fmt.Sprintf("r%d@example.org", i)})
		if err != nil {
			t.Fatal(err)
		}
		applied += r.Events
	}
	if events != ids || rates[0].Bounced() != events || applied != events || events < int64(last*crashBatch) {
		t.Errorf("%d events with %d ids, %d counted, %d of recipients; at least %d were applied", events, ids, rates[0].Bounced(), applied, last*crashBatch)
	}
	problems, err := s.Verify(t.Context())
	if err != nil || len(problems) > 0 {
		t.Errorf("not sound: %q, %v", problems, err)
	}
}

func isSuppressed(t *testing.T, s *Store, address string) bool {
	t.Helper()
	a, err := s.Check(t.Context(), []policy.Key{{Recipient: address}})
	if err != nil {
		t.Fatal(err)
	}
	return a[0].Suppressed
}

// workOpen opens the store, says how that went, and applies an event.
func workOpen() {
	s, err := Open(context.Background(), os.Getenv(envDir), Options{Now: crashClock})
	if err == nil {
		err = s.Apply(context.Background(), crashEvents(0))
	}
	fmt.Printf("%v\n", err)
}
