package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/rebound-mail/rebound/internal/store"
)

const docsFile = "../../../docs/api.md"

// The tour's commands work, and answer what the tour says: each answer has what
// is written there, and perhaps more; "..." is any text.
func TestTheTourIsTrue(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("the tour's commands need curl, which is not here")
	}
	text, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t)
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```\n```json\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) < 8 {
		t.Fatalf("only %d commands found", len(blocks))
	}
	for _, b := range blocks {
		cmd := exec.Command("sh", "-c", string(b[1]))
		cmd.Env = append(os.Environ(), "REBOUND="+s.http.URL, "TOKEN="+s.tokens[store.ScopeAdmin], "no_proxy=*")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s\n%v: %s", b[1], err, out)
			continue
		}
		compareLines(t, string(b[1]), out, b[2])
	}
}

func compareLines(t *testing.T, command string, got, want []byte) {
	t.Helper()
	gotLines, wantLines := bytes.Split(bytes.TrimSpace(got), []byte("\n")), bytes.Split(bytes.TrimSpace(want), []byte("\n"))
	if len(gotLines) != len(wantLines) {
		t.Errorf("%s\n%d answers, not %d:\n%s", command, len(gotLines), len(wantLines), got)
		return
	}
	for i := range wantLines {
		var g, w any
		if json.Unmarshal(gotLines[i], &g) != nil || json.Unmarshal(wantLines[i], &w) != nil {
			t.Errorf("%s\nno JSON: %s", command, gotLines[i])
		} else if missing := lacks(g, w, "answer"); missing != "" {
			t.Errorf("%s\n%s in %s", command, missing, gotLines[i])
		}
	}
}

// lacks says what of want is not in got, "" if all is.
func lacks(got, want any, place string) string {
	switch w := want.(type) {
	case string:
		if w == "..." && got != "" && got != nil {
			return ""
		}
	case object:
		g, ok := got.(object)
		if !ok {
			return place + " is no object"
		}
		for name := range w {
			if m := lacks(g[name], w[name], place+"."+name); m != "" {
				return m
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Sprintf("%s has not %d items", place, len(w))
		}
		for i := range w {
			if m := lacks(g[i], w[i], fmt.Sprintf("%s[%d]", place, i)); m != "" {
				return m
			}
		}
		return ""
	}
	if got != want {
		return fmt.Sprintf("%s is %v, not %v", place, got, want)
	}
	return ""
}

// The table of errors has every type that there is.
func TestTheTourNamesEveryProblem(t *testing.T) {
	text, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []kind{badRequest, notFound, badMethod, timedOut, exists, keyRuns, keyReused, secretGone, tooLarge, uriTooLong, badMedia, invalid,
		invalidAddress, invalidCursor, internalError, unavailable, busy, full, noProvider} {
		if !strings.Contains(string(text), "`"+string(k)+"`") {
			t.Errorf("%s is not in %s", k, docsFile)
		}
		if m := k.meaning(); k != internalError && m.status == 500 {
			t.Errorf("%s has no meaning", k)
		}
	}
}
