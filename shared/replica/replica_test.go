package replica_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

// device is a store with everything that makes it a replica. Its time moves a second with each look at it.
type device struct {
	*replica.Replica
	t     *testing.T
	name  string
	store *memstore.Store
	clock *record.Clock
	now   time.Time
	ids   int
}

func newDevice(t *testing.T, name string, change ...func(*replica.Options)) *device {
	t.Helper()
	d := &device{t: t, name: name, now: time.Unix(1_800_000_000, 0)}
	d.store = memstore.New(schema())
	d.restart(change...)
	return d
}

func schema() []store.KindSpec { return store.Schema() }

// restart begins a new life over the same store.
func (d *device) restart(change ...func(*replica.Options)) {
	d.ids++
	d.clock = record.NewClock(fmt.Sprintf("%s%d", d.name, d.ids), d.time)
	opt := replica.Options{Store: d.store, Clock: d.clock, Now: d.time, NewID: d.newID, Selection: replica.History()}
	for _, c := range change {
		c(&opt)
	}
	d.Replica = replica.New(opt)
	require.NoError(d.t, d.Start(d.t.Context()))
}

func (d *device) time() time.Time {
	d.now = d.now.Add(time.Second)
	return d.now
}

func (d *device) newID() string {
	d.ids++
	return fmt.Sprintf("%s-id-%d", d.name, d.ids)
}

func (d *device) put(kind record.Kind, id, body string) record.Record {
	d.t.Helper()
	r, err := store.Update(d.t.Context(), d.store, d.clock, record.Key{Kind: kind, ID: id}, func(r *record.Record) error {
		r.Body, r.Deleted = []byte(body), false
		return nil
	})
	require.NoError(d.t, err)
	return r
}

func (d *device) say(id, text string) record.Record {
	d.t.Helper()
	return d.put(record.KindMessage, id, fmt.Sprintf(`{"conversation":"c","role":"user","text":%q}`, text))
}

func (d *device) erase(id string) {
	d.t.Helper()
	_, err := store.Update(d.t.Context(), d.store, d.clock, record.Key{Kind: record.KindMessage, ID: id}, func(r *record.Record) error {
		r.Body, r.Deleted = nil, true
		return nil
	})
	require.NoError(d.t, err)
}

// holds lists what is shared and alive, as "kind id body".
func (d *device) holds() []string {
	d.t.Helper()
	out := []string{}
	for _, kind := range replica.History().Kinds {
		page, err := d.store.List(context.Background(), store.Query{Kind: kind, Limit: store.MaxPage})
		require.NoError(d.t, err)
		for _, r := range page.Records {
			out = append(out, fmt.Sprintf("%s %s %s", r.Kind, r.ID, r.Body))
		}
	}
	return out
}

func (d *device) sync(with replica.Exchange) replica.Report {
	d.t.Helper()
	report, err := d.Sync(d.t.Context(), with, nil)
	require.NoError(d.t, err)
	return report
}

func (d *device) server() *replica.Server { return replica.NewServer(d.Replica) }

func TestTwoStoresAgree(t *testing.T) {
	a, b := newDevice(t, "a"), newDevice(t, "b")
	a.say("1", "from a")
	b.say("2", "from b")
	report := a.sync(b.server())
	assert.Equal(t, 1, report.Pulled)
	assert.Equal(t, 1, report.Pushed)
	assert.Len(t, a.holds(), 2)
	assert.Equal(t, a.holds(), b.holds())

	b.say("1", "edited by b")
	a.erase("2")
	a.sync(b.server())
	assert.Equal(t, []string{`message 1 {"conversation":"c","role":"user","text":"edited by b"}`}, a.holds())
	assert.Equal(t, a.holds(), b.holds())
}

