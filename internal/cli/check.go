package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
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
	a := &answering{checkCmd: c, s: s, desk: d, out: bufio.NewWriter(s.out)}
	for _, address := range c.Addresses {
		if address == "-" {
			err = errors.Join(err, a.stream(ctx))
			continue
		}
		err = errors.Join(err, a.one(ctx, address))
	}
	if err := errors.Join(err, a.out.Flush(), d.Close()); err != nil {
		return asUsage(err)
	}
	switch {
	case a.bad:
		return usageError{errors.New("not all could be answered")}
	case a.no:
		return errFailed
	}
	return nil
}

// answering is one run of the command.
type answering struct {
	*checkCmd
	s    *streams
	desk desk
	out  *bufio.Writer
	no   bool // at least one may not be mailed
	bad  bool // at least one is no address
}

// manyAddresses is how many are asked for at a time.
const manyAddresses = 2000

// one answers for one address, with all that is known.
func (a *answering) one(ctx context.Context, address string) error {
	answer, err := a.desk.Check(ctx, address, a.Stream)
	var wrong usageError
	if errors.As(err, &wrong) {
		return a.tell(&checkedLine{Error: err.Error()})
	}
	if err != nil {
		return err
	}
	return a.tell(&checkedLine{checked: answer})
}

// stream answers for the lines of standard input.
func (a *answering) stream(ctx context.Context) error {
	var batch []string
	ask := func() error {
		lines, err := a.desk.CheckMany(ctx, batch, a.Stream)
		batch = batch[:0]
		for i := range lines {
			err = errors.Join(err, a.tell(&lines[i]))
		}
		return err
	}
	err := eachLine(a.s.in, func(address string) error {
		if batch = append(batch, strings.ToValidUTF8(address, "\uFFFD")); len(batch) < manyAddresses {
			return nil
		}
		return ask()
	})
	if err != nil || len(batch) == 0 {
		return err
	}
	return ask()
}

// tell writes an answer, or what is wrong with the address.
func (a *answering) tell(line *checkedLine) error {
	if line.Error != "" {
		a.bad = true
		err := a.out.Flush()
		fmt.Fprintf(a.s.err, "rebound: %s\n", printable(line.Error))
		return err
	}
	a.no = a.no || !line.MaySend
	return a.write(a.out, &line.checked)
}

func (c *checkCmd) write(out *bufio.Writer, answer *checked) error {
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
