package disk

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"sync"
)

// A journal lies beside its segment and says what became of the reports: a
// header with the segment's marker, then notes of one size, so that a damaged
// one hides no other. Notes are not made durable one by one: what of them is
// lost with the power is handed out again. They survive the end of the process.
const (
	journalMagic      = "RBSPLOG\n"
	journalHeaderSize = 16
	noteSize          = 16
)

// act is what a note says happened.
type act uint32

const (
	handedOut act = 1
	settled   act = 2 // done, parked, or set aside as damaged
)

// note is that something happened to the reports from <= ordinal < to.
type note struct {
	act      act
	from, to uint32
}

func appendNote(b []byte, m marker, n note) []byte {
	begin := len(b)
	b = binary.LittleEndian.AppendUint32(b, uint32(n.act))
	b = binary.LittleEndian.AppendUint32(b, n.from)
	b = binary.LittleEndian.AppendUint32(b, n.to)
	return binary.LittleEndian.AppendUint32(b, noteSum(b[begin:], m))
}

// noteSum covers the marker, so that a note belongs to one segment only.
func noteSum(b []byte, m marker) uint32 {
	return crc32.Update(crc32.Checksum(m[:], castagnoli()), castagnoli(), b[:12])
}

// journal is open for writing, from the first note on.
type journal struct {
	path   string
	marker marker

	mu   sync.Mutex
	file *os.File
	end  int64
	shut bool
}

// add writes notes. They take effect all or none, but for a crash.
func (j *journal) add(notes []note) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.open(); err != nil {
		return err
	}
	b := make([]byte, 0, len(notes)*noteSize)
	for _, n := range notes {
		b = appendNote(b, j.marker, n)
	}
	if _, err := j.file.WriteAt(b, j.end); err != nil {
		return errors.Join(err, j.file.Truncate(j.end))
	}
	j.end += int64(len(b))
	return nil
}

// open makes the journal where there is none, or one of another segment. Notes
// are added at a multiple of their size.
func (j *journal) open() error {
	if j.shut {
		return os.ErrClosed
	}
	if j.file != nil {
		return nil
	}
	f, err := os.OpenFile(j.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if whole := info.Size() / noteSize * noteSize; whole >= journalHeaderSize && belongs(f, j.marker) {
		j.file, j.end = f, whole
		return nil
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt(append([]byte(journalMagic), j.marker[:]...), 0)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	j.file, j.end = f, journalHeaderSize
	return nil
}

// close makes the notes durable and gives the file up.
func (j *journal) close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.shut = true
	if j.file == nil {
		return nil
	}
	err := errors.Join(j.file.Sync(), j.file.Close())
	j.file = nil
	return err
}

func belongs(r io.ReaderAt, m marker) bool {
	var head [journalHeaderSize]byte
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return false
	}
	return string(head[:8]) == journalMagic && marker(head[8:]) == m
}

// readJournal returns the notes of a segment that are whole. There is none if the
// journal is missing or belongs to another segment.
func readJournal(path string, m marker) ([]note, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseJournal(b, m), nil
}

func parseJournal(b []byte, m marker) []note {
	if len(b) < journalHeaderSize || string(b[:8]) != journalMagic || marker(b[8:16]) != m {
		return nil
	}
	var notes []note
	for b = b[journalHeaderSize:]; len(b) >= noteSize; b = b[noteSize:] {
		if noteSum(b, m) == binary.LittleEndian.Uint32(b[12:]) {
			notes = append(notes, note{
				act:  act(binary.LittleEndian.Uint32(b)),
				from: binary.LittleEndian.Uint32(b[4:]),
				to:   binary.LittleEndian.Uint32(b[8:]),
			})
		}
	}
	return notes
}
