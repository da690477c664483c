package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/policy"
)

// suppressionsCmd works on the list of addresses not to be mailed.
type suppressionsCmd struct {
	List    suppressionsListCmd    `cmd:"" help:"List addresses that are not to be mailed, and why."`
	Add     suppressionsAddCmd     `cmd:"" help:"Suppress addresses by hand."`
	Release suppressionsReleaseCmd `cmd:"" help:"Lift what holds against an address."`
	Export  suppressionsExportCmd  `cmd:"" help:"Write the list as CSV or NDJSON, for another system."`
	Import  suppressionsImportCmd  `cmd:"" help:"Take a list over: CSV or NDJSON, ours or another system's."`
}

// filterFlags choose entries of the list.
type filterFlags struct {
	Stream    string `help:"Those that hold for this stream." placeholder:"NAME"`
	Ground    string `help:"Only those on this ground: address, block, objection, failures." enum:",address,block,objection,failures" default:"" placeholder:"GROUND"`
	Reason    string `help:"Only those for this reason, such as user-unknown." placeholder:"REASON"`
	Domain    string `help:"Only recipients of this domain." placeholder:"DOMAIN"`
	From      string `help:"Only those that began at this time or later: 2026-03-04 or 2026-03-04T05:06:07Z." placeholder:"TIME"`
	To        string `help:"Only those that began before this time." placeholder:"TIME"`
	Probation bool   `help:"Those too whose time has run out, and who may be tried once."`
}

func (f *filterFlags) filter() (store.SuppressionFilter, error) {
	out := store.SuppressionFilter{
		Stream: policy.StreamName(f.Stream), Ground: policy.Ground(f.Ground), Reason: codebook.Reason(f.Reason), Domain: f.Domain, Probation: f.Probation,
	}
	if f.Reason != "" && !out.Reason.IsKnown() {
		return out, usage("--reason: %q is none of the reasons; rebound codes --kind reason lists them", f.Reason)
	}
	var err error
	if out.From, err = parseTime("--from", f.From); err != nil {
		return out, err
	}
	out.To, err = parseTime("--to", f.To)
	return out, err
}

func parseTime(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage("%s: %q is no time such as 2026-03-04 or 2026-03-04T05:06:07Z", flag, text)
}

type suppressionsListCmd struct {
	filterFlags
	Newest bool `help:"The latest first; else in the order of addresses."`
	JSON   bool `help:"Write a JSON object a line." name:"json"`
	Limit  int  `help:"Show so many at most; 0 for all." default:"0"`
	placeFlags
}

// errEnough ends a listing.
var errEnough = errors.New("enough")

// Run lists.
func (c *suppressionsListCmd) Run(s *streams) error {
	f, err := c.filter()
	if err != nil {
		return err
	}
	f.Newest = c.Newest
	return c.use(s, false, func(ctx context.Context, d desk) error {
		out, n := bufio.NewWriter(s.out), 0
		err := d.Suppressions(ctx, f, func(x *store.Suppression) error {
			if n++; c.Limit > 0 && n > c.Limit {
				return errEnough
			}
			return c.write(out, x)
		})
		if errors.Is(err, errEnough) {
			err = nil
		}
		return errors.Join(err, out.Flush())
	})
}

func (c *suppressionsListCmd) write(out *bufio.Writer, x *store.Suppression) error {
	if c.JSON {
		b, err := newJSONWriter().append(nil, x)
		if err != nil {
			return err
		}
		_, err = out.Write(b)
		return err
	}
	until := "-"
	if !x.Until.IsZero() {
		until = x.Until.UTC().Format(time.DateOnly)
	}
	_, err := fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", printable(x.Recipient), dash(printable(x.Stream)), x.Ground, dash(string(x.Reason)),
		x.Since.UTC().Format(time.DateOnly), until, dash(printable(x.Note)))
	return err
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// use opens the place, does the work, and closes it.
func (f *placeFlags) use(s *streams, isNew bool, work func(context.Context, desk) error) error {
	ctx, stop := untilSignal()
	defer stop()
	d, err := f.open(ctx, s, isNew)
	if err != nil {
		return err
	}
	return errors.Join(work(ctx, d), d.Close())
}

type suppressionsAddCmd struct {
	Addresses []string `arg:"" name:"address" help:"Addresses; - reads them from standard input, one a line."`
	Stream    string   `help:"For this stream only; else for every one." placeholder:"NAME"`
	Reason    string   `help:"Why, as one of the reasons, such as user-unknown." placeholder:"REASON"`
	Note      string   `help:"Why, in words." placeholder:"TEXT"`
	placeFlags
}

