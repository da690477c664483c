package e2e

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// small mounts a file system of a size in megabytes, or skips the test.
func small(t *testing.T, megabytes int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes)); err != nil {
		t.Skipf("a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// bulky is a report that does not become smaller by compression.
func bulky(recipient string, at time.Time, rng *rand.ChaCha8) string {
	noise := make([]byte, 64<<10)
	_, _ = rng.Read(noise)
	text := dsn(recipient, at)
	i := strings.Index(text, "Your message")
	return text[:i] + base64.StdEncoding.EncodeToString(noise) + "\r\n" + text[i:]
}

// When the disk is full, reports are refused by every way, what is known is still
// told, and when there is room again all that was accepted is processed.
func TestAFullDiskRefusesAndLosesNothing(t *testing.T) {
	room := small(t, 24)
	dir := filepath.Join(room, "data")
	p := start(t, dir, "--lmtp-listen", "127.0.0.1:0", "--spool-min-free", "1MB")
	at, rng := time.Now().Add(-time.Minute), rand.NewChaCha8([32]byte{1})
	var accepted []string
	n, refused := 0, 0
	send := func() bool {
		n++
		recipient := fmt.Sprintf("r%d@example.org", n)
		status, answer := p.report(bulky(recipient, at, rng))
		if status == http.StatusAccepted {
			accepted = append(accepted, recipient)
			return true
		}
		if refused++; status != http.StatusInsufficientStorage {
			t.Fatalf("%d %s", status, answer)
		}
		return false
	}
	for n < 2000 && refused < 5 { // it may recover some room in between
		if !send() {
			time.Sleep(20 * time.Millisecond)
		}
	}
	if refused == 0 {
		t.Fatalf("%d reports and the disk is not full: the test tests nothing", n)
	}
	if err := p.lmtp(bulky("lmtp@example.org", at, rng)); err == nil {
		accepted = append(accepted, "lmtp@example.org") // there was room for it
	} else if smtpErr := (*smtp.SMTPError)(nil); !errors.As(err, &smtpErr) || smtpErr.Code != 452 {
		t.Errorf("by LMTP: %v", err)
	}
	if !p.suppressed(accepted[0]) {
		t.Error("what was known is forgotten")
	}
	if status, _ := p.get("/healthz"); status != http.StatusOK {
		t.Errorf("health: %d", status)
	}
	if err := syscall.Mount("tmpfs", room, "tmpfs", syscall.MS_REMOUNT, "size=512m"); err != nil {
		t.Skipf("the file system cannot be made larger: %v", err)
	}
	p.await("reports are accepted again", send)
	p.idle()
	p.await("the server is ready", func() bool { status, _ := p.get("/readyz"); return status == http.StatusOK })
	stop(t, p)
	checkKept(t, dir, accepted, false)
	t.Logf("%d reports accepted, %d refused", len(accepted), refused)
}

// lmtp hands in one report.
func (p *process) lmtp(text string) error {
	c, err := dialLMTP(p)
	if err != nil {
		return err
	}
	defer c.Close()
	return sendLMTP(c, "bounces@lists.example", text)
}

// A second process is refused and harms nothing; commands reach the data through
// the first one.
func TestOneDataDirectoryHasOneServer(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir)
	var said bytes.Buffer
	second := command(t, "serve", "--data", dir, "--listen", "127.0.0.1:0")
	second.Stderr = &said
	if err := second.Run(); err == nil || !strings.Contains(said.String(), fmt.Sprint("process ", p.cmd.Process.Pid)) {
		t.Errorf("%v: %s", err, said.String())
	}
	if status, answer := p.report(dsn("kim@example.org", time.Now())); status != http.StatusAccepted {
		t.Fatalf("the first one answers %d %s", status, answer)
	}
	p.idle()
	out, _ := command(t, "check", "--data", dir, "--json", "kim@example.org").Output()
	if !strings.Contains(string(out), `"suppressed":true`) {
		t.Errorf("check: %s", out)
	}
	stop(t, p)
	checkKept(t, dir, []string{"kim@example.org"}, false)
}
