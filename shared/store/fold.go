package store

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold prepares text for search: every word in lower case without accents, each with one space before it. A text holds
// a word as a prefix exactly when strings.Contains(Fold(text), " "+word). Characters of scripts written without spaces
// are words of their own. See plain for which accents fold.
func Fold(text string) string {
	f := folding{blank: true}
	f.out.Grow(len(text) + 1)
	f.out.WriteByte(' ')
	for at := 0; at < len(text); {
		if at = f.ascii(text, at); at < len(text) {
			r, size := utf8.DecodeRuneInString(text[at:])
			at += size
			f.rune(r)
		}
	}
	return strings.TrimSuffix(f.out.String(), " ")
}

// folding is a text on its way to its folded form.
type folding struct {
	out   strings.Builder
	blank bool // out ends with a blank
}

// ascii folds text from at on until a character beyond ASCII comes, and says where that is.
//
// It takes eight characters at a time where they are words with single blanks between them, as nearly all are: branches on single
// ones would cost most of the time.
func (f *folding) ascii(text string, at int) int {
	var some [256]byte
	n, blank := 0, f.blank
	for at < len(text) {
		if n > len(some)-8 {
			f.out.Write(some[:n])
			n = 0
		}
		if at+8 <= len(text) {
			b := text[at : at+8]
			w := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
				uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
			w |= (w + ones*(0x80-'A')) &^ (w + ones*(0x7f-'Z')) & highs >> 2 // to lower case
			word := (w+ones*(0x80-'a'))&^(w+ones*(0x7f-'z')) | (w+ones*(0x80-'0'))&^(w+ones*(0x7f-'9'))
			gap := ^((w ^ ones*' ') + ones*0x7f)
			if (word|gap)&^w&highs == highs && gap&highs&(gap<<8) == 0 && (!blank || gap&0x80 == 0) {
				binary.LittleEndian.PutUint64(some[n:], w)
				n, at, blank = n+8, at+8, gap>>63 != 0
				continue
			}
		}
		for end := min(at+8, len(text)); at < end; at++ {
			if text[at] >= utf8.RuneSelf {
				f.out.Write(some[:n])
				f.blank = blank
				return at
			}
			c := asciiFolded[text[at]]
			if c != ' ' || !blank {
				some[n] = c
				n++
			}
			blank = c == ' '
		}
	}
	f.out.Write(some[:n])
	f.blank = blank
	return at
}

// asciiFolded has the folded form of each letter and digit, and 0 for the other characters.
const asciiFolded = "" +
	"                                " +
	"                0123456789      " +
	" abcdefghijklmnopqrstuvwxyz      abcdefghijklmnopqrstuvwxyz     "

// Words splits what a person typed into folded search words.
func Words(text string) []string { return strings.Fields(Fold(text)) }

// Matches says whether a folded text holds every word as the start of one of its words.
func Matches(folded string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(folded, " "+word) {
			return false
		}
	}
	return len(words) > 0
}

// rune folds a character beyond ASCII.
func (f *folding) rune(r rune) {
	if unicode.Is(unicode.Mn, r) {
		return // a combining accent belongs to the letter before it
	}
	alone := isAlone(r)
	if !alone && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		f.endWord()
		return
	}
	if alone {
		f.endWord()
	}
	r = unicode.ToLower(r)
	if base := plain(r); base != "" {
		f.out.WriteString(base)
	} else {
		f.out.WriteRune(r)
	}
	f.blank = false
	if alone {
		f.endWord()
	}
}

func (f *folding) endWord() {
	if !f.blank {
		f.out.WriteByte(' ')
		f.blank = true
	}
}

// isAlone marks scripts that do not separate words by spaces.
func isAlone(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer)
}
