package native_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/peers/peerstest"
	"github.com/kindos/kai/companion/store/sqlite"
	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// replicas are the real parts of one history: two Chromium profiles and a Firefox around a kai on SQLite, which exchanges
// with a kai on PostgreSQL.
type replicas struct {
	t       *testing.T
	c       *companion
	pages   []*harness.Page
	central *peerstest.Central
}

func newReplicas(t *testing.T) *replicas {
	t.Helper()
	r := &replicas{t: t, c: newCompanion(t), central: peerstest.Start(t, app.Schema())}
	id, _, _ := strings.Cut(r.c.kai("sync", "id"), "\n")
	r.central.Allow(klp.ID(id), "Laptop")
	r.dial()
	first, _ := greet(t, r.c.chromium(), model.Shared())
	r.pages = []*harness.Page{first, harness.View(t, r.c.chromium(), "tab"), harness.View(t, r.c.firefox(), "tab")}
	for _, p := range r.pages {
		p.Resize(1200, 800)
		share(p)
		p.Click("button", "Back")
	}
	return r
}

// dial has kai exchange with the one on PostgreSQL, where it is now.
func (r *replicas) dial() {
	r.c.kai("sync", "add", r.central.Address(), string(r.central.ID), "--name", "server")
}

// everywhere waits until every replica has a title.
func (r *replicas) everywhere(title string) {
	r.t.Helper()
	for _, p := range r.pages {
		p.Locate("button", title)
	}
	require.Eventually(r.t, func() bool { return r.central.Named(title) != "" }, harness.Patience, 20*time.Millisecond, title)
}

// writes gives a conversation another title, in a browser or in PostgreSQL.
func (r *replicas) writes(at int, from, to string) {
	if at < len(r.pages) {
		rename(r.pages[at], from, to)
		return
	}
	r.central.Name(r.central.Named(from), to)
}

// TestEveryReplicaAgrees: what is written at any of them is at all of them, whatever was killed or cut in between, and what
// was deleted stays away.
func TestEveryReplicaAgrees(t *testing.T) {
	t.Parallel()
	r := newReplicas(t)
	r.everywhere("hello kai")
	r.central.Name("", "To be deleted")
	r.everywhere("To be deleted")

	name := "hello kai"
	for i := range 8 {
		down := false
		switch i % 4 {
		case 0:
			r.c.signal(syscall.SIGKILL, r.c.pid())
		case 1:
			r.c.signal(syscall.SIGKILL, r.c.hosts()...)
		case 2:
			r.central.KillDatabase()
			r.central.Cut()
			down = true
		}
		next := fmt.Sprintf("Name %d", i)
		writer := (i + i/4) % 4
		if down {
			writer %= len(r.pages)
		}
		r.writes(writer, name, next)
		if down {
			r.central.Rise()
			r.dial()
		}
		r.everywhere(next)
		name = next
	}

	r.pages[1].Click("button", "Delete “To be deleted”")
	for _, p := range r.pages {
		p.Gone("button", "Delete “To be deleted”")
	}
	r.c.signal(syscall.SIGKILL, r.c.pid())
	ask(r.pages[0], "tell me a story")
	for _, p := range r.pages {
		p.Click("button", name)
		wholeStory(t, p)
		p.Gone("button", "Delete “To be deleted”")
	}
	r.sameOnDisk()
}

// sameOnDisk compares SQLite with PostgreSQL, record by record.
func (r *replicas) sameOnDisk() {
	r.t.Helper()
	require.Eventually(r.t, func() bool {
		_, _ = r.c.run("stop") // a browser may be starting it again
		db, err := sqlite.Open(r.t.Context(), filepath.Join(r.c.data, "data", "kai.db"), app.Schema())
		if err != nil {
			return false // a browser has started it again
		}
		defer func() { assert.NoError(r.t, db.Close()) }()
		return assert.ObjectsAreEqual(all(r.t, db), all(r.t, r.central.Store))
	}, harness.Patience, time.Second, "the two databases differ")
}

func all(t *testing.T, s store.Store) (out []record.Record) {
	t.Helper()
	for _, kind := range []record.Kind{record.KindConversation, record.KindMessage} {
		page, err := s.List(t.Context(), store.Query{Kind: kind, Limit: store.MaxPage})
		require.NoError(t, err)
		out = append(out, page.Records...)
	}
	require.NotEmpty(t, out)
	return out
}
