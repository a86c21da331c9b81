package main

import (
	"encoding/json"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// query is what a person may look for in the history, and whether it is there.
type query struct {
	words string
	found bool
}

// queries are of each kind: in no message, which means to look through all of them; in many; in titles too.
func queries() []query {
	return []query{
		{"zebra", false},
		{"plan zebra", false},
		{"memory engine nowhere", false},
		{"summerhouse", false},
		{"quite another thing", false},
		{"planet", true},
		{"silver market", true},
		{"Conversation 77", true},
		{"bridge summer letter", true},
		{"REASON", true},
	}
}

// searching measures the search of 20,000 messages, asked as a view asks, in the packed extension.
func searching() subject {
	const (
		slowest = "search of 20,000 messages, slowest of ten"
		middle  = "search of 20,000 messages, median of ten"
		cpu     = "search of 20,000 messages, CPU of one"
		first   = "the first search after a start, which reads all messages: wall"
		firstUp = "the first search after a start, which reads all messages: CPU"
	)
	return subject{
		name: "search", about: "full-text search with 1,000 conversations of 20 messages",
		figures: []figure{
			{name: slowest, unit: "ms", limit: atMost(100)},
			{name: middle, unit: "ms", limit: atMost(100)},
			{name: cpu, unit: "ms"},
			{name: first, unit: "ms"},
			{name: firstUp, unit: "ms"},
		},
		open: func(s *stage) func(*meter) {
			files := extension(s)
			c := harness.StartChromium(s, harness.Options{Profile: profile(s, files, usualConversations), Extension: files})
			return func(m *meter) {
				p := searcher(s, c)
				defer p.Close()
				before := cpuTimes(s, c)
				took := search(s, p, queries()[:1])
				m.note(first, took[0])
				m.note(firstUp, cpuTimes(s, c).since(before))
				quiet(s, c)
				before = cpuTimes(s, c)
				took = search(s, p, queries())
				m.note(cpu, cpuTimes(s, c).since(before)/float64(len(took)))
				m.note(middle, median(took))
				m.note(slowest, quantile(took, 1))
				c.Kill(s, "background_page", "offscreen")
			}
		},
	}
}

// searcher opens a page with a connection to a runtime that was started afresh and has come to rest.
func searcher(s *stage, c *harness.Chromium) *harness.Page {
	p := c.Open(s, c.ExtensionURL("tab.html"))
	p.Eval(`new Promise((done) => {
	  const script = document.createElement("script");
	  Object.assign(script, { src: "search.js", onload: () => done(null) });
	  document.head.append(script);
	})`, nil)
	p.Eval("connect()", nil)
	quiet(s, c)
	return p
}

// search gives the ms that each query took.
func search(s *stage, p *harness.Page, all []query) []float64 {
	words := make([]string, len(all))
	for i, q := range all {
		words[i] = q.words
	}
	asked, err := json.Marshal(words)
	require.NoError(s, err)
	var out []struct {
		Took float64 `json:"took"`
		Hits int     `json:"hits"`
	}
	p.Eval("search("+string(asked)+")", &out)
	took := make([]float64, len(out))
	for i, one := range out {
		took[i] = one.Took
		require.Equal(s, all[i].found, one.Hits > 0, "%q found %d", all[i].words, one.Hits)
	}
	return took
}
