package authoring

import (
	"os"
	"testing"

	"github.com/rebound-mail/rebound/codebook"
)

const dataDir = "../../codebook/data"

// TestTheCodebookIsSound lints what is built in and runs all its examples.
func TestTheCodebookIsSound(t *testing.T) {
	book, problems, err := Load(os.DirFS(dataDir))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range append(problems, Lint(book, codebook.Records{})...).sort() {
		if p.Severity == Error {
			t.Errorf("codebook/data/%s", p)
		}
	}
	if len(book.Phrases) == 0 || book.Examples() == 0 {
		t.Errorf("%d phrases with %d examples: the test looks in the wrong place", len(book.Phrases), book.Examples())
	}
}
