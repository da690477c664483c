package pop3

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/rebound-mail/rebound/internal/durable"
)

// The state file is a line that says what it is, and a line for each mail that was
// taken: its unique id. A last line without its end was not written wholly.
const (
	stateHeader  = "rebound pop3 mails 1\n"
	maxStateFile = maxListed * (maxID + 1) * 2
)

// memory is which mails were taken.
type memory struct {
	path  string // "": in memory only
	ids   map[string]bool
	lines int  // in the file, of mails
	torn  bool // the file must be made anew before something is added
}

// openMemory reads a state file, and makes it if it is not there.
func openMemory(path string) (*memory, error) {
	m := &memory{path: path, ids: map[string]bool{}}
	if path == "" {
		return m, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return m, m.rewrite()
	}
	if err != nil {
		return nil, fmt.Errorf("pop3: %w: %w", errState, err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxStateFile))
	if err != nil {
		return nil, fmt.Errorf("pop3: %w: %w", errState, err)
	}
	if !m.parse(raw) {
		return nil, fmt.Errorf("pop3: %w: %s is something else; name another, or move it away", errState, path)
	}
	return m, nil
}

// parse reads a state file, and reports whether it is one.
func (m *memory) parse(raw []byte) bool {
	if head := raw[:min(len(raw), len(stateHeader))]; string(head) != stateHeader[:len(head)] {
		return false
	}
	raw = raw[min(len(raw), len(stateHeader)):]
	m.torn = len(raw) > 0 && raw[len(raw)-1] != '\n' || len(raw) == 0
	for line := range bytes.Lines(raw) {
		id, whole := bytes.CutSuffix(line, []byte("\n"))
		if whole && isID(string(id)) {
			m.ids[string(id)] = true
			m.lines++
		}
	}
	return true
}

// add remembers mails. They are remembered even if that cannot be written down.
func (m *memory) add(ids []string) error {
	var lines []byte
	for _, id := range ids {
		m.ids[id] = true
		lines = append(append(lines, id...), '\n')
	}
	if m.path == "" || len(ids) == 0 {
		return nil
	}
	if m.torn {
		return m.rewrite()
	}
	m.torn = true
	f, err := os.OpenFile(m.path, os.O_WRONLY|os.O_APPEND, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return m.rewrite()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errState, err)
	}
	_, err = f.Write(lines)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%w: %w", errState, err)
	}
	m.lines, m.torn = m.lines+len(ids), false
	return nil
}

// retain forgets all mails but some, which are all that there are on the server.
// The file is made anew when most of it is of no use.
func (m *memory) retain(ids []string) error {
	listed := make(map[string]bool, len(ids))
	for _, id := range ids {
		listed[id] = true
	}
	for id := range m.ids {
		if !listed[id] {
			delete(m.ids, id)
		}
	}
	if m.path == "" || m.lines <= 1000+2*len(m.ids) {
		return nil
	}
	return m.rewrite()
}

// rewrite puts a file with what is remembered in the place of the one there is.
func (m *memory) rewrite() error {
	m.torn = true
	text := []byte(stateHeader)
	for id := range m.ids {
		text = append(append(text, id...), '\n')
	}
	if err := durable.Write(m.path, text); err != nil {
		return fmt.Errorf("%w: %w", errState, err)
	}
	m.lines, m.torn = len(m.ids), false
	return nil
}
