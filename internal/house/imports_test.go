package house

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/rebound-mail/rebound"

// floors are the public packages from the ground up. A package may import those
// of lower floors only, so adapters on one floor never import each other.
func floors() [][]string {
	return [][]string{
		{"mailpart", "smtpcode", "phrase"},
		{"codebook"},
		{"event"},
		{"verp", "maillog", "webhook"},
		{"dsn", "arf", "mdn"},
		{"ndr"},
		{"bounce"},
		{"classify"},
		{"policy"},
	}
}

func floorOf(name string) int {
	return slices.IndexFunc(floors(), func(names []string) bool { return slices.Contains(names, name) })
}

func TestPublicPackagesImportOnlyTheStandardLibraryAndLowerFloors(t *testing.T) {
	root := os.DirFS("../..")
	found := 0
	eachImport(t, root, func(file, imported string) {
		pkg, _, inFolder := strings.Cut(file, "/")
		if !inFolder || pkg == "internal" || pkg == "cmd" {
			return
		}
		found++
		if floorOf(pkg) < 0 {
			t.Errorf("%s: package %s has no floor; give it one here", file, pkg)
			return
		}
		below, ours := strings.CutPrefix(imported, module+"/")
		switch {
		case ours && (floorOf(below) < 0 || floorOf(below) >= floorOf(pkg)):
			t.Errorf("%s imports %s, which is not below it", file, below)
		case !ours && isForeign(imported):
			t.Errorf("%s imports %s: public packages use the standard library and golang.org/x", file, imported)
		}
	})
	if found == 0 {
		t.Fatal("no imports of public packages found: the test looks in the wrong place")
	}
}

func TestOnlyTheCommandLineIsImportedByCommands(t *testing.T) {
	eachImport(t, os.DirFS("../../cmd"), func(file, imported string) {
		if strings.HasPrefix(imported, module) && imported != module+"/internal/cli" {
			t.Errorf("cmd/%s imports %s: commands call internal/cli", file, imported)
		}
	})
}

// isForeign reports whether an import is neither of the standard library nor of
// golang.org/x.
func isForeign(imported string) bool {
	host, _, _ := strings.Cut(imported, "/")
	return strings.Contains(host, ".") && !strings.HasPrefix(imported, "golang.org/x/")
}

// eachImport shows the imports of all Go files that are not tests.
func eachImport(t *testing.T, root fs.FS, show func(file, imported string)) {
	t.Helper()
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || strings.HasPrefix(name, ".git")) {
			return fs.SkipDir
		}
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			show(name, imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
