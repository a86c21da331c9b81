package queuetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/store/killtest"
	"github.com/kindos/kai/shared/store/storetest"
)

const (
	childPlace  = "KAI_TEST_KILL_QUEUE" // tells a test binary to be the process that gets killed
	killWorkers = 4
)

// Main is the TestMain of a package with such a test: its binary is the process that gets killed, too.
func Main(m *testing.M, open Open) {
	if place := os.Getenv(childPlace); place != "" {
		fmt.Fprintln(os.Stderr, addForever(place, open)) // it only returns when something is wrong
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// marking is a kind whose tasks write their number to a file: what was done, as the world outside sees it.
func marking(path string) queue.Kind {
	return queue.Kind{Name: "mark", Tries: 1000, Pause: time.Millisecond, Do: func(_ context.Context, w *queue.Work) error {
		file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = file.WriteString(string(w.Task.Body) + "\n")
		return errors.Join(err, file.Close())
	}}
}

func marked(place string) string { return place + ".marks" }

func openMarking(place string, open Open) (queue.Queue, error) {
	return open(context.Background(), place, Options{
		Kinds: []queue.Kind{marking(marked(place))}, Workers: killWorkers, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
}

// addForever adds task after task, and says each number once the queue has acknowledged it, while others are being done.
func addForever(place string, open Open) error {
	q, err := openMarking(place, open)
	if err != nil {
		return err
	}
	ctx := context.Background()
	last, err := q.List(ctx, queue.Filter{Limit: 1})
	if err != nil {
		return err
	}
	n := 0
	if len(last) > 0 {
		if n, err = strconv.Atoi(string(last[0].Body)); err != nil {
			return err
		}
	}
	if err := q.Start(ctx); err != nil {
		return err
	}
	for n++; ; n++ {
		if _, err := q.Add(ctx, numbered(n)); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(os.Stdout, n); err != nil {
			return err
		}
	}
}

func numbered(n int) queue.Spec {
	return queue.Spec{Kind: "mark", Body: []byte(strconv.Itoa(n)), Key: strconv.Itoa(n)}
}

// RunKills kills a process again and again that adds tasks and does them: each that was acknowledged is done in the end,
// each is one task, and only what was running is ever done twice. storetest.Soak asks for 1,000 kills.
func RunKills(t *testing.T, open Open) {
	t.Helper()
	kills := 100
	switch {
	case os.Getenv(storetest.Soak) != "":
		kills = 1000
	case testing.Short():
		kills = 5
	}
	place, rng, acknowledged := filepath.Join(t.TempDir(), "tasks.db"), rand.New(rand.NewPCG(1, 2)), 0
	for range kills {
		acknowledged = max(acknowledged, killtest.After(t, childPlace, place, 1+rng.IntN(20), time.Duration(rng.IntN(3000))*time.Microsecond))
	}
	q, err := openMarking(place, open)
	require.NoError(t, err)
	require.NoError(t, q.Start(t.Context()))
	var count map[queue.State]int
	require.Eventually(t, func() bool {
		count, err = q.Count(t.Context())
		return err == nil && count[queue.Waiting]+count[queue.Running] == 0
	}, time.Minute, 10*time.Millisecond)
	require.NoError(t, q.Close(t.Context()))
	checkMarks(t, place, acknowledged, count[queue.Done], kills)
	require.Zero(t, count[queue.Dead])
}

func checkMarks(t *testing.T, place string, acknowledged, done, kills int) {
	t.Helper()
	text, err := os.ReadFile(marked(place))
	require.NoError(t, err)
	marks, twice := map[string]int{}, 0
	for _, n := range strings.Fields(string(text)) {
		marks[n]++
		if marks[n] > 1 {
			twice++
		}
	}
	for n := 1; n <= acknowledged; n++ {
		require.NotZero(t, marks[strconv.Itoa(n)], "task %d was acknowledged and is lost", n)
	}
	require.Len(t, marks, done, "what was done is what there is")
	require.LessOrEqual(t, done, acknowledged+1, "one was added and not acknowledged, at most")
	require.LessOrEqual(t, twice, kills*2*killWorkers, "more was done twice than can have been running")
	t.Logf("killed %d times: %d tasks acknowledged, none lost; %d were done twice", kills, acknowledged, twice)
}
