package verp

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"
)

// ParseKeys reads a file of keys: one a line, its id and its secret with blanks
// between; empty lines and lines that begin with # do not count. The first key
// signs. Errors wrap ErrKey, name the line and never tell a secret.
func ParseKeys(data []byte) ([]Key, error) {
	var keys []Key
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) != 2 || len(fields[0]) != 1 {
			return nil, fmt.Errorf("%w: line %d is not an id of one character and a secret", ErrKey, n)
		}
		if len(fields[1]) < MinSecret {
			return nil, fmt.Errorf("%w: the secret of line %d has %d bytes; %d are needed", ErrKey, n, len(fields[1]), MinSecret)
		}
		keys = append(keys, Key{fields[0][0], []byte(fields[1])})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: there is none", ErrKey)
	}
	return keys, nil
}

// NewSecret returns a random secret of 130 bits, in letters and digits.
func NewSecret() string { return rand.Text() }
