package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/rebound-mail/rebound/internal/tail"
)

// followState is the file that keeps how far logs were read. Without a path
// nothing is kept.
type followState struct {
	path string
	kept keptState
}

// keptState is the form of the file.
type keptState struct {
	Version int             `json:"version"`
	Files   []tail.Position `json:"files"` // by absolute path
}

// stateVersion is the version of the form.
const stateVersion = 1

// load reads the file, if there is one.
func (s *followState) load() error {
	s.kept.Version = stateVersion
	if s.path == "" {
		return nil
	}
	raw, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return usage("--state: %w", err)
	}
	err = json.Unmarshal(raw, &s.kept)
	if err != nil || s.kept.Version != stateVersion || slices.ContainsFunc(s.kept.Files, func(p tail.Position) bool { return !p.IsValid() }) {
		return usage("--state: %s is no state of rebound scan --follow; name another file, or remove it to begin anew", s.path)
	}
	return nil
}

// position returns where to go on in a log: at its beginning if nothing is known.
func (s *followState) position(path string) (pos tail.Position, known bool) {
	key := absolute(path)
	i := slices.IndexFunc(s.kept.Files, func(p tail.Position) bool { return p.Path == key })
	if i < 0 {
		return tail.Position{Path: path}, false
	}
	pos = s.kept.Files[i]
	pos.Path = path
	return pos, true
}

// save notes a position. The file is always whole: another one takes its place.
func (s *followState) save(pos tail.Position) error {
	if s.path == "" {
		return nil
	}
	pos.Path = absolute(pos.Path)
	i := slices.IndexFunc(s.kept.Files, func(p tail.Position) bool { return p.Path == pos.Path })
	if i < 0 {
		i = len(s.kept.Files)
		s.kept.Files = append(s.kept.Files, pos)
	}
	s.kept.Files[i] = pos
	raw, err := json.MarshalIndent(&s.kept, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(s.path, append(raw, '\n')); err != nil {
		return fmt.Errorf("--state: %w", err)
	}
	return nil
}

// replaceFile writes a file beside path and puts it in its place.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// absolute makes a path that is the same from any folder.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}