func TestAnExchangeWithoutNewsWritesNothing(t *testing.T) {
	a, b := newDevice(t, "a"), newDevice(t, "b")
	for i := range 10 {
		a.say(fmt.Sprint("a", i), "x")
		b.say(fmt.Sprint("b", i), "x")
	}
	a.sync(b.server())
	again := a.sync(b.server())
	assert.Zero(t, again.Pulled+again.Pushed, "nothing comes back")
}

func TestALostTextIsKeptOnce(t *testing.T) {
	a, b := newDevice(t, "a"), newDevice(t, "b")
	a.say("1", "first")
	a.sync(b.server())
	a.say("1", "a's words")
	b.say("1", "b's words")
	report := a.sync(b.server())
	assert.Equal(t, 1, report.Copies)
	assert.Equal(t, a.holds(), b.holds())
	require.Len(t, a.holds(), 2)
	assert.Contains(t, a.holds()[0]+a.holds()[1], "a's words")
	assert.Contains(t, a.holds()[0]+a.holds()[1], "b's words")
	a.sync(b.server())
	assert.Len(t, a.holds(), 2)
}

// Equal histories end in equal feeds, or no failure of the simulator could be played again.
func TestTextsThatLoseTogetherAreKeptInTheirOrder(t *testing.T) {
	a, b := newDevice(t, "a"), newDevice(t, "b")
	b.now = b.now.Add(time.Minute)
	want := []string{"1", "2", "3", "4", "5", "6", "7", "8"}
	for _, id := range want {
		a.say(id, "a's words")
		b.say(id, "b's words")
	}
	a.sync(b.server())
	var got []string
	for _, r := range a.all() {
		if r.Kind == record.KindConflict {
			var c replica.Copy
			require.NoError(t, json.Unmarshal(r.Body, &c))
			got = append(got, c.Of.ID)
		}
	}
	assert.Equal(t, want, got)
}

func TestATextThatWasSeenIsNoLoss(t *testing.T) {
	a, b := newDevice(t, "a"), newDevice(t, "b")
	a.say("1", "first")
	a.sync(b.server())
	b.say("1", "b's words, knowing the first")
	a.sync(b.server())
	a.restart()
	a.say("1", "a's words in another life, knowing b's")
	assert.Zero(t, a.sync(b.server()).Copies)
	assert.Len(t, b.holds(), 1)
}

func TestWhatIsAMachinesIsNotKept(t *testing.T) {
	a, b := newDevice(t, "a"), newDevice(t, "b")
	for _, d := range []*device{a, b} {
		d.put(record.KindMessage, "1", fmt.Sprintf(`{"conversation":"c","role":"assistant","text":"answer of %s"}`, d.name))
		d.put(record.KindConversation, "c", fmt.Sprintf(`{"title":"first words on %s"}`, d.name))
	}
	assert.Zero(t, a.sync(b.server()).Copies)
	assert.Equal(t, a.holds(), b.holds())
}

func TestADeletionKeepsTheWordsThatItHadNotSeen(t *testing.T) {
	a, b := newDevice(t, "a"), newDevice(t, "b")
	a.say("1", "first")
	a.sync(b.server())
	a.say("1", "written while b deletes")
	b.now = a.now
	b.erase("1")
	assert.Equal(t, 1, a.sync(b.server()).Copies)
	require.Len(t, b.holds(), 1)
	assert.Contains(t, b.holds()[0], "written while b deletes")
}

// lostText makes two devices that agree on a loss, and gives the id of the copy.
func lostText(t *testing.T) (a, b *device, id string) {
	t.Helper()
	a, b = newDevice(t, "a"), newDevice(t, "b")
	a.say("1", "a's words")
	b.now = a.now
	b.say("1", "b's words")
	a.sync(b.server())
	page, err := a.store.List(t.Context(), store.Query{Kind: record.KindConflict, Index: "conversation", Equal: "c"})
	require.NoError(t, err)
	require.Len(t, page.Records, 1)
	return a, b, page.Records[0].ID
}

