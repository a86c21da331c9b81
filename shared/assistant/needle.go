package assistant

import "sort"

// needle is one word to look for, with how far to jump for each byte that stands under its end (Horspool's search).
// strings.Contains lives from vector instructions that WebAssembly does not have: there it takes two to four times as
// long as this.
type needle struct {
	text string
	jump [256]uint16
}

// needlesOf gives what to look for, the longest first: it is the rarest, and most texts are done with after it.
func needlesOf(words []string) []*needle {
	out := make([]*needle, len(words))
	for i, w := range words {
		out[i] = newNeedle(" " + w)
	}
	sort.SliceStable(out, func(i, j int) bool { return len(out[i].text) > len(out[j].text) })
	return out
}

func newNeedle(text string) *needle {
	n := &needle{text: text}
	last := len(text) - 1
	for i := range n.jump {
		n.jump[i] = uint16(len(text))
	}
	for i := range last {
		n.jump[text[i]] = uint16(last - i)
	}
	return n
}

// in says whether text holds the needle.
func (n *needle) in(text string) bool {
	last := len(n.text) - 1
	end := n.text[last]
	for at := last; at < len(text); {
		c := text[at]
		if c == end && text[at-last:at+1] == n.text {
			return true
		}
		at += int(n.jump[c])
	}
	return false
}

func holds(folded string, needles []*needle) bool {
	for _, n := range needles {
		if !n.in(folded) {
			return false
		}
	}
	return true
}
