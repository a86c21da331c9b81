package main

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMedianAndP99(t *testing.T) {
	require.InDelta(t, 3, median([]float64{9, 1, 3}), 0)
	require.InDelta(t, 2.5, median([]float64{4, 1, 3, 2}), 0)
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(100 - i)
	}
	require.InDelta(t, 99, p99(hundred), 0)
	require.True(t, math.IsNaN(median(nil)))
}

// A machine that gets slower in the middle of a run makes both halves of a measurement slower: the ratio holds.
func TestRatioIsTakenWithinEachMeasurement(t *testing.T) {
	f := figure{name: "f", limit: atMostTimes(2)}
	r := settle(f, []sample{{20, 10}, {200, 100}, {2000, 1000}})
	require.InDelta(t, 2, r.relation, 0)
	require.True(t, r.met)
	require.False(t, settle(f, []sample{{21, 10}}).met)
}

func TestLimits(t *testing.T) {
	require.True(t, settle(figure{limit: atMostBeyond(1)}, []sample{{5, 4}}).met)
	require.False(t, settle(figure{limit: atMostBeyond(1)}, []sample{{5.1, 4}}).met)
	require.True(t, settle(figure{limit: atMost(5)}, []sample{{5, math.NaN()}}).met)
	require.False(t, settle(figure{limit: atMost(5)}, nil).met, "what was not measured is not met")
}

func TestTableTellsWhatWasMissed(t *testing.T) {
	ask := subject{
		name: "s", figures: []figure{
			{name: "quick", unit: "ms", limit: atMostTimes(2)},
			{name: "slow", unit: "ms", limit: atMost(1)},
			{name: "told", unit: "MB"},
		},
		open: func(*stage) func(*meter) {
			return func(m *meter) {
				m.compare("quick", 3, 2)
				m.note("slow", 1234)
				m.note("told", 0.5)
			}
		},
	}
	var out strings.Builder
	require.ErrorContains(t, run(context.Background(), &out, []subject{ask}, 3), "1 of the above")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Equal(t, []string{"quick", "3", "ms", "2", "ms", "1.5", "×", "≤", "2", "×", "met"}, strings.Fields(lines[1]))
	require.Equal(t, []string{"slow", "1234", "ms", "≤", "1", "ms", "MISSED"}, strings.Fields(lines[2]))
	require.Equal(t, []string{"told", "0.5", "MB"}, strings.Fields(lines[3]))
}

func TestBrokenSubjectIsSaidAndCleanedUp(t *testing.T) {
	cleaned := false
	broken := subject{
		name: "broken", figures: []figure{{name: "never", unit: "ms", limit: atMost(1)}},
		open: func(s *stage) func(*meter) {
			s.Cleanup(func() { cleaned = true })
			require.Equal(s, 1, 2)
			return nil
		},
	}
	var out strings.Builder
	require.Error(t, run(context.Background(), &out, []subject{broken}, 1))
	require.True(t, cleaned)
	require.Contains(t, out.String(), "not measured")
}

func TestFiguresOfAGoBenchmarkAreRead(t *testing.T) {
	got := reported("goos: linux\nBenchmarkNothing-2   \t 1\t 9 ns/op\t 10638 kai-done/s\t 2.1e+03 asynq-always-done/s\nPASS\nok  \tx\t1.2s\n")
	require.Equal(t, map[string]float64{"ns/op": 9, "kai-done/s": 10638, "asynq-always-done/s": 2100}, got)
}
