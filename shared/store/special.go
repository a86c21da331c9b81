package store

const (
	ones  = 0x0101010101010101
	highs = ones << 7
)

// special finds the first byte of text from at on that ends or means something in a JSON string: a quote, a backslash, a
// control character; len(text) if there is none. wide is not zero when it went past bytes beyond ASCII.
// It reads eight bytes at a time, written out since a call would cost what it saves where nothing is inlined.
func special(text []byte, at int) (end int, wide uint64) {
	for ; at+8 <= len(text); at += 8 {
		b := text[at : at+8 : at+8]
		w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		if ((w-ones*' ')&^w|(quote-ones)&^quote|(slash-ones)&^slash)&highs != 0 {
			break
		}
		wide |= w
	}
	for ; at < len(text); at++ {
		c := text[at]
		if c == '"' || c == '\\' || c < ' ' {
			break
		}
		wide |= uint64(c)
	}
	return at, wide & highs
}
