package knowledge

import "sort"

// Needle is one word to look for, with how far to jump for each byte that stands under its end (Horspool's search).
// strings.Contains lives from vector instructions that WebAssembly does not have: there it takes two to four times as
// long as this.
type Needle struct {
	text string
	jump [256]uint16
}

// NewNeedle looks for words that begin with a folded word, in folded texts (see store.Fold).
func NewNeedle(word string) *Needle {
	n := &Needle{text: " " + word}
	last := len(n.text) - 1
	for i := range n.jump {
		n.jump[i] = uint16(len(n.text))
	}
	for i := range last {
		n.jump[n.text[i]] = uint16(last - i)
	}
	return n
}

// Count is how often a text holds it; most ends the counting.
func (n *Needle) Count(text string, most int) (count int) {
	last := len(n.text) - 1
	end := n.text[last]
	for at := last; at < len(text); {
		c := text[at]
		if c == end && text[at-last:at+1] == n.text {
			if count++; count == most {
				break
			}
		}
		at += int(n.jump[c])
	}
	return count
}

// Needles are several words.
type Needles []*Needle

// NewNeedles looks for words, the longest first: it is the rarest, and most texts are done with after it.
func NewNeedles(words []string) Needles {
	out := make(Needles, len(words))
	for i, word := range words {
		out[i] = NewNeedle(word)
	}
	sort.SliceStable(out, func(i, j int) bool { return len(out[i].text) > len(out[j].text) })
	return out
}

// AllIn says whether a folded text holds every word.
func (n Needles) AllIn(text string) bool {
	for _, needle := range n {
		if needle.Count(text, 1) == 0 {
			return false
		}
	}
	return true
}
