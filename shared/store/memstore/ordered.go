package memstore

import (
	"cmp"
	"slices"
	"sort"
)

// blockSize bounds what one insert moves; an order of 20,000 places has some hundred blocks.
const blockSize = 256

// place is where a record stands in an order: by key, ties by id.
type place struct{ key, id string }

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.key, q.key), cmp.Compare(p.id, q.id))
}

// ordered is a sorted set of places, kept as a list of sorted blocks (none is empty). The zero value is empty.
type ordered struct{ blocks [][]place }

// find gives the block and position of the first place that is not before p.
func (o *ordered) find(p place) (block, at int) {
	block = sort.Search(len(o.blocks), func(i int) bool {
		b := o.blocks[i]
		return b[len(b)-1].compare(p) >= 0
	})
	if block < len(o.blocks) {
		at, _ = slices.BinarySearchFunc(o.blocks[block], p, place.compare)
	}
	return block, at
}

func (o *ordered) insert(p place) {
	block, at := o.find(p)
	switch {
	case block < len(o.blocks):
	case block == 0:
		o.blocks = append(o.blocks, []place{p})
		return
	default:
		block, at = block-1, len(o.blocks[block-1])
	}
	b := slices.Insert(o.blocks[block], at, p)
	o.blocks[block] = b
	if len(b) > blockSize {
		o.split(block, at)
	}
}

// split halves a block; one that grows at its end is cut there, so that rising ids leave full blocks behind.
func (o *ordered) split(block, at int) {
	b := o.blocks[block]
	middle := len(b) / 2
	if at == len(b)-1 {
		middle = at
	}
	right := slices.Clone(b[middle:])
	o.blocks[block] = slices.Clip(b[:middle])
	o.blocks = slices.Insert(o.blocks, block+1, right)
}

func (o *ordered) remove(p place) {
	block, at := o.find(p)
	if block == len(o.blocks) || o.blocks[block][at] != p {
		return
	}
	o.blocks[block] = slices.Delete(o.blocks[block], at, at+1)
	if len(o.blocks[block]) == 0 {
		o.blocks = slices.Delete(o.blocks, block, block+1)
	}
}

// ascend visits the places in [from, to) in order until visit says false; a zero to is open.
func (o *ordered) ascend(from, to place, visit func(place) bool) {
	block, at := o.find(from)
	for ; block < len(o.blocks); block, at = block+1, 0 {
		for _, p := range o.blocks[block][at:] {
			if (to != place{} && p.compare(to) >= 0) || !visit(p) {
				return
			}
		}
	}
}

// descend visits the places in [from, to) from the last to the first until visit says false; a zero to is open.
func (o *ordered) descend(from, to place, visit func(place) bool) {
	block, at := len(o.blocks), 0
	if (to != place{}) {
		block, at = o.find(to)
	}
	for {
		for at--; at >= 0; at-- {
			if p := o.blocks[block][at]; p.compare(from) < 0 || !visit(p) {
				return
			}
		}
		if block--; block < 0 {
			return
		}
		at = len(o.blocks[block])
	}
}
