package hook

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/rebound-mail/rebound/internal/durable"
)

// The file of replay keys is a line that says what it is, and then records of one
// size: key, body, time of expiry, checksum. A record that was not written wholly,
// or is damaged, is left out: its request is repeated at worst.
const (
	replayHeader = "rebound replay keys 1\n"
	recordSize   = 16 + 16 + 8 + 4
	// rewriteFrom is how many records a file has before it is worth making it small.
	rewriteFrom = 4096
	// maxReplayFile is the largest file that is read, in bytes.
	maxReplayFile = 1 << 30
)

// errReplayFile is that a file is something else.
var errReplayFile = errors.New("hook: not a file of replay keys; move it away")

// A replayFile is written by several at once: they share one write and one fsync.
type replayFile struct {
	path string

	write   sync.Mutex // held by the one who writes
	file    *os.File
	size    int64 // of what is durable
	records int
	broken  bool // a write failed: what is on the disk is not known

	mu   sync.Mutex
	next *batch // what waits to be written
}

// A batch is what is written at once.
type batch struct {
	data    []byte
	written bool
	err     error
}

// readReplays reads the records of a file; none if there is no file.
func readReplays(path string) ([]replay, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("hook: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxReplayFile))
	if err != nil {
		return nil, fmt.Errorf("hook: %s: %w", path, err)
	}
	list, ok := parseReplays(raw)
	if !ok {
		return nil, fmt.Errorf("%w: %s", errReplayFile, path)
	}
	return list, nil
}

// parseReplays reads what a file holds, and reports whether it is one. A file that
// was cut off in its first line is an empty one.
func parseReplays(raw []byte) ([]replay, bool) {
	head := min(len(raw), len(replayHeader))
	if string(raw[:head]) != replayHeader[:head] {
		return nil, false
	}
	var list []replay
	for raw = raw[head:]; len(raw) >= recordSize; raw = raw[recordSize:] {
		if crc32.ChecksumIEEE(raw[:recordSize-4]) != binary.BigEndian.Uint32(raw[recordSize-4:]) {
			continue
		}
		one := replay{expires: int64(binary.BigEndian.Uint64(raw[32:]))}
		copy(one.key[:], raw)
		copy(one.body[:], raw[16:])
		list = append(list, one)
	}
	return list, true
}

// appendRecord adds the record of a request.
func appendRecord(b []byte, one replay) []byte {
	start := len(b)
	b = append(b, one.key[:]...)
	b = append(b, one.body[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(one.expires))
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[start:]))
}

// createReplayFile puts a file with some records in the place of path.
func createReplayFile(path string, list []replay) (*replayFile, error) {
	f := &replayFile{path: path, next: &batch{}}
	if err := f.install(list); err != nil {
		return nil, err
	}
	return f, nil
}

// replace puts a file with the records that list returns in the place of the one
// there is. What is waiting to be written comes behind them.
func (f *replayFile) replace(list func() []replay) error {
	f.write.Lock()
	defer f.write.Unlock()
	return f.install(list())
}

// install writes a new file and goes on with it.
func (f *replayFile) install(list []replay) error {
	data := []byte(replayHeader)
	for _, one := range list {
		data = appendRecord(data, one)
	}
	if f.file != nil {
		_ = f.file.Close() // all that was promised of it is synced
	}
	f.file, f.broken = nil, true // until the new one is there: nothing may go to one without a name
	if err := durable.Write(f.path, data); err != nil {
		return fmt.Errorf("hook: %s: %w", f.path, err)
	}
	file, err := os.OpenFile(f.path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("hook: %w", err)
	}
	f.file, f.size, f.records, f.broken = file, int64(len(data)), len(list), false
	return nil
}

// mustRewrite reports whether the file is broken, or much larger than so many
// records need.
func (f *replayFile) mustRewrite(live int) bool {
	f.write.Lock()
	defer f.write.Unlock()
	return f.broken || f.records > rewriteFrom+2*live
}

// add writes a record. It is durable when add returns nil.
func (f *replayFile) add(one replay) error {
	f.mu.Lock()
	mine := f.next
	mine.data = appendRecord(mine.data, one)
	f.mu.Unlock()

	f.write.Lock()
	defer f.write.Unlock()
	if mine.written { // by another who had waited for it
		return mine.err
	}
	f.mu.Lock()
	f.next = &batch{}
	f.mu.Unlock()
	mine.written, mine.err = true, f.append(mine.data)
	return mine.err
}

// append writes behind what is durable, so that a failed write leaves no gap.
func (f *replayFile) append(data []byte) error {
	if f.broken {
		return fmt.Errorf("hook: %s: an earlier write failed", f.path)
	}
	if f.file == nil {
		return fmt.Errorf("hook: %s: %w", f.path, fs.ErrClosed)
	}
	_, err := f.file.WriteAt(data, f.size)
	if err == nil {
		err = f.file.Sync()
	}
	if err != nil {
		f.broken = true
		return fmt.Errorf("hook: %w", err)
	}
	f.size += int64(len(data))
	f.records += len(data) / recordSize
	return nil
}

func (f *replayFile) close() error {
	f.write.Lock()
	defer f.write.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}
