package store

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold prepares text for search: every word in lower case without accents, each with one space before it. A text holds
// a word as a prefix exactly when strings.Contains(Fold(text), " "+word). Characters of scripts written without spaces
// are words of their own. See plain for which accents fold.
func Fold(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 1)
	inWord := false
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf { // nearly all text; the tables below cost ten times as much
			i++
			inWord = foldASCII(&b, c, inWord)
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		inWord = foldRune(&b, r, inWord)
	}
	return b.String()
}

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

func foldASCII(b *strings.Builder, c byte, inWord bool) bool {
	switch {
	case 'A' <= c && c <= 'Z':
		c += 'a' - 'A'
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
	default:
		return false
	}
	if !inWord {
		b.WriteByte(' ')
	}
	b.WriteByte(c)
	return true
}

func foldRune(b *strings.Builder, r rune, inWord bool) bool {
	if unicode.Is(unicode.Mn, r) {
		return inWord // a combining accent belongs to the letter before it
	}
	alone := isAlone(r)
	if !alone && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return false
	}
	if !inWord || alone {
		b.WriteByte(' ')
	}
	r = unicode.ToLower(r)
	if base := plain(r); base != "" {
		b.WriteString(base)
	} else {
		b.WriteRune(r)
	}
	return !alone
}

// isAlone marks scripts that do not separate words by spaces.
func isAlone(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer)
}
