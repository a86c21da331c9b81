package store

import (
	"strings"
	"unicode/utf8"
)

// Room around the first match, in characters.
const (
	snippetBefore = 30
	snippetAfter  = 90
)

// Snippet cuts a line of text around the first place where one of the folded words starts; … marks a cut end.
func Snippet(text string, words []string) string {
	start := firstMatch(text, words)
	from, to := back(text, start, snippetBefore), forward(text, start, snippetAfter)
	out := strings.Join(strings.Fields(text[from:to]), " ")
	if from > 0 {
		out = "…" + out
	}
	if to < len(text) {
		out += "…"
	}
	return out
}

// firstMatch gives the byte offset of the first word of text that starts with one of words, or 0.
func firstMatch(text string, words []string) int {
	for at := 0; at < len(text); {
		end := at + wordLen(text[at:])
		folded := Fold(text[at:end])
		for _, word := range words {
			if strings.Contains(folded, " "+word) {
				return at
			}
		}
		at = end
	}
	return 0
}

// wordLen is the length up to and with the next blank, so that Fold sees whole words; a character that is a word of its
// own stands alone.
func wordLen(text string) int {
	for i, r := range text {
		switch {
		case r == ' ' || r == '\n' || r == '\t' || r == '\r':
			return i + 1
		case isAlone(r) && i > 0:
			return i
		case isAlone(r):
			return utf8.RuneLen(r)
		}
	}
	return len(text)
}

func back(text string, at, runes int) int {
	for ; runes > 0 && at > 0; runes-- {
		_, size := utf8.DecodeLastRuneInString(text[:at])
		at -= size
	}
	return at
}

func forward(text string, at, runes int) int {
	for ; runes > 0 && at < len(text); runes-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}
