package disk

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

	"github.com/rebound-mail/rebound/internal/spool"
)

// The variables that make the test binary the process to be killed, and the one
// that says how often (20 times if it is not set).
const (
	crashDirVariable    = "REBOUND_SPOOL_CRASH_DIR"
	crashRoundVariable  = "REBOUND_SPOOL_CRASH_ROUND"
	crashRoundsVariable = "REBOUND_SPOOL_CRASH_ROUNDS"
)

func crashSettings() Settings { return Settings{SegmentBytes: 64 << 10, Linger: 1} }

// crashChild appends and processes until it is killed. It prints "accepted ID"
// when Append returned, "settling ID" before it calls Done or Park, "settled ID"
// when that returned.
func crashChild(dir, round string) {
	s, err := Open(dir, crashSettings())
	if err != nil {
		fmt.Println("failed", err)
		return
	}
	var mu sync.Mutex
	say := func(what, id string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Println(what, id)
	}
	for w := range 4 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprintf("%s-%d-%d", round, w, i)
				if err := s.Append(context.Background(), report(id, "body of "+id+strings.Repeat(" x", i%3000))); err != nil {
					say("failed", err.Error())
				}
				say("accepted", id)
			}
		}()
	}
	for {
		list, err := s.Claim(context.Background(), 20)
		if err != nil {
			say("failed", err.Error())
		}
		for i, c := range list {
			if i%5 == 4 { // stays claimed until the process ends
				continue
			}
			say("settling", c.ID)
			if err := settleSomehow(s, c, i); err != nil {
				say("failed", err.Error())
			}
			say("settled", c.ID)
		}
	}
}

func settleSomehow(s *Disk, c spool.Claimed, i int) error {
	if i == 3 {
		return s.Park(context.Background(), c.ID, "a poison report", received())
	}
	return s.Done(context.Background(), c.ID)
}

// crashed is what the killed processes said so far.
type crashed struct {
	accepted, settling, settled map[string]bool
}

func TestNothingAcceptedIsLostWhenTheProcessIsKilled(t *testing.T) {
	rounds := 20
	if v := os.Getenv(crashRoundsVariable); v != "" {
		n, err := strconv.Atoi(v)
		must(t, err)
		rounds = n
	}
	dir := t.TempDir()
	all := crashed{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	total := 0
	for round := range rounds {
		all.runAndKill(t, dir, round)
		total += all.check(t, dir)
	}
	if len(all.accepted) == 0 || len(all.settled) == 0 || total == 0 {
		t.Errorf("%d accepted, %d settled, %d found: the test tests nothing", len(all.accepted), len(all.settled), total)
	}
	t.Logf("%d kills: %d reports accepted, %d settled, %d handed out again", rounds, len(all.accepted), len(all.settled), total)
}

// runAndKill kills a process after some lines that it said, at any moment.
func (c *crashed) runAndKill(t *testing.T, dir string, round int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashDirVariable+"="+dir, fmt.Sprintf("%s=%d", crashRoundVariable, round))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	kill := rand.IntN(3000)
	lines := bufio.NewReader(out)
	for n := 0; ; n++ {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break
		}
		must(t, err)
		what, id, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch what {
		case "accepted":
			c.accepted[id] = true
		case "settling":
			c.settling[id] = true
		case "settled":
			c.settled[id] = true
		default:
			t.Errorf("round %d: %s", round, line)
		}
		if n == kill {
			must(t, cmd.Process.Kill())
		}
	}
	_ = cmd.Wait()
}

// check looks at what is left; it settles half of it.
func (c *crashed) check(t *testing.T, dir string) int {
	t.Helper()
	s, err := Open(dir, crashSettings())
	must(t, err)
	defer s.Close()
	if n := s.Stats().Damaged; n > 0 {
		t.Errorf("%d reports were damaged by a kill", n)
	}
	there := map[string]bool{}
	list := drainAll(t, s)
	for _, id := range list {
		there[id] = true
		if c.settled[id] {
			t.Errorf("%s was settled and came again", id)
		}
	}
	parked := map[string]bool{}
	for _, f := range s.parked.list {
		parked[f.ID] = true
	}
	for id := range c.accepted {
		if !c.settling[id] && !there[id] {
			t.Errorf("%s was accepted and is lost", id)
		}
		if c.settling[id] && !c.settled[id] && !there[id] && !parked[id] {
			c.settled[id] = true // Done took effect before it could say so
		}
	}
	half := list[:len(list)/2]
	for _, id := range half {
		c.settling[id], c.settled[id] = true, true
	}
	must(t, s.Done(t.Context(), half...))
	return len(list)
}
