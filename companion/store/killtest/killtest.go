// Package killtest kills a process that writes records to a file, again and again, and looks whether what was acknowledged is
// there: the durability of SQLite and DuckDB. After serves any process that says what it has written. Imports shared/store, storetest and testify; only tests import it.
package killtest

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/storetest"
)

// childFile tells a test binary to be the writer that gets killed.
const childFile = "KAI_TEST_KILL_FILE"

// Open opens the store in a file.
type Open func(ctx context.Context, path string) (store.Store, error)

// Main is the TestMain of a package with such a test: its binary is the writer too.
func Main(m *testing.M, open Open) {
	if path := os.Getenv(childFile); path != "" {
		fmt.Fprintln(os.Stderr, writeForever(path, open)) // it only returns when something is wrong
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// pair makes the two records that are always written together, large enough that a kill meets many pages on their way.
func pair(n int) []store.Write {
	version := record.Version(fmt.Sprintf("%012x-0000-t", n))
	body := fmt.Appendf(nil, `{"n":%d,"conversation":"c","text":"number %d","more":%q}`, n, n, strings.Repeat(strconv.Itoa(n)+" ", 8000))
	return []store.Write{
		store.Put(record.Record{Kind: record.KindMessage, ID: fmt.Sprintf("m%08d", n), Version: version, Body: body}),
		store.Put(record.Record{Kind: record.KindSetting, ID: "last", Version: version, Body: fmt.Appendf(nil, `{"n":%d}`, n)}),
	}
}

// writeForever writes pair after pair and says each number once the store has acknowledged it.
func writeForever(path string, open Open) error {
	ctx := context.Background()
	s, err := open(ctx, path)
	if err != nil {
		return err
	}
	feed, err := s.Changes(ctx, 0, store.MaxPage)
	if err != nil {
		return err
	}
	for n := max(len(feed.Records)-1, 0); ; n++ { // as many messages are stored, and one setting
		if _, err := s.Apply(ctx, pair(n)...); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(os.Stdout, n); err != nil {
			return err
		}
	}
}

// Run kills a writing process again and again, at any point of its work: every acknowledged write is there, no write is
// there by half. sound, when not nil, looks at the open file as only its backend can. storetest.Soak asks for 1,000 kills.
func Run(t *testing.T, open Open, sound func(t *testing.T, path string)) {
	t.Helper()
	kills, perFile := 25, 25 // each look reads the whole file: it must not grow for ever
	switch {
	case os.Getenv(storetest.Soak) != "":
		kills = 1000
	case testing.Short():
		kills = 3
	}
	path, rng := "", rand.New(rand.NewPCG(1, 2))
	for n := range kills {
		if n%perFile == 0 {
			path = filepath.Join(t.TempDir(), "kai.records")
		}
		acknowledged := After(t, childFile, path, 1+rng.IntN(15), time.Duration(rng.IntN(3000))*time.Microsecond)
		check(t, path, open, acknowledged, sound)
		if n%100 == 99 {
			t.Logf("%d kills", n+1)
		}
	}
	t.Logf("killed %d times: nothing acknowledged was lost, no write was there by half", kills)
}

// After runs this test's own binary as a writer, told by an environment variable which file is its own, until it has said
// so many numbers, each for a write that was acknowledged; kills it a moment later in the midst of the next; and answers the
// last number that it said.
func After(t *testing.T, variable, path string, writes int, moment time.Duration) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0]) //nolint:gosec // it is this test
	child.Env, child.Stderr = append(os.Environ(), variable+"="+path), os.Stderr
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	last, seen := -1, 0
	for lines := bufio.NewScanner(out); lines.Scan(); seen++ {
		last, err = strconv.Atoi(lines.Text())
		require.NoError(t, err)
		if seen == writes {
			time.AfterFunc(moment, func() { _ = child.Process.Kill() }) // it may have ended by itself
		}
	}
	require.Error(t, child.Wait(), "it was killed")
	require.GreaterOrEqual(t, seen, writes)
	return last
}

func check(t *testing.T, path string, open Open, acknowledged int, sound func(*testing.T, string)) {
	t.Helper()
	ctx := context.Background()
	s, err := open(ctx, path)
	require.NoError(t, err)
	defer s.Close() //nolint:errcheck // the test reads only
	feed, err := s.Changes(ctx, 0, store.MaxPage)
	require.NoError(t, err)
	require.False(t, feed.More)
	written := len(feed.Records) - 1
	require.GreaterOrEqual(t, written, acknowledged+1, "an acknowledged write is lost")
	require.LessOrEqual(t, written, acknowledged+2, "more than the write under way is there")
	last := pair(written - 1)[1].Record
	require.Equal(t, last, feed.Records[written], "the two records of a write go together")
	for n, r := range feed.Records[:written] {
		require.Equal(t, pair(n)[0].Record, r)
	}
	hits, err := store.Search(ctx, s, store.TextQuery{Kind: record.KindMessage, Words: fmt.Sprintf("number %d", written-1)})
	require.NoError(t, err)
	require.NotEmpty(t, hits, "the words go with their record")
	if sound != nil {
		sound(t, path)
	}
}
