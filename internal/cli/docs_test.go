package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocumentsShowWhatHappens runs the examples of the documents: a line of
// three periods stands for any lines, or for the rest of a line.
func TestDocumentsShowWhatHappens(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, name := range []string{"README.md", "docs/cli.md"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(text), "```console\n")[1:]
		if len(blocks) == 0 {
			t.Errorf("%s has no examples", name)
		}
		for _, block := range blocks {
			block, _, _ = strings.Cut(block, "```")
			command, want, _ := strings.Cut(block, "\n")
			runExample(t, name, strings.TrimPrefix(command, "$ "), want)
		}
	}
}

func runExample(t *testing.T, name, command, want string) {
	t.Helper()
	out, err := exec.Command("sh", "-c", command).Output()
	if err != nil {
		t.Errorf("%s: %s: %v", name, command, err)
		return
	}
	rest := bytes.TrimRight(out, "\n")
	gap := false
	for line := range strings.Lines(want) {
		line = strings.TrimRight(line, "\n")
		if line == "..." {
			gap = true
			continue
		}
		found := false
		for !found && len(rest) > 0 {
			var got []byte
			got, rest, _ = bytes.Cut(rest, []byte("\n"))
			start, cut := strings.CutSuffix(line, "...")
			found = string(got) == line || cut && strings.HasPrefix(string(got), start)
			if !found && !gap {
				break
			}
		}
		if !found {
			t.Errorf("%s: %s\ndoes not show %q in\n%s", name, command, line, out)
			return
		}
		gap = false
	}
}
