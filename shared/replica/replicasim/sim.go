// Package replicasim plays random histories of edits and faults over replicas in memory, and checks what was promised.
//
// Everything is drawn from a seed and runs in one goroutine at a time in virtual time, so a history fails the same way
// again. A history is a list of steps that can be shortened. Imports shared/{replica,record,store,store/memstore}.
package replicasim

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Sizes of what is drawn.
const (
	maxDevices = 5
	maxClones  = 2
	minSteps   = 8
	maxSteps   = 70
)

// History is one run: who there is, who dials whom, what happens.
type History struct {
	Seed    uint64
	Devices int
	Edges   [][2]int // dialer, answerer
	Tree    bool     // between any two there is one way
	Page    int      // records in a page
	Steps   []Step
}

// Step is one thing that happens. A and B pick what it happens to, modulo what there is; N seeds what is drawn inside it.
type Step struct {
	Do   Deed
	A, B uint16
	N    uint32
}

// Deed is what a step does.
type Deed int

// The deeds, each by device A unless said otherwise.
const (
	Begin    Deed = iota // starts a conversation
	Say                  // adds a person's message to conversation B
	Answer               // adds an assistant's message to conversation B
	Edit                 // changes the person's message B
	Rename               // gives conversation B another title
	Erase                // deletes message B
	EraseAll             // deletes conversation B with its messages
	Trash                // hides conversation B, or shows it again
	Settle               // restores or discards copy B
	Sync                 // edge A: an exchange to its end
	Start                // edge A: an exchange that stands still until it is moved
	Move                 // moves such an exchange on
	Kill                 // the process ends; its store stays
	Clone                // the store is copied to a new device
	Skew                 // the device's clock is set wrong
	Tick                 // time passes
	Age                  // more time passes than deletions are remembered
	Sweep                // forgets old deletions
	Late                 // a request that was on its way arrives after all
)

const deeds = int(Late) + 1

// String names a deed as a history is printed.
func (d Deed) String() string {
	return [...]string{
		"begin", "say", "answer", "edit", "rename", "erase", "eraseAll", "trash", "settle", "sync", "start", "move", "kill",
		"clone", "skew", "tick", "age", "sweep", "late",
	}[d]
}

// weights say how often a deed is drawn.
func weights() [deeds]int {
	return [deeds]int{
		Begin: 6, Say: 12, Answer: 6, Edit: 14, Rename: 5, Erase: 7, EraseAll: 2, Trash: 3, Settle: 3, Sync: 28, Start: 6, Move: 10,
		Kill: 4, Clone: 1, Skew: 3, Tick: 6, Age: 2, Sweep: 3, Late: 4,
	}
}

// Draw makes the history of a seed.
func Draw(seed uint64) History {
	rng := rand.New(rand.NewPCG(seed, 0x6b616920))
	h := History{Seed: seed, Devices: 2 + rng.IntN(maxDevices-1), Page: 1 + rng.IntN(6)}
	h.Edges, h.Tree = drawEdges(rng, h.Devices)
	total, weight := 0, weights()
	for _, w := range weight {
		total += w
	}
	for range minSteps + rng.IntN(maxSteps-minSteps) {
		pick, do := rng.IntN(total), Deed(0)
		for pick >= weight[do] {
			pick -= weight[do]
			do++
		}
		h.Steps = append(h.Steps, Step{Do: do, A: uint16(rng.Uint32()), B: uint16(rng.Uint32()), N: rng.Uint32()}) //nolint:gosec // any bits do
	}
	if rng.IntN(8) == 0 {
		h.Steps = append(h.Steps, h.away(rng)...)
	}
	return h
}

// away is what chance alone seldom does in this order: a device misses a deletion that is forgotten when it comes again.
func (h History) away(rng *rand.Rand) []Step {
	edge := rng.IntN(len(h.Edges))
	dialer, answerer := uint16(h.Edges[edge][0]), uint16(h.Edges[edge][1]) //nolint:gosec // a handful
	one := func(do Deed, a uint16) Step { return Step{Do: do, A: a, B: 0, N: rng.Uint32()} }
	return []Step{
		one(Begin, dialer), one(Say, dialer), one(Sync, uint16(edge)), one(Erase, answerer), one(Edit, dialer), //nolint:gosec // a handful
		one(Age, 0), one(Sweep, answerer),
	}
}

// drawEdges picks a star, a chain, or everyone with everyone.
func drawEdges(rng *rand.Rand, n int) (out [][2]int, tree bool) {
	shape := rng.IntN(3)
	for i := 1; i < n; i++ {
		switch shape {
		case 0:
			out = append(out, [2]int{i, 0})
		case 1:
			out = append(out, [2]int{i, i - 1})
		default:
			for j := range i {
				out = append(out, [2]int{i, j})
			}
		}
	}
	return out, shape < 2 || n == 2
}

// String prints a history for reading; Seed alone makes it again.
func (h History) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d devices, edges %v, pages of %d\n", h.Seed, h.Devices, h.Edges, h.Page)
	for i, s := range h.Steps {
		fmt.Fprintf(&b, "  %2d %-8s A=%d B=%d N=%d\n", i, s.Do, s.A, s.B, s.N)
	}
	return b.String()
}

// Shrink drops steps while the history still fails, within a number of runs.
func Shrink(h History, runs int) History {
	for size := len(h.Steps) / 2; size > 0; {
		dropped := false
		for at := 0; at+size <= len(h.Steps) && runs > 0; runs-- {
			shorter := h
			shorter.Steps = append(append([]Step{}, h.Steps[:at]...), h.Steps[at+size:]...)
			if Play(shorter) == nil {
				at += size
				continue
			}
			h, dropped = shorter, true
		}
		if !dropped || size > 1 {
			size /= 2
		}
	}
	return h
}
