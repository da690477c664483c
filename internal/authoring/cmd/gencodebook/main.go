// Gencodebook compiles codebook/data into what package codebook embeds and into
// the reference pages. "make generate" runs it; -check only tells what is stale.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rebound-mail/rebound/internal/authoring"
)

func main() {
	root := flag.String("root", ".", "root of the repository")
	check := flag.Bool("check", false, "write nothing, fail if something is stale")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(root string, check bool) error {
	book, problems, err := authoring.Load(os.DirFS(filepath.Join(root, "codebook", "data")))
	if err != nil {
		return err
	}
	if n := problems.Errors(); n > 0 {
		for _, p := range problems {
			fmt.Fprintln(os.Stderr, p)
		}
		return fmt.Errorf("gencodebook: %d errors, nothing generated", n)
	}
	out, err := authoring.Generate(book.Records())
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
