package postgres

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/store/postgres/postgrestest"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/storetest"
)

// pair makes the two records that are always written together.
func pair(n int) []store.Write {
	version := record.Version(fmt.Sprintf("%012x-0000-t", n))
	body := fmt.Appendf(nil, `{"n":%d,"conversation":"c","text":"number %d","more":%q}`, n, n, strings.Repeat(strconv.Itoa(n)+" ", 2000))
	return []store.Write{
		store.Put(record.Record{Kind: record.KindMessage, ID: fmt.Sprintf("m%08d", n), Version: version, Body: body}),
		store.Put(record.Record{Kind: record.KindSetting, ID: "last", Version: version, Body: fmt.Appendf(nil, `{"n":%d}`, n)}),
	}
}

// writer writes an owner's pairs one after the other, through every kill. A write without an answer is repeated: whether it
// was done before makes no difference.
type writer struct {
	store        *Store
	acknowledged atomic.Int64  // pairs
	news         chan struct{} // has something when acknowledged has grown; closed when the writer has ended
	checked      int           // pairs that were found at the kills before
	err          error         // why it ended
}

func (w *writer) run(ctx context.Context) {
	defer close(w.news)
	for n := 0; ctx.Err() == nil; {
		_, err := w.store.Apply(ctx, pair(n)...)
		switch fault.CodeOf(err) {
		case "":
			n++
			w.acknowledged.Store(int64(n))
			select {
			case w.news <- struct{}{}:
			default:
			}
		case fault.Unavailable, fault.Canceled:
		default:
			w.err = err
			return
		}
	}
}

// TestWhatWasAcknowledgedSurvivesAKill kills the server with kill -9, each of its processes, or every third time the one that
// serves a writer, at random moments while several owners' writers are at work: every acknowledged batch is there, no batch is
// there by half, and the writers go on.
func TestWhatWasAcknowledgedSurvivesAKill(t *testing.T) {
	kills := 4
	if os.Getenv(storetest.Soak) != "" {
		kills = 1000
	}
	c := fragile(t)
	db := open(t, fresh(t, c))
	writers := make([]*writer, 3)
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	for i := range writers {
		writers[i] = &writer{store: owned(t, db, fmt.Sprintf("owner %d", i)), news: make(chan struct{}, 1)}
		work.Go(func() { writers[i].run(ctx) })
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range kills {
		kill := killServer
		if n%3 == 2 {
			kill = killOne
		}
		killUnderLoad(t, c, kill, writers, 1+rng.IntN(8), time.Duration(rng.IntN(5000))*time.Microsecond)
		if n%100 == 99 {
			t.Logf("%d kills", n+1)
		}
	}
	cancel()
	work.Wait()
	total := int64(0)
	for _, w := range writers {
		require.NoError(t, w.err)
		total += w.acknowledged.Load()
	}
	t.Logf("%d kills, %d acknowledged batches", kills, total)
}

// killServer ends the server with all its processes, and starts it again when acknowledged has noted how far the writers are:
// nothing more is acknowledged until then.
func killServer(t *testing.T, c *postgrestest.Cluster, acknowledged func()) {
	t.Helper()
	require.NoError(t, c.Kill())
	acknowledged()
	require.NoError(t, c.Restart(context.Background()))
}

// killOne ends a process that serves a writer. The server then ends all the others, as memory that they share may be spoilt,
// and recovers; that is seen when a connection from before is cut.
func killOne(t *testing.T, c *postgrestest.Cluster, acknowledged func()) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, c.URL("postgres", "postgres"))
	require.NoError(t, err)
	defer conn.Close(ctx) //nolint:errcheck // it is cut
	var pid int
	const one = `SELECT pid FROM pg_stat_activity WHERE application_name = 'kai' AND query !~ '^LISTEN' ORDER BY state = 'active' DESC, random() LIMIT 1`
	require.NoError(t, conn.QueryRow(ctx, one).Scan(&pid))
	victim, err := os.FindProcess(pid)
	require.NoError(t, err)
	acknowledged()
	require.NoError(t, victim.Kill())
	_, err = conn.WaitForNotification(ctx)
	require.Error(t, err, "the server cuts every connection")
}

// killUnderLoad lets every writer have some writes acknowledged, kills a moment later, and looks at what is there when the
// server is back.
func killUnderLoad(t *testing.T, c *postgrestest.Cluster, kill func(*testing.T, *postgrestest.Cluster, func()), writers []*writer, writes int, moment time.Duration) {
	t.Helper()
	for _, w := range writers {
		for start := w.acknowledged.Load(); w.acknowledged.Load() < start+int64(writes); {
			_, going := <-w.news
			require.True(t, going, "the writer ended: %v", w.err)
		}
	}
	<-time.After(moment)
	acknowledged := make([]int, len(writers))
	kill(t, c, func() {
		for i, w := range writers {
			acknowledged[i] = int(w.acknowledged.Load())
		}
	})
	for i, w := range writers {
		w.check(t, acknowledged[i])
	}
}

// changes reads the feed as soon as the server answers.
func (w *writer) changes(ctx context.Context, since uint64) (feed store.Feed, err error) {
	for {
		feed, err = w.store.Changes(ctx, since, store.MaxPage)
		if fault.CodeOf(err) != fault.Unavailable {
			return feed, err
		}
	}
}

// check reads what is new in the feed since the last kill: a message for each number in order, and the setting that was
// written with the last of them. The writer goes on meanwhile.
func (w *writer) check(t *testing.T, acknowledged int) {
	t.Helper()
	ctx := context.Background()
	var records []record.Record
	for feed := (store.Feed{Seq: uint64(2 * w.checked), More: true}); feed.More; { //nolint:gosec // small
		var err error
		feed, err = w.changes(ctx, feed.Seq)
		require.NoError(t, err)
		records = append(records, feed.Records...)
	}
	written := max(len(records)-1, 0) // a write whose answer the last kill took was repeated, and changed nothing
	require.GreaterOrEqual(t, w.checked+written, acknowledged, "an acknowledged batch is lost")
	for i, r := range records[:written] {
		require.Equal(t, pair(w.checked + i)[0].Record, r)
	}
	w.checked += written
	if len(records) == 0 {
		return
	}
	require.Equal(t, pair(w.checked - 1)[1].Record, records[written], "the two records of a batch go together")
}
