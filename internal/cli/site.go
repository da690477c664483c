package cli

import (
	"errors"
	"fmt"

	"github.com/rebound-mail/rebound/internal/web/ui"
	"github.com/rebound-mail/rebound/internal/web/ui/site"
)

// siteCmd writes the look-up pages as files.
type siteCmd struct {
	Dir  string `arg:"" help:"Folder to write to; it is made if it is not there. Files of the same names are replaced."`
	Base string `help:"Public URL of the folder, such as https://bounces.example; needed for the sitemap and canonical links." placeholder:"URL"`
	bookFlags
}

// Run writes the pages.
func (c *siteCmd) Run(s *streams) error {
	book, err := c.open(s)
	if err != nil {
		return err
	}
	done, err := site.Write(site.Options{Dir: c.Dir, Base: c.Base, Book: book})
	if errors.Is(err, ui.ErrBase) {
		return usage("--base: %q is no http or https URL, such as https://bounces.example", c.Base)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s of %s, %d kB, written to %s\n", count(done.Files, "file"), count(done.Pages, "page"), done.Bytes/1000, printable(c.Dir))
	return nil
}