func TestACopyIsRestoredEverywhere(t *testing.T) {
	a, b, id := lostText(t)
	require.NoError(t, b.Restore(t.Context(), id))
	a.sync(b.server())
	assert.Equal(t, []string{`message 1 {"conversation":"c","role":"user","text":"a's words"}`}, a.holds())
	assert.Equal(t, a.holds(), b.holds())
	assert.Equal(t, fault.NotFound, fault.CodeOf(a.Restore(t.Context(), id)))
}

func TestACopyIsDiscardedEverywhere(t *testing.T) {
	a, b, id := lostText(t)
	require.NoError(t, a.Discard(t.Context(), id))
	a.sync(b.server())
	assert.Equal(t, []string{`message 1 {"conversation":"c","role":"user","text":"b's words"}`}, b.holds())
	assert.Equal(t, fault.NotFound, fault.CodeOf(b.Discard(t.Context(), id)))
	a.sync(b.server())
	assert.Len(t, a.holds(), 1, "it does not come back")
}

func TestWhatIsPrivateStays(t *testing.T) {
	a, b := newDevice(t, "a"), newDevice(t, "b")
	a.restart(func(o *replica.Options) { o.Selection.Private = []string{"diary"} })
	a.put(record.KindConversation, "diary", `{"title":"diary"}`)
	a.put(record.KindMessage, "1", `{"conversation":"diary","role":"user","text":"secret"}`)
	a.put(record.KindService, "s", `{"key":"secret"}`)
	a.say("2", "shared")
	assert.Equal(t, 1, a.sync(b.server()).Pushed)
	assert.Len(t, b.holds(), 1)
	assert.NotContains(t, fmt.Sprint(b.all()), "secret")

	a.restart()
	a.sync(b.server())
	assert.Equal(t, a.holds(), b.holds(), "what is shared later is sent from the start")
}

func TestManyChangesThatStayAreReadPast(t *testing.T) {
	a, b := newDevice(t, "a"), newDevice(t, "b")
	a.restart(func(o *replica.Options) { o.Page = 1 })
	for i := range 50 {
		a.put(record.KindSetting, fmt.Sprint("s", i), `{}`)
	}
	a.say("1", "x")
	assert.Equal(t, 1, a.sync(b.server()).Pushed)
	assert.Len(t, b.holds(), 1)
}

func TestANewDeviceGoesOnWhereItWasCut(t *testing.T) {
	a, b := newDevice(t, "a"), newDevice(t, "b")
	for i := range 3500 {
		b.say(fmt.Sprintf("%04d", i), "x")
	}
	b.restart()
	cut := &cutting{Exchange: b.server(), after: 2}
	_, err := a.Sync(t.Context(), cut, nil)
	require.ErrorIs(t, err, errCut)
	assert.Len(t, a.holds(), 2000)

	a.restart()
	var last replica.Progress
	steps := 0
	report, err := a.Sync(t.Context(), b.server(), func(p replica.Progress) {
		assert.GreaterOrEqual(t, p.Taken, last.Taken)
		last = p
		steps++
	})
	require.NoError(t, err)
	assert.Equal(t, 1500, report.Pulled, "nothing comes twice")
	assert.Greater(t, steps, 1)
	assert.Equal(t, last.TakenOf, last.Taken)
	assert.Equal(t, a.holds(), b.holds())
}

var errCut = errors.New("cut")

// cutting cuts a pull after some pages.
type cutting struct {
	replica.Exchange
	after int
}

func (c *cutting) Pull(ctx context.Context, in replica.Pull, take func(replica.Page) error) error {
	return c.Exchange.Pull(ctx, in, func(p replica.Page) error {
		if c.after--; c.after < 0 {
			return errCut
		}
		return take(p)
	})
}

