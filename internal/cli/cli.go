// Package cli is the command line of rebound: one file a subcommand, flags in,
// library called, output written.
package cli

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/alecthomas/kong"
)

// root is the command line's grammar.
type root struct {
	Version versionFlag `help:"Say which version this is."`

	Explain explainCmd `cmd:"" help:"Say what a code or a reply means."`
	Codes   codesCmd   `cmd:"" help:"List and search codes, reasons and providers."`
	Scan    scanCmd    `cmd:"" help:"Read bounce mails, delivery logs and provider events: files, folders, Maildir, mbox, compressed or not, standard input."`
	Rules   rulesCmd   `cmd:"" help:"Check a codebook written in YAML, the built-in one or your own."`
	Site    siteCmd    `cmd:"" help:"Write the look-up pages as files, for any web host."`
	Verp    verpCmd    `cmd:"" help:"Write and read return paths that tell whose mail bounced, signed or not."`

	Serve        serveCmd        `cmd:"" group:"The server" help:"Take reports in, remember, answer: the server."`
	Check        checkCmd        `cmd:"" group:"The server" help:"May these addresses be mailed?"`
	Suppressions suppressionsCmd `cmd:"" group:"The server" help:"List, add, release, export and import addresses not to be mailed."`
	Token        tokenCmd        `cmd:"" group:"The server" help:"Tokens by which programs are let in."`
	Secret       secretCmd       `cmd:"" group:"The server" help:"Make a secret that signs the webhooks of one target."`
	Parked       parkedCmd       `cmd:"" group:"The server" help:"Reports that were put aside because they could not be processed."`
	Backup       backupCmd       `cmd:"" group:"The server" help:"Copy all that is remembered to a file, also while the server runs."`
	Verify       verifyCmd       `cmd:"" group:"The server" help:"Look for damage in a data directory or a backup."`
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

// versionFlag says the version instead of running a command.
type versionFlag bool

// BeforeReset says it before anything else is looked for on the command line.
func (versionFlag) BeforeReset(k *kong.Kong) error {
	fmt.Fprintf(k.Stdout, "rebound %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	k.Exit(exitOK)
	return nil
}

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
		kong.ValueFormatter(helpOf),
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

// helpOf adds the default to the help of a flag whose placeholder hides it.
func helpOf(v *kong.Value) string {
	text := kong.DefaultHelpValueFormatter(v)
	if v.Tag != nil && v.Tag.PlaceHolder != "" && v.Default != "" {
		text += " Default: " + v.Default + "."
	}
	return text
}
