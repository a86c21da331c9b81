package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// storeStep is one thing that both stores do, and how often in one measurement: processor time is counted in hundredths of a
// second.
type storeStep struct {
	name  string
	times int
	limit limit
	ready string // what the page makes before the clocks run; SIDE and TIMES are filled in here and in call
	call  string // of the page's bench
}

// storeSteps are measured in this order: what is written singly is read afterwards. "As messages" is with every body
// decoded into the message that the assistant works with, which JavaScript gets for free.
func storeSteps() []storeStep {
	reads, lists := atMostTimes(1.3), atMostTimes(1.5)
	const (
		ask   = `bench.ask(SIDE, TIMES)`
		write = `bench.write(SIDE, "one by one", TIMES)`
		add   = `bench.write(SIDE, "conversation 7", TIMES)`
	)
	return []storeStep{
		{"bulk put of 5,000", 1, atMostTimes(0.6), "", `bench.load(SIDE)`},
		{"100 point reads", 40, reads, ask, `bench.get(SIDE, false)`},
		{"100 point reads, as messages", 40, limit{}, ask, `bench.get(SIDE, true)`},
		{"list of 200", 40, lists, "", `bench.list(SIDE, "the long one", 200, TIMES, false)`},
		{"list of 200, as messages", 40, limit{}, "", `bench.list(SIDE, "the long one", 200, TIMES, true)`},
		{"list of 20, as messages", 100, limit{}, "", `bench.list(SIDE, "conversation 77", 20, TIMES, true)`},
		{"durable put of one", 200, lists, write, `bench.single(SIDE)`},
		{"durable put of one into a packed conversation", 100, limit{}, add, `bench.single(SIDE)`},
		{"list of 200 that were put singly", 40, lists, "", `bench.list(SIDE, "one by one", 200, TIMES, false)`},
	}
}

// records compares the store through WebAssembly with JavaScript written by hand, in one page of an extension.
func records() subject {
	return sideBySide("store", "IndexedDB through WebAssembly against JavaScript written by hand, one object a message", storeSteps)
}

// sideBySide measures the store through WebAssembly and another one in a page that is in the folder of the subject's name.
func sideBySide(name, about string, steps func() []storeStep) subject {
	s := subject{name: name, about: about}
	for _, step := range steps() {
		s.figures = append(s.figures,
			figure{name: step.name + ": CPU", unit: "ms", limit: step.limit},
			figure{name: step.name + ": wall", unit: "ms", limit: step.limit})
	}
	s.open = func(st *stage) func(*meter) {
		c := harness.StartChromium(st, harness.Options{Extension: storeExtension(st, name)})
		p := c.Open(st, c.ExtensionURL("page.html"))
		p.Until("the program", "!!globalThis.bench")
		round := 0
		return func(m *meter) {
			round++
			p.Eval("bench.begin()", nil)
			for i, step := range steps() {
				step.measure(st, m, c, p, (round+i)%2 == 0)
			}
		}
	}
	return s
}

// measure plays one step on both sides.
func (step storeStep) measure(s *stage, m *meter, c *harness.Chromium, p *harness.Page, oursFirst bool) {
	sides := []string{"plain", "ours"}
	if oursFirst {
		sides = []string{"ours", "plain"}
	}
	cpu, wall := map[string]float64{}, map[string]float64{}
	for _, side := range sides {
		fill := strings.NewReplacer("SIDE", `"`+side+`"`, "TIMES", strconv.Itoa(step.times)).Replace
		if step.ready != "" {
			p.Eval(fill(step.ready), nil)
		}
		before, took := cpuTimes(s, c), 0.0
		p.Eval(fill(step.call), &took)
		cpu[side] = cpuTimes(s, c).since(before) / float64(step.times)
		wall[side] = took / float64(step.times)
	}
	m.compare(step.name+": CPU", cpu["ours"], cpu["plain"])
	m.compare(step.name+": wall", wall["ours"], wall["plain"])
}

// storeExtension builds the extension that measures: a page, and the store compiled as the product is, without inlining.
func storeExtension(s *stage, page string) string {
	root, dir := harness.Root(s), s.TempDir()
	const source = "e2e/bench/testdata/"
	perform(s, root, []string{"GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0"}, "go", "build", "-trimpath", "-ldflags=-s -w",
		"-gcflags=all=-l", "-o", filepath.Join(dir, "store.wasm"), "./"+source+"store")
	perform(s, root, nil, filepath.Join("extension", "node_modules", ".bin", "esbuild"), source+page+"/page.ts", "--bundle",
		"--format=iife", "--target=es2022", "--log-level=warning", "--outdir="+dir)
	carrier, err := os.ReadFile(filepath.Join(harness.Built(s, "chrome"), "wasm_exec.js"))
	require.NoError(s, err)
	for name, text := range map[string]string{
		"wasm_exec.js": string(carrier), "manifest.json": fmt.Sprintf(storeManifest, manifestKey(s)), "page.html": storePage,
	} {
		require.NoError(s, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}

const (
	storePage     = `<!doctype html><meta charset="utf-8"><title>store</title><script src="wasm_exec.js"></script><script src="page.js"></script>`
	storeManifest = `{"manifest_version": 3, "name": "store", "version": "1", "key": %q,
"content_security_policy": {"extension_pages": "script-src 'self' 'wasm-unsafe-eval'"}}`
)

// manifestKey is any key that gives the extension an id that is known beforehand: kAI's own.
func manifestKey(s *stage) string {
	raw, err := os.ReadFile(filepath.Join(harness.Root(s), "manifest.json"))
	require.NoError(s, err)
	var manifest struct {
		Key string `json:"key"`
	}
	require.NoError(s, json.Unmarshal(raw, &manifest))
	return manifest.Key
}