func TestAClockFarAheadIsToldOf(t *testing.T) {
	a, b := newDevice(t, "a"), newDevice(t, "b")
	a.say("before", "x")
	a.now = a.now.Add(3 * record.MaxDrift)
	a.say("1", "from the future")
	_, err := a.Sync(t.Context(), b.server(), nil)
	assert.Equal(t, fault.Invalid, fault.CodeOf(err))
	assert.Contains(t, fault.Public(err).Message, "in the future")
	assert.NotEmpty(t, fault.Public(err).Remedy)

	b.now = a.now
	a.sync(b.server())
	assert.Len(t, b.holds(), 2, "it is taken when its time has come")
}

// copyTo puts the same changes into another store.
func (d *device) copyTo(name string) *device {
	d.t.Helper()
	c := &device{t: d.t, name: name, now: d.now, store: memstore.New(schema())}
	feed, err := d.store.Changes(d.t.Context(), 0, store.MaxPage)
	require.NoError(d.t, err)
	require.NoError(d.t, c.store.LoadBulk(d.t.Context(), feed.Records))
	c.restart()
	return c
}

func identity(t *testing.T, d *device) string {
	t.Helper()
	who, err := d.server().Hello(t.Context())
	require.NoError(t, err)
	return who.Replica
}

func TestACopiedStoreTakesANewID(t *testing.T) {
	a, hub := newDevice(t, "a"), newDevice(t, "hub")
	a.say("1", "before")
	a.sync(hub.server())
	c := a.copyTo("copy")
	require.Equal(t, identity(t, a), identity(t, c))
	a.say("2", "by the original")
	c.say("3", "by the copy")
	a.sync(hub.server())
	c.sync(hub.server())
	assert.NotEqual(t, identity(t, a), identity(t, c))
	a.sync(hub.server())
	assert.Len(t, hub.holds(), 3)
	assert.Equal(t, hub.holds(), a.holds())
	assert.Equal(t, hub.holds(), c.holds())
}

func TestAStoreThatWasTakenBackIsReadAnew(t *testing.T) {
	a, hub := newDevice(t, "a"), newDevice(t, "hub")
	a.say("1", "in the backup")
	a.sync(hub.server())
	backup := hub.copyTo("backup")
	a.say("2", "after the backup")
	a.sync(hub.server())
	backup.say("3", "after it was put back")
	a.sync(backup.server())
	assert.Len(t, backup.holds(), 3, "what the backup lacks is given to it again")
	assert.Equal(t, backup.holds(), a.holds())
}

