package knowledge

import (
	"encoding/binary"
	"math"
)

// Normalize brings a vector to length 1, in place, so that the dot product of two is how near their directions are. One
// without a direction, or with a number that is none, becomes all zeros: it is near to nothing.
func Normalize(v []float32) {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	scale := float32(1 / math.Sqrt(sum))
	for i := range v {
		if v[i] *= scale; sum == 0 || math.IsInf(sum, 0) || math.IsNaN(sum) {
			v[i] = 0
		}
	}
}

// Dot is the dot product of two vectors; b is at least as long as a. Four sums at a time: each waits only for its own.
func Dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		x, y := a[i:i+4:i+4], b[i:i+4:i+4]
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}

// Pack writes the numbers of a vector as bytes: float32, least byte first.
func Pack(out []byte, v []float32) []byte {
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

// Unpack reads what Pack wrote; bytes that are left over are not read.
func Unpack(text []byte) []float32 {
	out := make([]float32, len(text)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(text[4*i:]))
	}
	return out
}
