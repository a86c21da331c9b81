package replica

// Bounds of what a link remembers, in memory and stored. A span that is forgotten costs that its records are sent once more.
const (
	maxSpans  = 1024
	maxStored = 32
)

// span is the part of a feed after the first number, up to and with the second.
type span [2]uint64

// spans are parts of a feed in rising order that do not touch.
type spans []span

func (s spans) newest(n int) spans { return s[max(0, len(s)-n):] }

// add appends a part that lies after all others, as every write does.
func (s *spans) add(from, to uint64) {
	list := *s
	if n := len(list); n > 0 && list[n-1][1] >= from {
		list[n-1][1] = max(list[n-1][1], to)
		return
	}
	if len(list) == maxSpans {
		list = list[1:]
	}
	*s = append(list, span{from, to})
}

// skip gives the place after the part that at is in, and how far it is from there to the next part (0: no other follows).
func (s spans) skip(at uint64) (place, room uint64) {
	for _, p := range s {
		switch {
		case p[1] <= at:
		case p[0] <= at:
			at = p[1]
		default:
			return at, p[0] - at
		}
	}
	return at, 0
}
