package authoring

import (
	"path/filepath"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"
)

// FuzzLoad reads any bytes as a file of the codebook: problems, no panic.
func FuzzLoad(f *testing.F) {
	families, err := filepath.Glob("testdata/lint/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, family := range families {
		archive, err := txtar.ParseFile(family)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			f.Add(file.Data)
		}
	}
	f.Add([]byte("phrases: &a [*a]"))
	f.Add([]byte("phrases: !!map {<<: {id: x}}\n---\nx"))
	f.Fuzz(func(t *testing.T, text []byte) {
		book, _, err := Load(fstest.MapFS{"providers/x.yaml": {Data: text}})
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range Lint(book, base()) {
			if problem.What == "" || problem.File == "" {
				t.Errorf("empty problem %+v", problem)
			}
		}
	})
}
