// Package digest is SHA-256 for checksums of exports.
//
// Native programs use crypto/sha256. The browser's program has its own: crypto/sha256 brings FIPS self-tests and three
// more ciphers along, 38 KB compressed, for one checksum. Imports the standard library only.
package digest

import (
	"encoding/binary"
	"hash"
	"math/bits"
)

// Sizes in bytes.
const (
	size  = 32
	block = 64
)

// portable is SHA-256 as FIPS 180-4 describes it.
type portable struct {
	state  [8]uint32
	round  [block]uint32 // the constants
	buffer [block]byte
	used   int // of buffer
	length uint64
}

func newPortable() hash.Hash {
	p := &portable{round: constants()}
	p.Reset()
	return p
}

// Size is the length of a digest in bytes.
func (p *portable) Size() int { return size }

// BlockSize is how much is taken in at a time, in bytes.
func (p *portable) BlockSize() int { return block }

// Reset starts anew.
func (p *portable) Reset() {
	p.state = [8]uint32{
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	}
	p.used, p.length = 0, 0
}

// Write takes in data; it never fails.
func (p *portable) Write(data []byte) (int, error) {
	n := len(data)
	p.length += uint64(n)
	if p.used > 0 {
		taken := copy(p.buffer[p.used:], data)
		data, p.used = data[taken:], p.used+taken
		if p.used < block {
			return n, nil
		}
		p.compress(p.buffer[:])
		p.used = 0
	}
	for ; len(data) >= block; data = data[block:] {
		p.compress(data[:block])
	}
	p.used = copy(p.buffer[:], data)
	return n, nil
}

// Sum appends the digest of what was written so far, and changes nothing.
func (p *portable) Sum(to []byte) []byte {
	end := *p
	padding := make([]byte, 1, 2*block)
	padding[0] = 0x80
	for (end.used+len(padding)+8)%block != 0 {
		padding = append(padding, 0)
	}
	padding = binary.BigEndian.AppendUint64(padding, p.length*8)
	_, _ = end.Write(padding) // never fails
	for _, word := range end.state {
		to = binary.BigEndian.AppendUint32(to, word)
	}
	return to
}

func (p *portable) compress(data []byte) {
	var w [block]uint32
	for i := range 16 {
		w[i] = binary.BigEndian.Uint32(data[4*i:])
	}
	for i := 16; i < block; i++ {
		x, y := w[i-15], w[i-2]
		s0 := bits.RotateLeft32(x, -7) ^ bits.RotateLeft32(x, -18) ^ x>>3
		s1 := bits.RotateLeft32(y, -17) ^ bits.RotateLeft32(y, -19) ^ y>>10
		w[i] = w[i-16] + s0 + w[i-7] + s1
	}
	a, b, c, d, e, f, g, h := p.state[0], p.state[1], p.state[2], p.state[3], p.state[4], p.state[5], p.state[6], p.state[7]
	for i := range block {
		s1 := bits.RotateLeft32(e, -6) ^ bits.RotateLeft32(e, -11) ^ bits.RotateLeft32(e, -25)
		t1 := h + s1 + (e&f ^ ^e&g) + p.round[i] + w[i]
		s0 := bits.RotateLeft32(a, -2) ^ bits.RotateLeft32(a, -13) ^ bits.RotateLeft32(a, -22)
		t2 := s0 + (a&b ^ a&c ^ b&c)
		h, g, f, e, d, c, b, a = g, f, e, d+t1, c, b, a, t1+t2
	}
	for i, word := range [8]uint32{a, b, c, d, e, f, g, h} {
		p.state[i] += word
	}
}

// constants are the first 32 bits of the fractions of the cube roots of the first 64 primes.
func constants() [block]uint32 {
	return [block]uint32{
		0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
		0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
		0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
		0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
		0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
		0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
		0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
		0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
	}
}
