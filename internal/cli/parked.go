package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/rebound-mail/rebound/internal/spool"
)

// parkedCmd works on reports that were put aside because they could not be
// processed.
type parkedCmd struct {
	List    parkedListCmd    `cmd:"" help:"List reports that could not be processed, and why."`
	Show    parkedShowCmd    `cmd:"" help:"Write such a report as it came in. It is somebody else's text: beware of terminals."`
	Requeue parkedRequeueCmd `cmd:"" help:"Have reports processed again, as after an update."`
	Drop    parkedDropCmd    `cmd:"" help:"Remove reports for good."`
}

type parkedListCmd struct {
	JSON bool `help:"Write a JSON object a line." name:"json"`
	placeFlags
}

// Run lists.
func (c *parkedListCmd) Run(s *streams) error {
	return c.use(s, false, func(ctx context.Context, d desk) error {
		var rows [][]string
		err := d.Parked(ctx, func(p *parkedEntry) error {
			if c.JSON {
				return writeJSON(s.out, p)
			}
			rows = append(rows, []string{p.ID, day(p.ParkedAt), string(p.Source), strconv.Itoa(p.Size) + " bytes", printable(p.Reason)})
			return nil
		})
		if len(rows) > 0 {
			newPaper(s.out).table(rows)
		}
		return err
	})
}

type parkedShowCmd struct {
	ID string `arg:"" help:"The id that rebound parked list shows."`
	placeFlags
}

// Run shows. On a terminal the report is made harmless, elsewhere it is verbatim.
func (c *parkedShowCmd) Run(s *streams) error {
	return c.use(s, false, func(ctx context.Context, d desk) error {
		body, err := d.ParkedBody(ctx, c.ID)
		if err != nil {
			return noSuchReport(c.ID, err)
		}
		if _, onTerminal := terminal(s.out); onTerminal {
			body = []byte(printable(string(body)))
		}
		_, err = s.out.Write(body)
		return err
	})
}

type parkedRequeueCmd struct {
	IDs []string `arg:"" name:"id" optional:"" help:"Ids that rebound parked list shows."`
	All bool     `help:"All of them."`
	placeFlags
}

// Run requeues.
func (c *parkedRequeueCmd) Run(s *streams) error {
	return c.use(s, false, func(ctx context.Context, d desk) error {
		return each(ctx, s, d, c.IDs, c.All, "to be processed again", d.Requeue)
	})
}

type parkedDropCmd struct {
	IDs []string `arg:"" name:"id" optional:"" help:"Ids that rebound parked list shows."`
	All bool     `help:"All of them."`
	placeFlags
}

// Run drops.
func (c *parkedDropCmd) Run(s *streams) error {
	return c.use(s, false, func(ctx context.Context, d desk) error {
		return each(ctx, s, d, c.IDs, c.All, "removed", d.Drop)
	})
}

// each does something with reports that are put aside.
func each(ctx context.Context, s *streams, d desk, ids []string, all bool, done string, do func(context.Context, string) error) error {
	if all == (len(ids) > 0) {
		return usage("name reports, or give --all")
	}
	if all {
		if err := d.Parked(ctx, func(p *parkedEntry) error { ids = append(ids, p.ID); return nil }); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if err := do(ctx, id); err != nil {
			return noSuchReport(id, err)
		}
	}
	fmt.Fprintf(s.out, "%s %s\n", count(len(ids), "report"), done)
	return nil
}

func noSuchReport(id string, err error) error {
	if errors.Is(err, spool.ErrNotFound) {
		return fmt.Errorf("no report %s was put aside; rebound parked list shows them", printable(id))
	}
	return err
}
