package main

import (
	"fmt"
	"math"
	"slices"
)

// subject is something whose figures are measured together: it is set up once, and then each round measures everything of
// it, ours and what it is compared with in turn, so that a machine that gets busy is busy for both.
type subject struct {
	name    string   // what the command line asks for
	about   string   // one line for those who ask what there is
	figures []figure // its rows of the table, in order
	// open sets everything up and gives what a round does. What it starts ends with the stage.
	open func(s *stage) (round func(m *meter))
	// steady subjects (sizes) are measured once instead of in rounds.
	steady bool
}

// figure is one row of the table.
type figure struct {
	name  string
	unit  string // of ours and anchor: ms, µs, MB
	limit limit
	of    statistic // what is told of the samples; the median when nil
}

// statistic makes one number of the samples.
type statistic func(samples []float64) float64

// limit is what a figure must not exceed. The zero limit is none: the figure is told, not judged.
type limit struct {
	kind limitKind
	most float64
}

type limitKind int

const (
	unlimited limitKind = iota
	ratio               // ours / anchor
	beyond              // ours - anchor
	absolute            // ours
)

// atMostTimes limits ours to so many times the anchor.
func atMostTimes(most float64) limit { return limit{ratio, most} }

// toldBeyond has the difference told, not judged.
func toldBeyond() limit { return limit{beyond, math.Inf(1)} }

// atMostBeyond limits ours to so much more than the anchor.
func atMostBeyond(most float64) limit { return limit{beyond, most} }

// atMost limits ours itself.
func atMost(most float64) limit { return limit{absolute, most} }

// sample is what one measurement gave; a figure that is compared with nothing has no anchor.
type sample struct{ ours, anchor float64 }

// meter collects the samples of a subject by the name of the figure.
type meter struct {
	known   map[string]bool
	samples map[string][]sample
}

func newMeter(figures []figure) *meter {
	m := &meter{known: map[string]bool{}, samples: map[string][]sample{}}
	for _, f := range figures {
		m.known[f.name] = true
	}
	return m
}

// compare notes one measurement of ours beside one of the anchor.
func (m *meter) compare(figure string, ours, anchor float64) {
	if !m.known[figure] {
		panic(fmt.Sprintf("%q is measured but is no row of the table", figure))
	}
	m.samples[figure] = append(m.samples[figure], sample{ours, anchor})
}

// note notes one measurement that is compared with nothing.
func (m *meter) note(figure string, ours float64) { m.compare(figure, ours, math.NaN()) }

// median is the middle one.
func median(samples []float64) float64 { return quantile(samples, 0.5) }

// p99 is what all but one in a hundred stay below.
func p99(samples []float64) float64 { return quantile(samples, 0.99) }

// quantile is the smallest sample that q of all do not exceed; of an even number in the middle, the mean of the two.
func quantile(samples []float64, q float64) float64 {
	if len(samples) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(samples))
	at := q * float64(len(sorted))
	if i := int(at); q == 0.5 && float64(i) == at {
		return (sorted[i-1] + sorted[i]) / 2
	}
	return sorted[min(max(int(math.Ceil(at))-1, 0), len(sorted)-1)]
}
