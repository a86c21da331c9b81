package life

import "slices"

// maxEras bounds the memory of a store's past. A partner that was away for more lives than that is a stranger.
const maxEras = 256

// Position is a place in a change feed. Numbers alone do not name one: a store that was copied, or taken back to an older
// state, gives the same numbers again to other changes. The era says in which of the store's lives the number was given.
type Position struct {
	Era string `json:"era,omitempty"`
	Seq uint64 `json:"seq,omitempty"` // 0 is the start, whatever the era
}

// Era is a life of a store: the numbers after From, up to where the next begins.
type Era struct {
	ID   string `json:"id"`
	From uint64 `json:"from"`
}

// Eras are a store's past, in rising order.
type Eras []Era

// Begin adds a life.
func (e Eras) Begin(id string, from uint64) Eras {
	if len(e) == maxEras {
		e = e[1:]
	}
	return append(e[:len(e):len(e)], Era{id, from})
}

// Lived says whether a life has begun.
func (e Eras) Lived(id string) bool {
	return slices.ContainsFunc(e, func(life Era) bool { return life.ID == id })
}

// At names a place in this store's feed.
func (e Eras) At(seq uint64) Position {
	for i := len(e) - 1; i >= 0; i-- {
		if seq > e[i].From {
			return Position{e[i].ID, seq}
		}
	}
	return Position{Seq: seq}
}

// Has says whether this store was at that place, whose feed ends at head now.
func (e Eras) Has(p Position, head uint64) bool {
	for i, life := range e {
		if life.ID == p.Era {
			end := head
			if i+1 < len(e) {
				end = e[i+1].From
			}
			return p.Seq > life.From && p.Seq <= end
		}
	}
	return p.Seq == 0
}
