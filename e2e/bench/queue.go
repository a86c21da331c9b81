package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// tasks measures kai's queue beside asynq on a real Redis, with tasks that do nothing. The measuring is the benchmark of
// e2e/tools/queuebench, which is a module of its own; here its figures get limits and places in the table. Promised is half
// of asynq's rate while durable, so a task may take at most twice as long as with the asynq that is as durable; beside the one
// that synchronises once a second it is told.
func tasks() subject {
	const (
		durable = "queue, a task that does nothing, and asynq as durable"
		second  = "  the same, and asynq that synchronises once a second"
		added   = "  adding one, and asynq as durable"
	)
	return subject{
		name: "tasks", about: "kai's queue beside asynq on a real Redis, tasks that do nothing",
		figures: []figure{
			{name: durable, unit: "µs", limit: atMostTimes(2)},
			{name: second, unit: "µs"},
			{name: added, unit: "µs"},
		},
		open: func(s *stage) func(*meter) {
			module := filepath.Join(harness.Root(s), "e2e", "tools", "queuebench")
			binary := filepath.Join(s.TempDir(), "queuebench")
			perform(s, module, []string{"GOFLAGS=-mod=mod"}, "go", "test", "-c", "-o", binary, ".")
			return func(m *meter) {
				cmd := exec.CommandContext(s.ctx, binary, "-test.run", "^$", "-test.bench", ".", "-test.benchtime", "1x")
				cmd.Dir, cmd.Stderr = module, os.Stderr
				said, err := cmd.Output()
				require.NoError(s, err, "%s", said)
				rates := reported(string(said))
				each := func(queue, what string) float64 {
					rate := rates[queue+"-"+what+"/s"]
					require.Positive(s, rate, "no %s of %s in %s", what, queue, said)
					return 1e6 / rate
				}
				m.compare(durable, each("kai", "done"), each("asynq-always", "done"))
				m.compare(second, each("kai", "done"), each("asynq-everysec", "done"))
				m.compare(added, each("kai", "added"), each("asynq-always", "added"))
			}
		},
	}
}

// reported reads what a Go benchmark told: its name, how often, then numbers, each before its unit.
func reported(text string) map[string]float64 {
	out := map[string]float64{}
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		for i := 2; i+1 < len(words); i += 2 {
			if number, err := strconv.ParseFloat(words[i], 64); err == nil {
				out[words[i+1]] = number
			}
		}
	}
	return out
}
