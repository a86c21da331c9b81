package main

import (
	"os/exec"
	"path/filepath"

	"github.com/kindos/kai/e2e/harness"
)

// rivalSteps are the rows that RxDB publishes (its plugin test-utils), with its documents, random ids and four indexes, and
// a bulk load against Dexie itself. Every write is a transaction of strict durability on both sides, which Dexie does not
// choose by itself; a bulk load of ours is several, of which the last is strict: one flush, as Dexie's. Before what reads,
// both are opened anew, as there: RxDB would answer from memory.
//
// Two kinds of rows are no faster, for a reason. A find by id is a request that the browser answers, on either side: a tie
// within the noise for one, 0.8 to 1.1 times between runs for 3,000. And a body is JSON text until somebody decodes it,
// where RxDB has the browser make an object of it at once: encoding/json takes 0.1 ms for each of these documents in
// WebAssembly, which makes the two finds of 3,000 take 0.9 to 1.8 times as long as RxDB's; that is told and not judged. The
// assistant decodes what it shows, a page at a time, without reflection.
func rivalSteps() []storeStep {
	faster, tie, told := atMostTimes(1), atMostTimes(1.3), limit{}
	const fresh = `bench.fresh(SIDE)`
	return []storeStep{
		{"RxDB: opened until the first insert", 1, faster, "", `bench.open(SIDE)`},
		{"RxDB: bulk insert of 500", 6, faster, "", `bench.insert(SIDE)`},
		{"RxDB: 3,000 found by id", 1, faster, fresh, `bench.find(SIDE, false)`},
		{"RxDB: 3,000 found by id, decoded", 1, told, fresh, `bench.find(SIDE, true)`},
		{"RxDB: insert, one by one", 50, faster, "", `bench.serial(SIDE)`},
		{"RxDB: find by id, one by one", 50, tie, fresh, `bench.findSerial(SIDE)`},
		{"RxDB: 3,050 found by query, sorted", 1, faster, fresh, `bench.query(SIDE, false)`},
		{"RxDB: 3,050 found by query, sorted, decoded", 1, told, fresh, `bench.query(SIDE, true)`},
		{"Dexie: bulk load of 20,000 of 1 KB", 1, faster, "", `bench.load(SIDE)`},
	}
}

// rivals compares the store with what others would take for it.
func rivals() subject {
	s := sideBySide("rivals", "IndexedDB through WebAssembly against RxDB with its Dexie storage, and against Dexie", rivalSteps)
	open := s.open
	s.open = func(st *stage) func(*meter) {
		dir := filepath.Join(harness.Root(st), "e2e", "bench", "testdata", "rivals")
		if exec.CommandContext(st.ctx, "npm", "ls", "--prefix", dir).Run() != nil { // missing, or others than are pinned
			perform(st, dir, nil, "npm", "ci", "--no-fund", "--no-audit")
		}
		return open(st)
	}
	return s
}
