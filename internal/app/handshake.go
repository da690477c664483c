package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rebound-mail/rebound/internal/durable"
)

// HandshakeName is the file in the data directory by which the command line on
// the same machine reaches a server that runs.
const HandshakeName = "server.json"

// Handshake is its content. Only the owner of the directory can read it.
type Handshake struct {
	URL     string    `json:"url"`
	Token   string    `json:"token"` // holds as long as the server runs
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	Version string    `json:"version,omitempty"`
	// Certificate is the SHA-256 of the server's certificate, where it has one:
	// that is issued for another name than this machine is reached by.
	Certificate string `json:"certificate_sha256,omitempty"`
}

// ReadHandshake reads how a server that holds the data directory is reached. The
// error wraps fs.ErrNotExist if no server left word.
func ReadHandshake(dir string) (Handshake, error) {
	path := filepath.Join(dir, HandshakeName)
	text, err := os.ReadFile(path)
	if err != nil {
		return Handshake{}, err
	}
	var h Handshake
	if err := json.Unmarshal(text, &h); err != nil || h.URL == "" || h.Token == "" {
		return Handshake{}, fmt.Errorf("%s is damaged: restart the server, which writes it anew", path)
	}
	return h, nil
}

// greet writes the handshake, of which nobody ever reads half.
func (a *App) greet() error {
	h := Handshake{URL: a.URL(), Token: a.local, PID: os.Getpid(), Started: a.now().UTC(), Version: a.version}
	if a.certificates != nil {
		h.Certificate = a.certificates.pin()
	}
	text, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return err
	}
	return durable.Write(filepath.Join(a.dir, HandshakeName), append(text, '\n'))
}

// leave removes the handshake.
func (a *App) leave() error {
	err := os.Remove(filepath.Join(a.dir, HandshakeName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
