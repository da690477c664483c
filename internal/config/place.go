package config

import (
	"errors"
	"path/filepath"
)

// DataDir returns the data directory: the one chosen, else rebound in the
// directory that the XDG Base Directory Specification has for state.
func (c *Config) DataDir(lookupEnv func(string) (string, bool)) (string, error) {
	if c.Server.Data != "" {
		return filepath.Abs(c.Server.Data)
	}
	if state, _ := lookupEnv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "rebound"), nil
	}
	if home, _ := lookupEnv("HOME"); filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "rebound"), nil
	}
	if local, _ := lookupEnv("LOCALAPPDATA"); local != "" { // Windows
		return filepath.Join(local, "rebound"), nil
	}
	return "", errors.New("no data directory: there is no home directory; name one with --data or REBOUND_DATA")
}
