package authoring

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/rebound-mail/rebound/codebook"
)

var update = flag.Bool("update", false, "rewrite what the families in testdata want")

// base is a codebook to add to: all reasons, two sources, nothing else.
func base() codebook.Records {
	rec := codebook.Records{Sources: []codebook.Source{{ID: "S3", Title: "A page"}, {ID: "rfc5321", Title: "RFC 5321"}}}
	for _, r := range codebook.Reasons() {
		rec.Reasons = append(rec.Reasons, codebook.ReasonInfo{ID: r, Title: string(r)})
	}
	return rec
}

// folder makes a file system of a family; want is not part of it.
func folder(archive *txtar.Archive) fstest.MapFS {
	files := fstest.MapFS{}
	for _, f := range archive.Files {
		if f.Name != "want" {
			files[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return files
}

func TestLintFamilies(t *testing.T) {
	families, err := filepath.Glob("testdata/lint/*.txtar")
	if err != nil || len(families) == 0 {
		t.Fatalf("no families: %v", err)
	}
	for _, family := range families {
		t.Run(strings.TrimSuffix(filepath.Base(family), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(family)
			if err != nil {
				t.Fatal(err)
			}
			book, problems, err := Load(folder(archive))
			if err != nil {
				t.Fatal(err)
			}
			var got strings.Builder
			for _, p := range append(problems, Lint(book, base())...).sort() {
				got.WriteString(p.String() + "\n")
			}
			want := &archive.Files[len(archive.Files)-1]
			if *update {
				want.Data = []byte(got.String())
				if err := os.WriteFile(family, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(want.Data), got.String()); want.Name != "want" || diff != "" {
				t.Error(diff)
			}
		})
	}
}
