// Gencodebook compiles codebook/data into what package codebook embeds and into
// the reference pages. "make generate" runs it; -check only tells what is stale.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/authoring"
)

func main() {
	root := flag.String("root", ".", "root of the repository")
	check := flag.Bool("check", false, "write nothing, fail if something is stale")
	partial := flag.Bool("partial", false, "leave out what is wrong, for looking at a codebook that is being written")
	flag.Parse()
	if err := run(*root, *check, *partial); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(root string, check, partial bool) error {
	rec, err := records(root, partial)
	if err != nil {
		return err
	}
	out, err := authoring.Generate(rec)
	if err != nil {
		return err
	}
	if !check {
		return out.Write(root)
	}
	stale, err := out.Stale(root)
	if err == nil && len(stale) > 0 {
		return fmt.Errorf("gencodebook: stale: %v; run make generate", stale)
	}
	return err
}

// records reads codebook/data.
func records(root string, partial bool) (codebook.Records, error) {
	book, problems, err := authoring.Load(os.DirFS(filepath.Join(root, "codebook", "data")))
	if err != nil {
		return codebook.Records{}, err
	}
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, p)
	}
	if n := problems.Errors(); n > 0 && !partial {
		return codebook.Records{}, fmt.Errorf("gencodebook: %d errors, nothing generated", n)
	}
	if !partial {
		return book.Records(), nil
	}
	sound, wrong := authoring.Sound(book.Records())
	for _, e := range wrong {
		fmt.Fprintln(os.Stderr, "left out:", e)
	}
	if sound == nil {
		return codebook.Records{}, errors.New("gencodebook: nothing can be left out to make it compile")
	}
	return sound.Records(), nil
}
