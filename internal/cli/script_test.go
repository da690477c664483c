package cli

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"rebound": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs testdata/script/*.txtar, which read as the manual. REBOUND_UPDATE=1
// rewrites the files that they compare with.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("REBOUND_UPDATE") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"append":     appendFile,
			"until":      until,
			"eventually": eventually,
		},
	})
}

// appendFile adds a file to the end of another: append TO FROM.
func appendFile(ts *testscript.TestScript, _ bool, args []string) {
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	ts.Check(err)
	_, err = f.WriteString(ts.ReadFile(args[1]))
	ts.Check(errors.Join(err, f.Close()))
}

// until waits until a file holds a text: until FILE TEXT. The test's own deadline
// ends the waiting.
func until(ts *testscript.TestScript, _ bool, args []string) {
	for {
		raw, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && strings.Contains(string(raw), args[1]) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// eventually runs a program until it succeeds, or with ! before until it fails.
func eventually(ts *testscript.TestScript, fails bool, args []string) {
	for range 2000 {
		if err := ts.Exec(args[0], args[1:]...); (err != nil) == fails {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("%s: in vain", strings.Join(args, " "))
}
