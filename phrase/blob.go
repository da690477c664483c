package phrase

import (
	"encoding/binary"
	"errors"
)

// blobMagic begins the binary form of a Set; its last byte is the version.
const blobMagic = "rbphr\x00\x00\x07"

var errBlob = errors.New("phrase: not a phrase set of this version; run the generator again")

// AppendBinary appends the binary form of s, which Load reads. It is the same
// for the same patterns on every machine.
func (s *Set) AppendBinary(dst []byte) []byte {
	dst = append(dst, blobMagic...)
	le := binary.LittleEndian
	dst = le.AppendUint32(dst, uint32(len(s.vocab.checks)))
	dst = le.AppendUint32(dst, uint32(len(s.root)))
	dst = le.AppendUint32(dst, uint32(len(s.holes)))
	dst = le.AppendUint32(dst, uint32(len(s.nodes)))
	dst = le.AppendUint32(dst, uint32(len(s.names)))
	for _, v := range s.vocab.checks {
		dst = le.AppendUint32(dst, v)
	}
	for _, v := range s.vocab.ids {
		dst = le.AppendUint32(dst, v)
	}
	for _, v := range s.root {
		dst = le.AppendUint32(dst, v)
	}
	for _, v := range s.holes {
		dst = le.AppendUint32(dst, v)
	}
	for _, v := range s.nodes {
		dst = le.AppendUint32(dst, v)
	}
	for _, n := range s.names {
		dst = append(le.AppendUint32(dst, uint32(len(n))), n...)
	}
	return dst
}

// blobReader reads the pieces of a blob; bad is set once it runs short.
type blobReader struct {
	rest string
	bad  bool
}

func (r *blobReader) uint32() uint32 {
	if len(r.rest) < 4 {
		r.bad = true
		return 0
	}
	v := uint32(r.rest[0]) | uint32(r.rest[1])<<8 | uint32(r.rest[2])<<16 | uint32(r.rest[3])<<24
	r.rest = r.rest[4:]
	return v
}

func (r *blobReader) uint32s(n int) []uint32 {
	if n > len(r.rest)/4 {
		r.bad = true
		return nil
	}
	out := make([]uint32, n)
	src := r.rest[:4*n]
	for i := range out {
		j := 4 * i
		out[i] = uint32(src[j]) | uint32(src[j+1])<<8 | uint32(src[j+2])<<16 | uint32(src[j+3])<<24
	}
	r.rest = r.rest[4*n:]
	return out
}

// Load reads what AppendBinary wrote. It trusts its content: a blob is made by
// the generator and embedded, it is no input from outside.
func Load(blob string) (*Set, error) {
	if len(blob) < len(blobMagic) || blob[:len(blobMagic)] != blobMagic {
		return nil, errBlob
	}
	r := blobReader{rest: blob[len(blobMagic):]}
	slots, words, holes, nodes, names := int(r.uint32()), int(r.uint32()), int(r.uint32()), int(r.uint32()), int(r.uint32())
	if r.bad || slots == 0 || slots&(slots-1) != 0 || slots > len(r.rest)/8 {
		return nil, errBlob
	}
	s := &Set{vocab: vocabulary{checks: r.uint32s(slots), ids: r.uint32s(slots)}}
	s.root = r.uint32s(words)
	s.holes = r.uint32s(holes)
	s.nodes = r.uint32s(nodes)
	for range names {
		n := int(r.uint32())
		if r.bad || n > len(r.rest) {
			return nil, errBlob
		}
		s.names = append(s.names, r.rest[:n])
		r.rest = r.rest[n:]
	}
	if r.bad || len(r.rest) != 0 {
		return nil, errBlob
	}
	return s, nil
}
