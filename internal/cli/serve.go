package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/rebound-mail/rebound/classify"
	"github.com/rebound-mail/rebound/codebook"
	"github.com/rebound-mail/rebound/internal/app"
	"github.com/rebound-mail/rebound/internal/config"
)

// serveCmd runs the server.
type serveCmd struct {
	Config string `help:"YAML file of settings: the same names as these flags. A flag wins over the environment (REBOUND_LISTEN for --listen and so on), that over the file. Without this flag REBOUND_CONFIG names the file, if anything does." type:"path" placeholder:"FILE"`
	Show   bool   `name:"show-settings" help:"Write all settings with where they were set, and do not serve."`

	Settings config.Config `embed:""`

	given map[string]bool
}

// Help says what happens without any flag.
func (c *serveCmd) Help() string {
	return "Without any flag it serves the API and the pages at http://127.0.0.1:8425 and keeps its data in ~/.local/state/rebound. " +
		"PROPERTIES are written NAME=VALUE,NAME=VALUE; docs/operations.md lists them."
}

// AfterApply notes which settings were given as flags.
func (c *serveCmd) AfterApply(ctx *kong.Context) error {
	c.given = map[string]bool{}
	for _, p := range ctx.Path {
		if p.Flag != nil {
			c.given[p.Flag.Name] = true
		}
	}
	return nil
}

// Run serves until a signal.
func (c *serveCmd) Run(s *streams) error {
	settings, err := config.Load(config.Sources{Flags: &c.Settings, Given: c.given, LookupEnv: os.LookupEnv, File: c.Config})
	if err != nil {
		return usageError{err}
	}
	if c.Show {
		for _, stranger := range config.Strangers(os.Environ()) {
			fmt.Fprintf(s.err, "rebound: the environment variable %s is no setting\n", printable(stranger))
		}
		return showSettings(s, settings)
	}
	dir, err := settings.DataDir(os.LookupEnv)
	if err != nil {
		return usageError{err}
	}
	books := bookFlags{Codebook: settings.Server.Codebook}
	book, err := books.open(s)
	if err != nil {
		return err
	}
	ctx, stop := untilSignal()
	defer stop()
	// A second signal ends the process at once: what was accepted is durable.
	context.AfterFunc(ctx, stop)
	return c.serve(ctx, s, settings, dir, book)
}

func (c *serveCmd) serve(ctx context.Context, s *streams, settings *config.Config, dir string, book *codebook.Codebook) error {
	logger := newLogger(s, settings.Log)
	for _, stranger := range config.Strangers(os.Environ()) {
		logger.Warn("an environment variable is no setting", "variable", stranger)
	}
	a, err := app.New(ctx, app.Options{
		Config: settings, Dir: dir, Classifier: classify.New(book), Logger: logger, Now: s.now, Version: version(), Tell: tellSupervisor(os.Getenv("NOTIFY_SOCKET")),
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil // told to stop before it began
		}
		return err
	}
	if settings.Log.Format == "text" {
		fmt.Fprint(s.out, greeting(a, dir, a.Open(ctx)))
	}
	return errors.Join(a.Run(ctx), a.Close())
}

// tellSupervisor tells systemd how the server fares, by the protocol of
// sd_notify(3); nil if nobody asked.
func tellSupervisor(socket string) func(string) {
	if socket == "" {
		return nil
	}
	if strings.HasPrefix(socket, "@") { // an abstract name
		socket = "\x00" + socket[1:]
	}
	return func(state string) {
		conn, err := net.Dial("unixgram", socket)
		if err != nil {
			return // it is a courtesy
		}
		defer conn.Close()
		_, _ = conn.Write([]byte(state))
	}
}

// newLogger returns the log, which goes to standard error.
func newLogger(s *streams, c config.Log) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // one of those that the settings allow
	options := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(s.err, options))
	}
	return slog.New(slog.NewTextHandler(s.err, options))
}

// greeting says where the server listens, and how to try it.
func greeting(a *app.App, dir string, open bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Rebound %s is serving; data is in %s\n", version(), dir)
	for _, line := range a.Listening() {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	auth := ""
	if !open {
		auth = ` -H "Authorization: Bearer $TOKEN"`
	}
	url := a.URL()
	fmt.Fprintf(&b, `Try it:
  curl%[1]s -G %[2]s/v1/explain --data-urlencode 'text=552 5.2.2 mailbox full'
  curl%[1]s %[2]s/v1/reports -H 'Content-Type: application/json' -d '{"kind":"bounce","recipient":"kim@example.org","diagnostic":"550 5.1.1 no such user"}'
  curl%[1]s '%[2]s/v1/check?address=kim@example.org'
`, auth, url)
	if open {
		b.WriteString("Everybody on this machine may do everything until there is a token: rebound token add NAME --scope admin\n")
	}
	return b.String()
}

// showSettings writes what is in force.
func showSettings(s *streams, settings *config.Config) error {
	var b strings.Builder
	for _, v := range settings.Values() {
		fmt.Fprintf(&b, "%s\t%s\t%s\n", v.Name, dash(printable(v.Value)), printable(v.Origin))
	}
	_, err := io.WriteString(s.out, b.String())
	return err
}

// version is what was built.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// hasSuffix reports whether s ends with one of the suffixes.
func hasSuffix(s string, suffixes ...string) bool {
	return slices.ContainsFunc(suffixes, func(suffix string) bool { return strings.HasSuffix(s, suffix) })
}
