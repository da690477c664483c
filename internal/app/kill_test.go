//go:build unix

package app_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rebound-mail/rebound/internal/app"
	"github.com/rebound-mail/rebound/policy"
)

// killsVariable is how often the server is killed; 100 takes about a minute.
const killsVariable = "REBOUND_KILLS"

// serveUntilKilled is a whole server in a process of its own.
func serveUntilKilled(dir string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c := settings(nil)
	c.HTTP.ClientRate = 0
	a, err := app.New(ctx, app.Options{Config: c, Dir: dir, Classifier: classifier()})
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	fmt.Println(a.URL())
	if err := a.Run(ctx); err != nil {
		fmt.Println("error:", err)
		return 1
	}
	return 0
}

// victim is a server that is going to be killed.
type victim struct {
	cmd *exec.Cmd
	url string
}

func startVictim(t *testing.T, dir string) *victim {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), workerVariable+"="+dir, "REBOUND_TEST_APP_SERVE=yes")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 300)
	n, err := out.Read(line)
	url := strings.TrimSpace(string(line[:n]))
	if err != nil || !strings.HasPrefix(url, "http://") {
		t.Fatalf("the server says %q, %v", url, err)
	}
	return &victim{cmd, url}
}

// post hands bounces in until the server is gone. Every address is used once; those
// that were accepted are noted.
func (v *victim) post(client *http.Client, from string, accepted *sync.Map) {
	for i := 0; ; i++ {
		address := fmt.Sprintf("%s-%d@example.org", from, i)
		response, err := client.Post(v.url+"/v1/reports", "message/rfc822", strings.NewReader(dsn(address)))
		if err != nil {
			return
		}
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode == http.StatusAccepted {
			accepted.Store(address, true)
		}
		if err != nil {
			return
		}
	}
}

// Killed at random moments under load, the server has lost nothing that it
// accepted and counted nothing twice.
func TestNothingAcceptedIsLostWhenTheServerIsKilled(t *testing.T) {
	kills := 10
	if n, err := strconv.Atoi(os.Getenv(killsVariable)); err == nil {
		kills = n
	}
	if testing.Short() {
		kills = 2
	}
	dir := t.TempDir()
	var accepted sync.Map
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	for round := range kills {
		v := startVictim(t, dir)
		var senders sync.WaitGroup
		for s := range 4 {
			senders.Go(func() { v.post(client, fmt.Sprintf("r%d-s%d", round, s), &accepted) })
		}
		time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond) // any moment will do
		if err := v.cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		_ = v.cmd.Wait()
		senders.Wait()
		client.CloseIdleConnections()
	}
	r := start(t, dir, app.Options{}, nil)
	r.idle()
	if n := r.metric("rebound_spool_parked "); n != "0" {
		t.Errorf("%s reports are put aside", n)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	checkRemembered(t, dir, &accepted, kills)
}

// checkRemembered looks each accepted address up in the store itself.
func checkRemembered(t *testing.T, dir string, accepted *sync.Map, kills int) {
	t.Helper()
	st, err := app.OpenStore(t.Context(), settings(nil), dir, nil, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	n := 0
	accepted.Range(func(address, _ any) bool {
		n++
		known, err := st.Recipient(t.Context(), policy.Key{Recipient: address.(string)})
		if err != nil || !known.Answer.Suppressed || known.Events != 1 {
			t.Errorf("%v was accepted: %d events, suppressed %v, %v", address, known.Events, known.Answer.Suppressed, err)
		}
		return !t.Failed()
	})
	if n < kills {
		t.Errorf("only %d reports were accepted in %d runs", n, kills)
	}
	problems, err := st.Verify(t.Context())
	if err != nil || len(problems) > 0 {
		t.Errorf("the store is not sound: %q, %v", problems, err)
	}
	stats, err := st.Stats(t.Context())
	if err != nil || stats.Events < int64(n) || stats.Events != stats.Recipients {
		t.Errorf("%d events of %d recipients, %d accepted: %v", stats.Events, stats.Recipients, n, err)
	}
	t.Logf("%d kills, %d reports accepted, %d events stored", kills, n, stats.Events)
}
