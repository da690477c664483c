//go:build unix

package app_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rebound-mail/rebound/internal/app"
)

// workerVariable has this test binary start a server in a directory and say how
// that went.
const workerVariable = "REBOUND_TEST_APP_DIR"

func work() int {
	a, err := app.New(context.Background(), app.Options{Config: settings(nil), Dir: os.Getenv(workerVariable)})
	fmt.Println(err)
	if err == nil {
		_ = a.Close()
	}
	return 0
}

// asNobody runs a worker as a user who owns nothing, when the tests run as root.
func asNobody(t *testing.T, dir string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "worker")
	text, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(binary, text, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), workerVariable+"="+dir)
	cmd.Dir = dir
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestADirectoryThatCannotBeWrittenToIsSaid(t *testing.T) {
	parent := t.TempDir()
	// The folders above are made by the testing package and open to others.
	for dir := parent; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	locked := filepath.Join(parent, "data")
	if err := os.Mkdir(locked, 0o555); err != nil {
		t.Fatal(err)
	}
	said := asNobody(t, locked)
	for _, want := range []string{"not writable", locked, "the right to write there, or choose another --data directory"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q does not say %q", said, want)
		}
	}
}