func TestADeviceThatWasAwayTooLongBringsNothingBack(t *testing.T) {
	a, hub := newDevice(t, "a"), newDevice(t, "hub")
	a.say("1", "to be deleted")
	a.say("2", "to stay")
	a.sync(hub.server())
	hub.erase("1")
	a.say("3", "written while away")
	hub.now = hub.now.Add(replica.TombstoneLife + time.Hour)
	n, err := hub.Sweep(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	assert.NotContains(t, fmt.Sprint(hub.all()), " 1 ", "it is forgotten")

	a.now = hub.now
	report := a.sync(hub.server())
	assert.Equal(t, 1, report.Dropped)
	assert.Len(t, a.holds(), 2)
	assert.Equal(t, a.holds(), hub.holds())
}

func TestADeletionIsRememberedWhileADeviceMayCome(t *testing.T) {
	a, hub := newDevice(t, "a"), newDevice(t, "hub")
	a.say("1", "x")
	a.sync(hub.server())
	hub.erase("1")
	hub.now = hub.now.Add(replica.TombstoneLife - time.Hour)
	n, err := hub.Sweep(t.Context())
	require.NoError(t, err)
	assert.Zero(t, n, "it is young")
	a.now = hub.now
	_, err = hub.server().Open(t.Context(), replica.Open{Replica: identity(t, a), To: identity(t, hub)})
	require.NoError(t, err)
	hub.now = hub.now.Add(2 * time.Hour)
	n, err = hub.Sweep(t.Context())
	require.NoError(t, err)
	assert.Zero(t, n, "a device was here lately and may not know of it")
}

func TestAPageThatLeavesAGapIsNotTaken(t *testing.T) {
	a, hub := newDevice(t, "a"), newDevice(t, "hub")
	s := hub.server()
	open, err := s.Open(t.Context(), replica.Open{Replica: "x", To: identity(t, hub)})
	require.NoError(t, err)
	late := replica.Page{From: 5, To: 6, Era: "x", Records: []record.Record{a.say("1", "x")}}
	pushed, err := s.Push(t.Context(), replica.Push{Session: open.Session, Page: late})
	require.NoError(t, err)
	assert.Zero(t, pushed.Taken)
	assert.Empty(t, hub.holds())
	_, err = s.Push(t.Context(), replica.Push{Session: "another", Page: late})
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
}

// all is everything in the store, also what is not shared.
func (d *device) all() []record.Record {
	d.t.Helper()
	feed, err := d.store.Changes(context.Background(), 0, store.MaxPage)
	require.NoError(d.t, err)
	return feed.Records
}

func TestAnAnswerIsSharedWhenItHasEnded(t *testing.T) {
	a, b := newDevice(t, "a"), newDevice(t, "b")
	a.put(record.KindMessage, "m", `{"conversation":"c","role":"assistant","text":"He","state":"running"}`)
	a.say("q", "hello")
	a.sync(b.server())
	require.Equal(t, []string{`message q {"conversation":"c","role":"user","text":"hello"}`}, b.holds())
	ended := `{"conversation":"c","role":"assistant","text":"Hello","state":"done"}`
	a.put(record.KindMessage, "m", ended)
	a.sync(b.server())
	require.Contains(t, b.holds(), "message m "+ended)
}

// A copy that nobody knew may bring back an older text of what was deleted. Whoever was away with the newer text, and once
// gave it, takes the deletion from that: it is told of nothing else.
func TestAnOlderTextThatCameBackDoesNotHideADeletion(t *testing.T) {
	a, hub, stranger := newDevice(t, "a"), newDevice(t, "hub"), newDevice(t, "stranger")
	first := a.say("1", "first")
	a.say("1", "second")
	a.sync(hub.server())
	hub.erase("1")
	hub.now = hub.now.Add(replica.TombstoneLife + time.Hour)
	n, err := hub.Sweep(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	stranger.now, a.now = hub.now, hub.now
	_, err = stranger.store.Apply(t.Context(), store.Put(first))
	require.NoError(t, err)
	stranger.sync(hub.server())
	require.Contains(t, fmt.Sprint(hub.holds()), "first")

	a.sync(hub.server())
	assert.NotContains(t, fmt.Sprint(a.holds()), "message 1 ", "a copy of the words is kept, to be restored")
	assert.Equal(t, a.holds(), hub.holds())
}

func TestTakingBringsWhatIsNewAndLeavesWhatIsOursForLater(t *testing.T) {
	a, hub := newDevice(t, "a"), newDevice(t, "hub")
	a.sync(hub.server())
	hub.say("1", "theirs")
	a.say("2", "ours")
	report, err := a.Take(t.Context(), hub.server(), nil)
	require.NoError(t, err)
	assert.Equal(t, []int{1, 0}, []int{report.Pulled, report.Pushed})
	assert.Len(t, a.holds(), 2)
	assert.Len(t, hub.holds(), 1)
	a.sync(hub.server())
	assert.Equal(t, a.holds(), hub.holds())
}

// A text that loses to what is taken is news to the other side, and goes there at once.
func TestTakingGivesTheCopyOfATextThatLost(t *testing.T) {
	a, hub := newDevice(t, "a"), newDevice(t, "hub")
	a.say("1", "first")
	a.sync(hub.server())
	a.say("1", "mine")
	hub.now = hub.now.Add(time.Hour)
	hub.say("1", "theirs")
	_, err := a.Take(t.Context(), hub.server(), nil)
	require.NoError(t, err)
	assert.Contains(t, fmt.Sprint(hub.holds()), "mine")
	assert.Equal(t, a.holds(), hub.holds())
}
