package api

import "sync"

// How many connections may be of other kai that have not proven yet who they are: in all, and from one place of the network.
// On this computer all that a tunnel or a proxy brings come from one place.
const (
	maxStrangers  = 32
	maxOfOnePlace = 8
)

// strangers counts them. Who has proven itself counts no more, so that strangers keep nobody out for longer than they are
// given to introduce themselves, and those of one place keep out nobody else's.
type strangers struct {
	mu  sync.Mutex // guards all below
	all int
	of  map[string]int // by place
}

// come counts one in, unless there are too many. It counts no more once known was called, which may be called again.
func (s *strangers) come(place string, far bool) (known func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= maxStrangers || far && s.of[place] >= maxOfOnePlace {
		return nil, false
	}
	if s.of == nil {
		s.of = map[string]int{}
	}
	s.all++
	s.of[place]++
	return sync.OnceFunc(func() { s.leave(place) }), true
}

func (s *strangers) leave(place string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.of[place]--; s.of[place] == 0 {
		delete(s.of, place)
	}
}
