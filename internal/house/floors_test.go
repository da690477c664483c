package house

import (
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// innerFloors are the packages of the product from the ground up, below internal.
// A package may import those of lower floors only: sources of reports, stores,
// spools and pages never import each other.
func innerFloors() [][]string {
	return [][]string{
		{"durable", "nearest"},
		{"authoring", "config", "explain", "intray", "legible", "spool", "store"},
		{"decode", "intake", "reputation", "spool/disk", "store/sqlite", "tail", "web/auth", "web/ui"},
		{"intake/mailbox"},
		{"intake/follow", "intake/hook", "intake/imap", "intake/maildir", "intake/pop3", "intake/smtp", "notify", "pipeline", "web/ui/analyzer", "web/ui/lookup", "web/ui/operator/chart"},
		{"web/api", "web/ui/operator", "web/ui/site"},
		{"app"},
		{"cli"},
	}
}

func innerFloorOf(name string) int {
	return slices.IndexFunc(innerFloors(), func(names []string) bool { return slices.Contains(names, name) })
}

// helpsTests are packages that only tests import.
func helpsTests(name string) bool {
	return strings.HasSuffix(name, "test") || name == "web/ui/htmlcheck" || name == "house" || strings.HasPrefix(name, "authoring/cmd")
}

func TestInnerPackagesImportLowerFloors(t *testing.T) {
	found := 0
	eachImport(t, os.DirFS(".."), func(file, imported string) {
		pkg := path.Dir(file)
		below, ours := strings.CutPrefix(imported, module+"/internal/")
		if !ours || helpsTests(pkg) {
			return
		}
		found++
		switch {
		case innerFloorOf(pkg) < 0:
			t.Errorf("internal/%s: package %s has no floor; give it one here", file, pkg)
		case helpsTests(below):
			t.Errorf("internal/%s imports %s, which is for tests", file, below)
		case innerFloorOf(below) < 0 || innerFloorOf(below) >= innerFloorOf(pkg):
			t.Errorf("internal/%s imports %s, which is not below it", file, below)
		}
	})
	if found == 0 {
		t.Fatal("no imports of inner packages found: the test looks in the wrong place")
	}
}
