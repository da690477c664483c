package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/rebound-mail/rebound/internal/app"
	"github.com/rebound-mail/rebound/internal/config"
	"github.com/rebound-mail/rebound/internal/store"
	"github.com/rebound-mail/rebound/internal/store/sqlite"
)

// placeFlags say where the data is that a command works on: in a data directory,
// or behind a server that runs elsewhere.
type placeFlags struct {
	Data      string `help:"Data directory; the one that rebound serve uses if left out. A server that runs there is asked." type:"path" placeholder:"DIR"`
	Config    string `help:"YAML file of settings, as of rebound serve. Without it REBOUND_CONFIG names it, if anything does." type:"path" placeholder:"FILE"`
	Server    string `help:"Ask the server at this address instead, such as https://bounces.example.com." env:"REBOUND_SERVER" placeholder:"URL"`
	TokenFile string `help:"File that holds the token for --server. Without it REBOUND_TOKEN is taken." type:"path" placeholder:"FILE"`
}

// lockPatience is how long a command waits for another one to be done with the
// data directory.
const lockPatience = 5 * time.Second

// open finds the data. New says that the directory may be one that holds nothing
// yet.
func (f *placeFlags) open(ctx context.Context, s *streams, isNew bool) (desk, error) {
	if f.Server != "" {
		return f.elsewhere()
	}
	settings, dir, err := f.settings()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, sqlite.FileName)); !isNew && errors.Is(err, fs.ErrNotExist) {
		return nil, usage("%s holds no data of Rebound; start rebound serve, or name the directory with --data", dir)
	}
	announce, err := app.Announce(settings)
	if err != nil {
		return nil, usageError{err}
	}
	for deadline := s.now().Add(lockPatience); ; {
		st, err := app.OpenStore(ctx, settings, dir, announce, s.now)
		if err == nil {
			return newLocalDesk(settings, dir, st, s.now)
		}
		if !errors.Is(err, store.ErrInUse) {
			return nil, err
		}
		if d := serverOf(ctx, dir); d != nil {
			return d, nil
		}
		if ctx.Err() != nil || s.now().After(deadline) {
			return nil, err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// serverOf returns the server that has a directory, nil if none answers: it may
// be starting or stopping, or have died and left word behind, and another command
// has the directory.
func serverOf(ctx context.Context, dir string) desk {
	h, err := app.ReadHandshake(dir)
	if err != nil {
		return nil
	}
	d, err := newRemoteDesk(h.URL, h.Token, h.Certificate)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	if err := d.ask(ctx, http.MethodGet, "/healthz", nil, nil, nil); err != nil {
		_ = d.Close()
		return nil
	}
	return d
}

// settings reads the settings that a command shares with the server.
func (f *placeFlags) settings() (*config.Config, string, error) {
	from := config.Sources{File: f.Config, LookupEnv: os.LookupEnv, Given: map[string]bool{}}
	if f.Data != "" {
		from.Flags, from.Given["data"] = config.Default(), true
		from.Flags.Server.Data = f.Data
	}
	settings, err := config.Load(from)
	if err != nil {
		return nil, "", usageError{err}
	}
	dir, err := settings.DataDir(os.LookupEnv)
	if err != nil {
		return nil, "", usageError{err}
	}
	return settings, dir, nil
}

// elsewhere reaches a server by its address.
func (f *placeFlags) elsewhere() (desk, error) {
	if f.Data != "" {
		return nil, usage("--data and --server exclude each other")
	}
	token := os.Getenv("REBOUND_TOKEN")
	if f.TokenFile != "" {
		text, err := readSmall(f.TokenFile)
		if err != nil {
			return nil, usage("--token-file: %w", err)
		}
		token = text
	}
	return newRemoteDesk(f.Server, token, "")
}

// who is written where a person did something.
func who() string {
	name := os.Getenv("SUDO_USER")
	if name == "" {
		name = os.Getenv("USER")
	}
	if name == "" {
		return "command line"
	}
	return fmt.Sprintf("%s (command line)", store.Cut(name, 64))
}
