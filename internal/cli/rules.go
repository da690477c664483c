package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/authoring"
)

// rulesCmd holds what authors of codebooks need.
type rulesCmd struct {
	Lint rulesLintCmd `cmd:"" help:"Check a folder of YAML: format, citations, contradictions, examples."`
	Test rulesTestCmd `cmd:"" help:"Run the examples: every match must match, every miss must not."`
}

// rulesDir names a folder and what of it to show.
type rulesDir struct {
	Dir  string `arg:"" optional:"" help:"Folder of YAML; codebook/data if left out. A folder that does not explain all reasons itself adds to the built-in codebook."`
	Only string `help:"Show only problems of files whose name contains this." placeholder:"TEXT"`
}

type rulesLintCmd struct{ rulesDir }

// Run checks everything.
func (c *rulesLintCmd) Run(s *streams) error { return c.check(s, authoring.Lint) }

type rulesTestCmd struct{ rulesDir }

// Run checks the examples alone.
func (c *rulesTestCmd) Run(s *streams) error { return c.check(s, authoring.Test) }

// check loads the folder, shows what is wrong with it, and fails if anything is.
func (d *rulesDir) check(s *streams, judge func(*authoring.Book, codebook.Records) authoring.Problems) error {
	dir := d.Dir
	if dir == "" {
		dir = filepath.Join("codebook", "data")
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return usage("%s is no folder of YAML; name one", dir)
	}
	book, problems, err := authoring.Load(os.DirFS(dir))
	if err != nil {
		return err
	}
	if len(book.Files) == 0 {
		return usage("%s holds no .yaml files", dir)
	}
	base := codebook.Records{}
	if !book.StandsAlone() {
		base = codebook.Default().Records()
	}
	shown := authoring.Problems{}
	for _, p := range append(problems, judge(book, base)...) {
		if strings.Contains(p.File, d.Only) {
			p.File = filepath.Join(dir, filepath.FromSlash(p.File))
			shown = append(shown, p)
			fmt.Fprintln(s.out, p)
		}
	}
	errs := shown.Errors()
	fmt.Fprintf(s.err, "%s: %d files, %d phrases, %d examples: %s, %s\n", dir, len(book.Files), len(book.Phrases), book.Examples(),
		count(errs, "error"), count(len(shown)-errs, "warning"))
	if errs > 0 {
		return errFailed
	}
	return nil
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
