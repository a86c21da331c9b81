package replicasim_test

import (
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/kindos/kai/shared/replica/replicasim"
)

// histories is how many are played: SOAK, or 10,000.
func histories(t *testing.T) uint64 {
	t.Helper()
	if text := os.Getenv("SOAK"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal("SOAK is a number of histories:", err)
		}
		return n
	}
	if testing.Short() {
		return 500
	}
	return 10_000
}

func TestRandomHistories(t *testing.T) {
	var seed atomic.Uint64
	var failed atomic.Bool
	var wg sync.WaitGroup
	last := histories(t)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for n := seed.Add(1); n <= last && !failed.Load(); n = seed.Add(1) {
				h := replicasim.Draw(n)
				if replicasim.Play(h) != nil && !failed.Swap(true) {
					short := replicasim.Shrink(h, 3000)
					t.Errorf("%v\n%v", replicasim.Play(short), short)
				}
			}
		})
	}
	wg.Wait()
}
