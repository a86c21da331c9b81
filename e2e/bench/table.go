package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// result is what became of a figure.
type result struct {
	ours, anchor float64
	relation     float64 // ours to anchor as the limit compares them: ratio or difference
	judged, met  bool
}

// settle makes a result of a figure's samples. Ratios and differences are taken within each measurement, whose two halves
// met the same machine, and only then is the middle sought.
func settle(f figure, samples []sample) result {
	of := f.of
	if of == nil {
		of = median
	}
	var ours, anchors, relations []float64
	for _, s := range samples {
		ours, anchors = append(ours, s.ours), append(anchors, s.anchor)
		relations = append(relations, f.limit.relate(s))
	}
	r := result{ours: of(ours), anchor: of(anchors), relation: of(relations), judged: f.limit.judges()}
	switch f.limit.kind {
	case unlimited:
	case absolute:
		r.met = r.ours <= f.limit.most
	case ratio, beyond:
		r.met = r.relation <= f.limit.most
	}
	return r
}

func (l limit) judges() bool { return l.kind != unlimited && !math.IsInf(l.most, 1) }

func (l limit) relate(s sample) float64 {
	if l.kind == beyond {
		return s.ours - s.anchor
	}
	return s.ours / s.anchor
}

func (l limit) text(unit string) string {
	if !l.judges() {
		return ""
	}
	switch l.kind {
	case ratio:
		return fmt.Sprintf("≤ %s ×", number(l.most))
	case beyond:
		return fmt.Sprintf("≤ +%s %s", number(l.most), unit)
	case absolute:
		return fmt.Sprintf("≤ %s %s", number(l.most), unit)
	case unlimited:
	}
	return ""
}

// table writes rows under their head.
type table struct {
	out *tabwriter.Writer
}

func newTable(w io.Writer) *table {
	t := &table{out: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	t.row("figure", "ours", "anchor", "ratio", "limit", "verdict")
	return t
}

func (t *table) row(cells ...string) {
	fmt.Fprintln(t.out, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
}

func (t *table) flush() error { return t.out.Flush() }

// add writes a figure's row.
func (t *table) add(f figure, r result) {
	relation := ""
	switch {
	case math.IsNaN(r.relation):
	case f.limit.kind == beyond:
		relation = fmt.Sprintf("%+.2f %s", r.relation, f.unit)
	default:
		relation = number(r.relation) + " ×"
	}
	t.row(f.name, quantity(r.ours, f.unit), quantity(r.anchor, f.unit), relation, f.limit.text(f.unit), r.verdict())
}

func (r result) verdict() string {
	switch {
	case math.IsNaN(r.ours):
		return "not measured"
	case !r.judged:
		return ""
	case r.met:
		return "met"
	}
	return "MISSED"
}

func quantity(v float64, unit string) string {
	if math.IsNaN(v) {
		return ""
	}
	return number(v) + " " + unit
}

// number writes three digits that count, and no more.
func number(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "?"
	case a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
	}
	text := fmt.Sprintf("%.2f", v)
	return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
}
