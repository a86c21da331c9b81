package record

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"time"
)

// NewID makes a UUIDv7 (RFC 9562): ids made later sort later, to the millisecond.
func NewID(now time.Time) string {
	var b [16]byte
	// The runtime's ChaCha8 generator is seeded by the operating system. An id must be unique, not secret, and crypto/rand
	// would bring big integers and ciphers into the WebAssembly program.
	binary.BigEndian.PutUint64(b[6:], rand.Uint64())
	binary.BigEndian.PutUint16(b[14:], uint16(rand.Uint32()))
	binary.BigEndian.PutUint16(b[0:], uint16(now.UnixMilli()>>32))
	binary.BigEndian.PutUint32(b[2:], uint32(now.UnixMilli()))
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	var text [36]byte
	hex.Encode(text[0:8], b[0:4])
	hex.Encode(text[9:13], b[4:6])
	hex.Encode(text[14:18], b[6:8])
	hex.Encode(text[19:23], b[8:10])
	hex.Encode(text[24:36], b[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

// IDAfter gives an id that sorts after every floor: id itself where it does, or id with a later time. Who writes after having
// seen others so stands after them, whatever the clocks say; and two who do it at once still have two ids. A floor that is
// no UUID, or of the last millisecond there is, is not counted on.
func IDAfter(id string, floors ...string) string {
	for _, floor := range floors {
		if id <= floor {
			id = later(id, floor)
		}
	}
	return id
}

// later is id with the time of the millisecond after floor's.
func later(id, floor string) string {
	const hex, bits = 16, 48 // of the time: the first two groups of digits
	if len(floor) != len(id) || len(id) != 36 {
		return id
	}
	at, err := strconv.ParseUint(floor[:8]+floor[9:13], hex, bits)
	if err != nil || at+1 == 1<<bits {
		return id
	}
	digits := strconv.FormatUint(at+1|1<<bits, hex)[1:] // with its zeros in front
	return digits[:8] + "-" + digits[8:] + id[13:]
}