// Run adds.
func (c *suppressionsAddCmd) Run(s *streams) error {
	return c.use(s, true, func(ctx context.Context, d desk) error {
		return s.eachAddress(c.Addresses, func(address string) (string, error) {
			before, err := d.Suppress(ctx, addition{address, c.Stream, c.Reason, c.Note})
			if err != nil {
				return "", err
			}
			if before.Suppressed {
				return address + "\twas suppressed already, is now by hand", nil
			}
			return address + "\tsuppressed", nil
		})
	})
}

type suppressionsReleaseCmd struct {
	Addresses []string `arg:"" name:"address" help:"Addresses; - reads them from standard input, one a line."`
	Stream    string   `help:"Only what holds for this stream; else everything." placeholder:"NAME"`
	Note      string   `help:"Why; it is repeated when somebody asks." placeholder:"TEXT" required:""`
	placeFlags
}

// Run releases.
func (c *suppressionsReleaseCmd) Run(s *streams) error {
	return c.use(s, false, func(ctx context.Context, d desk) error {
		return s.eachAddress(c.Addresses, func(address string) (string, error) {
			answer, err := d.Release(ctx, address, c.Stream, c.Note)
			if err != nil {
				return "", err
			}
			return address + "\t" + answer.Why, nil
		})
	})
}

type suppressionsExportCmd struct {
	filterFlags
	Format string `help:"csv or ndjson." enum:"csv,ndjson" default:"csv"`
	Output string `help:"Write to this file, which must not exist; else to standard output." short:"o" type:"path" placeholder:"FILE"`
	placeFlags
}

// Run exports.
func (c *suppressionsExportCmd) Run(s *streams) error {
	f, err := c.filter()
	if err != nil {
		return err
	}
	return c.use(s, false, func(ctx context.Context, d desk) error {
		if c.Output == "" {
			return d.Export(ctx, s.out, store.Format(c.Format), f)
		}
		file, err := os.OpenFile(c.Output, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return usageError{err}
		}
		return errors.Join(d.Export(ctx, file, store.Format(c.Format), f), file.Sync(), file.Close())
	})
}

type suppressionsImportCmd struct {
	File   string `arg:"" help:"The file, also packed by gzip; - is standard input."`
	Format string `help:"csv or ndjson; by the file's name if left out, else csv." enum:",csv,ndjson" default:"" placeholder:"FORMAT"`
	DryRun bool   `help:"Say what would be done, and change nothing."`
	Stream string `help:"For entries that name no stream; every stream if left out." placeholder:"NAME"`
	Note   string `help:"For entries that have none." placeholder:"TEXT"`
	JSON   bool   `help:"Write the report as JSON." name:"json"`
	placeFlags
}

// Run imports.
func (c *suppressionsImportCmd) Run(s *streams) error {
	in := io.NopCloser(s.in)
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return usageError{err}
		}
		in = file
	}
	defer in.Close()
	list, err := readList(c.File, in)
	if err != nil {
		return err
	}
	im := store.Import{Format: formatOf(c.Format, c.File), DryRun: c.DryRun, By: who(), Note: c.Note, Stream: policy.StreamName(c.Stream)}
	return c.use(s, true, func(ctx context.Context, d desk) error {
		report, err := d.Import(ctx, im, list)
		if err != nil {
			return fmt.Errorf("%s, after line %d: %w", c.File, report.Lines, err)
		}
		if err := c.write(s, &report); err != nil {
			return err
		}
		if report.Bad > 0 {
			return errFailed
		}
		return nil
	})
}

func formatOf(format, name string) store.Format {
	if format != "" {
		return store.Format(format)
	}
	if hasSuffix(strings.TrimSuffix(name, ".gz"), ".ndjson", ".jsonl", ".json") {
		return store.NDJSON
	}
	return store.CSV
}

func (c *suppressionsImportCmd) write(s *streams, r *store.ImportReport) error {
	if c.JSON {
		return json.NewEncoder(s.out).Encode(r)
	}
	verb := "added"
	if c.DryRun {
		verb = "to add"
	}
	fmt.Fprintf(s.out, "%d lines: %d %s, %d suppressed already, %d that end by themselves and were left out, %d not read\n",
		r.Lines, r.Added, verb, r.Already, r.Temporary, r.Bad)
	for _, p := range r.Problems {
		fmt.Fprintf(s.err, "rebound: %s:%d: %s\n", printable(c.File), p.Line, printable(p.Problem))
	}
	return nil
}
