package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/authoring"
)

// bookFlags names what is known beside the built-in codebook.
type bookFlags struct {
	Codebook []string `help:"Folder of YAML that adds to the built-in codebook and overrides it. May be repeated; later ones win." placeholder:"DIR" sep:"none"`
}

// open returns the built-in codebook, with the folders laid over it.
func (f *bookFlags) open(s *streams) (*codebook.Codebook, error) {
	book := codebook.Default()
	if len(f.Codebook) == 0 {
		return book, nil
	}
	records := book.Records()
	for _, dir := range f.Codebook {
		over, err := f.load(s, dir, records)
		if err != nil {
			return nil, err
		}
		records = codebook.Merge(records, over)
	}
	book, err := codebook.New(records)
	if err != nil {
		return nil, usageError{err}
	}
	return book, nil
}

// load reads one folder and checks it against what it is laid over.
func (f *bookFlags) load(s *streams, dir string, base codebook.Records) (codebook.Records, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return codebook.Records{}, usage("--codebook: %s is no folder", dir)
	}
	book, problems, err := authoring.Load(os.DirFS(dir))
	if err != nil {
		return codebook.Records{}, usageError{err}
	}
	if len(book.Files) == 0 {
		return codebook.Records{}, usage("--codebook: %s holds no .yaml files", dir)
	}
	problems = append(problems, authoring.Lint(book, base)...)
	for _, p := range problems {
		if p.Severity == authoring.Error {
			p.File = filepath.Join(dir, filepath.FromSlash(p.File))
			fmt.Fprintln(s.err, printable(p.String()))
		}
	}
	if n := problems.Errors(); n > 0 {
		return codebook.Records{}, usageError{errors.New("--codebook: " + count(n, "error") + " in " + dir + "; see rebound rules lint")}
	}
	return book.Records(), nil
}
