package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// checkCmd asks whether addresses may be mailed.
type checkCmd struct {
	Addresses []string `arg:"" name:"address" help:"Addresses; - reads them from standard input, one a line."`
	Stream    string   `help:"The kind of mail that it is about, such as newsletter." placeholder:"NAME"`
	JSON      bool     `help:"Write a JSON object a line." name:"json"`
	placeFlags
}

// Help says what the exit status means.
func (c *checkCmd) Help() string {
	return "Exit status: 0 all of them may be mailed; 1 at least one may not; 2 bad input, or no answer could be had."
}

// untilSignal is the context of commands that a signal ends.
func untilSignal() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}

// Run answers for each address.
func (c *checkCmd) Run(s *streams) error {
	ctx, stop := untilSignal()
	defer stop()
	d, err := c.open(ctx, s, false)
	if err != nil {
		return asUsage(err)
	}
	out := bufio.NewWriter(s.out)
	no, bad := false, false
	one := func(address string) error {
		answer, err := d.Check(ctx, address, c.Stream)
		var wrong usageError
		if errors.As(err, &wrong) {
			bad = true
			_ = out.Flush()
			fmt.Fprintf(s.err, "rebound: %s\n", printable(err.Error()))
			return nil
		}
		if err != nil {
			return asUsage(err)
		}
		no = no || !answer.MaySend
		return c.write(s, out, &answer)
	}
	for _, address := range c.Addresses {
		if address == "-" {
			err = errors.Join(err, eachLine(s.in, one))
			continue
		}
		err = errors.Join(err, one(address))
	}
	if err := errors.Join(err, out.Flush(), d.Close()); err != nil {
		return err
	}
	switch {
	case bad:
		return usageError{errors.New("not all could be answered")}
	case no:
		return errFailed
	}
	return nil
}

func (c *checkCmd) write(s *streams, out *bufio.Writer, answer *checked) error {
	if c.JSON {
		b, err := newJSONWriter().append(nil, answer)
		if err != nil {
			return err
		}
		_, err = out.Write(b)
		return err
	}
	word := "yes"
	if !answer.MaySend {
		word = "no"
	}
	_, err := fmt.Fprintf(out, "%s\t%s\t%s\n", printable(answer.Address), word, printable(answer.Why))
	return err
}

// asUsage makes an error one that ends with exitUsage: where 1 is an answer, what
// went wrong must not look like one.
func asUsage(err error) error {
	var wrong usageError
	if err == nil || errors.As(err, &wrong) {
		return err
	}
	return usageError{err}
}
