package phrase

import (
	"encoding/binary"
	"errors"
)

// blobMagic begins the binary form of a Set; its last byte is the version.
const blobMagic = "rbphr\x00\x00\x08"

var errBlob = errors.New("phrase: not a phrase set of this version; run the generator again")

// AppendBinary appends the binary form of s, which Load reads. It is the same
// for the same patterns on every machine.
func (s *Set) AppendBinary(dst []byte) []byte {
	dst = append(dst, blobMagic...)
	counts := [...]int{len(s.vocab.slots), len(s.root), len(s.starts), len(s.edges) / 8, len(s.extras), len(s.names)}
	for _, n := range counts {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(n))
	}
	for _, v := range s.vocab.slots {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(v.check)<<32|uint64(v.id))
	}
	dst = appendPlaces(dst, s.root)
	for _, h := range s.starts {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(h.sym))
		dst = appendPlaces(dst, []state{h.to})
	}
	dst = append(dst, s.edges...)
	for _, v := range s.extras {
		dst = binary.LittleEndian.AppendUint64(dst, v)
	}
	for _, n := range s.names {
		dst = append(binary.LittleEndian.AppendUint64(dst, uint64(len(n))), n...)
	}
	return dst
}

// appendPlaces appends states without the bits of their words, which follow
// from their rows.
func appendPlaces(dst []byte, states []state) []byte {
	for _, st := range states {
		dst = binary.LittleEndian.AppendUint64(dst, uint64(st.place))
	}
	return dst
}

// blobReader reads the pieces of a blob; bad is set once it runs short.
type blobReader struct {
	rest string
	bad  bool
}

// take cuts n bytes off, none if they are not there.
func (r *blobReader) take(n uint64) string {
	if n > uint64(len(r.rest)) {
		r.bad = true
		return ""
	}
	piece := r.rest[:n]
	r.rest = r.rest[n:]
	return piece
}

func (r *blobReader) uint64() uint64 {
	s := r.take(8)
	if s == "" {
		return 0
	}
	return load8(s, 0)
}

// uint64s cuts n numbers off.
func (r *blobReader) uint64s(n uint64) []uint64 {
	s := r.take(8 * min(n, maxEdges+1))
	out := make([]uint64, len(s)/8)
	for i := range out {
		out[i] = load8(s, 8*i)
	}
	return out
}

// Load reads what AppendBinary wrote, and keeps parts of blob. It trusts its content: a blob is made by
// the generator and embedded, it is no input from outside.
func Load(blob string) (*Set, error) {
	if len(blob) < len(blobMagic) || blob[:len(blobMagic)] != blobMagic {
		return nil, errBlob
	}
	r := blobReader{rest: blob[len(blobMagic):]}
	var counts [6]uint64
	for i := range counts {
		counts[i] = r.uint64()
	}
	s := &Set{}
	s.vocab.load(r.uint64s(counts[0]))
	root, starts := r.uint64s(counts[1]), r.uint64s(2*counts[2])
	s.edges = r.take(8 * min(counts[3], maxEdges))
	if r.bad {
		return nil, errBlob
	}
	s.words = rowWords(s.edges)
	for _, p := range root {
		s.root = append(s.root, state{s.words[place(p).row()], place(p)})
	}
	for i := 0; i+1 < len(starts); i += 2 {
		to := place(starts[i+1])
		s.starts = append(s.starts, holeEdge{symbol(starts[i]), state{s.words[to.row()], to}})
	}
	s.extras = r.uint64s(counts[4])
	for range min(counts[5], uint64(len(r.rest))) {
		s.names = append(s.names, r.take(r.uint64()))
	}
	if n := len(s.vocab.slots); r.bad || len(r.rest) != 0 || uint64(len(s.names)) != counts[5] || n == 0 || n&(n-1) != 0 || len(s.edges) == 0 {
		return nil, errBlob
	}
	return s, nil
}

// rowWords finds which words lead on from each row: places are where the edges
// lead, in their binary form.
func rowWords(places string) []uint64 {
	words := make([]uint64, len(places)/8+1)
	for i := range len(places) / 8 {
		if id := place(load8(places, 8*i)).word(); id != 0 {
			words[i-int(id)] |= wordBit(id)
		}
	}
	return words
}
