package follow

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/rebound-mail/rebound/internal/durable"
	"github.com/rebound-mail/rebound/internal/tail"
)

// Places is a file that keeps how far logs were read. It is safe for concurrent
// use by one process. Nil keeps nothing.
type Places struct {
	path string

	mu   sync.Mutex
	kept keptPlaces
}

// keptPlaces is the form of the file.
type keptPlaces struct {
	Version int             `json:"version"`
	Files   []tail.Position `json:"files"` // by absolute path
}

// placesVersion is the version of the form.
const placesVersion = 1

// ErrPlaces is that a file is none that keeps places.
var ErrPlaces = errors.New("follow: the file keeps no places of logs")

// OpenPlaces reads the file, which need not exist. The error wraps ErrPlaces if
// there is something else in it.
func OpenPlaces(path string) (*Places, error) {
	p := &Places{path: path, kept: keptPlaces{Version: placesVersion}}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(raw, &p.kept)
	isBad := func(p tail.Position) bool { return !p.IsValid() }
	if err != nil || p.kept.Version != placesVersion || slices.ContainsFunc(p.kept.Files, isBad) {
		return nil, fmt.Errorf("%w: %s", ErrPlaces, path)
	}
	return p, nil
}

// Of returns where to go on in a log: at its beginning if nothing is known.
func (p *Places) Of(path string) (pos tail.Position, known bool) {
	if p == nil {
		return tail.Position{Path: path}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	i := p.find(absolute(path))
	if i < 0 {
		return tail.Position{Path: path}, false
	}
	pos = p.kept.Files[i]
	pos.Path = path
	return pos, true
}

// Keep notes a position. When it returns nil that is durable. The file is always
// whole: another one takes its place.
func (p *Places) Keep(pos tail.Position) error {
	if p == nil {
		return nil
	}
	pos.Path = absolute(pos.Path)
	p.mu.Lock()
	defer p.mu.Unlock()
	i := p.find(pos.Path)
	if i < 0 {
		i = len(p.kept.Files)
		p.kept.Files = append(p.kept.Files, pos)
	}
	p.kept.Files[i] = pos
	raw, err := json.MarshalIndent(&p.kept, "", "  ")
	if err != nil {
		return err
	}
	return durable.Write(p.path, append(raw, '\n'))
}

// find returns the index of a log, -1 if nothing is known of it.
func (p *Places) find(path string) int {
	return slices.IndexFunc(p.kept.Files, func(pos tail.Position) bool { return pos.Path == path })
}

// absolute makes a path that is the same from any folder.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}
