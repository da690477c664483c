package tail

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
)

// Position says how far a file was read.
type Position struct {
	Path   string `json:"path"`
	Offset int64  `json:"offset"` // in bytes, behind the last whole line
	Line   int    `json:"line"`   // lines before that
	// Head is a hash of the first HeadBytes bytes. It tells the file from
	// others that had its name or will have it.
	Head      string `json:"head"`
	HeadBytes int64  `json:"head_bytes"`
}

// headBytes is how much of a file tells it from others: the first line of a log
// has a time and mostly an id.
const headBytes = 256

// hashHead returns the hash of the first n bytes, "" if there are not so many.
func hashHead(r io.Reader, n int64) string {
	h := sha256.New()
	if _, err := io.CopyN(h, r, n); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// isOf reports whether what r gives is the file of the position. Without a head
// nothing was read, and every file will do.
func (p *Position) isOf(r io.Reader) bool {
	return p.HeadBytes == 0 || hashHead(r, p.HeadBytes) == p.Head
}

// IsValid reports whether a position that was kept somewhere can be one.
func (p *Position) IsValid() bool {
	return p.Path != "" && p.Offset >= 0 && p.Line >= 0 && p.HeadBytes == min(p.Offset, headBytes)
}
