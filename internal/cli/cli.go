// Package cli is the command line of rebound: one file a subcommand, flags in,
// library called, output written.
package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/alecthomas/kong"
)

// root is the command line's grammar.
type root struct {
	Explain explainCmd `cmd:"" help:"Say what a code or a reply means."`
	Codes   codesCmd   `cmd:"" help:"List and search codes, reasons and providers."`
	Scan    scanCmd    `cmd:"" help:"Read bounce mails, delivery logs and provider events: files, folders, Maildir, mbox, compressed or not, standard input."`
	Rules   rulesCmd   `cmd:"" help:"Check a codebook written in YAML, the built-in one or your own."`
	Verp    verpCmd    `cmd:"" help:"Write and read return paths that tell whose mail bounced, signed or not."`
}

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1 // the command ran and the answer is no: lint errors, unreadable files
	exitUsage  = 2 // bad flags or bad input
)

// streams is where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
}

// usageError is bad input: the command line or what it names is wrong.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// usage makes a usageError.
func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errFailed ends a command with exitFailed when it has said all there is to say.
var errFailed = errors.New("failed")

// exited carries the exit status of --help out of kong.
type exited int

// Main runs the command line and returns its exit status.
func Main(args []string, in io.Reader, out, err io.Writer) (status int) {
	defer func() {
		r := recover()
		if e, ok := r.(exited); ok {
			status = int(e)
			return
		}
		if r != nil {
			panic(r)
		}
	}()
	s := &streams{in, out, err, time.Now}
	parser, perr := kong.New(&root{},
		kong.Name("rebound"),
		kong.Description("What a bounced e-mail means, why it bounced, and what to do."),
		kong.Writers(out, err),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if perr != nil {
		panic(perr) // the grammar itself is wrong
	}
	ctx, perr := parser.Parse(args)
	if perr != nil {
		return s.report(usageError{perr})
	}
	return s.report(ctx.Run(s))
}

// report says what went wrong and gives the exit status for it.
func (s *streams) report(err error) int {
	var bad usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFailed):
		return exitFailed
	case errors.As(err, &bad):
		fmt.Fprintf(s.err, "rebound: %s\n", printable(err.Error()))
		return exitUsage
	}
	fmt.Fprintf(s.err, "rebound: %s\n", printable(err.Error()))
	return exitFailed
}
