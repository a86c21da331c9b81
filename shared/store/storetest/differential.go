package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

// pair is the store under test beside the reference, with where a follower of each feed stands.
type pair struct {
	suite
	t         *testing.T
	rng       *rand.Rand
	real, ref store.Store
	realSince uint64
	refSince  uint64
	log       []string
}

// differential does the same random operations on the store and on the reference; every answer must be the same.
func (s suite) differential(t *testing.T) {
	for _, seed := range []uint64{1, 2, 3} {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			p := &pair{suite: s, t: t, rng: rand.New(rand.NewPCG(seed, 0)), real: s.open(t), ref: memstore.New(store.Schema())}
			for step := range s.Steps {
				if got, expected := p.step(); got != expected {
					t.Fatalf("step %d differs\n got %s\nwant %s\nafter\n%s", step, cut(got), cut(expected), strings.Join(p.log[max(0, len(p.log)-12):], "\n"))
				}
			}
		})
	}
}

// step does one random operation on both and returns both answers as text.
func (p *pair) step() (got, expected string) {
	switch n := p.rng.IntN(100); {
	case n < 50:
		batch := p.batch()
		return p.both(fmt.Sprintf("apply %v", batch), func(s store.Store) string { return applied(s, batch) })
	case n < 60:
		keys := p.keys()
		return p.both(fmt.Sprintf("get %v", keys), func(s store.Store) string { return answer(s.Get(context.Background(), keys...)) })
	case n < 80:
		q := p.query()
		return p.both(fmt.Sprintf("list %+v", q), func(s store.Store) string { return listed(s, q) })
	case n < 88:
		q := store.TextQuery{Kind: record.KindMessage, Words: p.pick("word1", "WORD", "wörd2 word", "w", "zzz"), Limit: p.rng.IntN(4)}
		return p.both(fmt.Sprintf("search %+v", q), func(s store.Store) string {
			hits, err := store.Search(context.Background(), s, q)
			return fmt.Sprint(hits, fault.CodeOf(err))
		})
	case n < 98:
		return p.changes(p.rng.IntN(6))
	default:
		p.reopen()
		return "", ""
	}
}

func (p *pair) both(what string, do func(store.Store) string) (got, expected string) {
	p.log = append(p.log, what)
	return do(p.real), do(p.ref)
}

// changes follows both feeds by a page; their numbers may differ, their records may not.
func (p *pair) changes(limit int) (got, expected string) {
	p.log = append(p.log, fmt.Sprintf("changes limit %d", limit))
	a, errA := p.real.Changes(context.Background(), p.realSince, limit)
	b, errB := p.ref.Changes(context.Background(), p.refSince, limit)
	p.realSince, p.refSince = a.Seq, b.Seq
	if p.rng.IntN(5) == 0 {
		p.realSince, p.refSince = 0, 0
	}
	return fmt.Sprint(showAll(a.Records), a.More, fault.CodeOf(errA)), fmt.Sprint(showAll(b.Records), b.More, fault.CodeOf(errB))
}

func (p *pair) reopen() {
	if p.Reopen == nil {
		return
	}
	p.log = append(p.log, "reopen")
	opened := p.Reopen(p.t, p.real)
	p.real = opened
	p.t.Cleanup(func() { _ = opened.Close() }) // closing twice is allowed
}

// batch makes up to five writes over few keys and versions, so that ties, conflicts and reuse are common.
func (p *pair) batch() []store.Write {
	var batch []store.Write
	for range 1 + p.rng.IntN(5) {
		r := p.record()
		if slices.ContainsFunc(batch, func(w store.Write) bool { return w.Record.Key() == r.Key() }) && p.rng.IntN(10) > 0 {
			continue // a key twice is refused; now and then is enough
		}
		w := store.Put(r)
		if p.rng.IntN(6) == 0 {
			held, _ := p.ref.Get(context.Background(), r.Key()) // on an error the condition is just another random one
			w = store.PutIf(r, record.Version(p.pick(string(held[0].Version), "", string(p.version()))))
		}
		batch = append(batch, w)
	}
	return batch
}

func (p *pair) record() record.Record {
	id := fmt.Sprintf("k%02d", p.rng.IntN(20))
	r := record.Record{Kind: record.Kind(p.pick("message", "message", "conversation", "run", "setting")), ID: id, Version: p.version()}
	if p.rng.IntN(6) == 0 {
		r.Deleted = true
		return r
	}
	r.Body = fmt.Appendf(nil, `{"n":%d,"conversation":%q,"state":%q,"updated":%q,"text":"word%d Wörd%d","title":"t"}`, p.rng.IntN(9),
		p.pick("", "c1", "c2", "ç3"), p.pick("made", "done"), p.pick("2020", "2021", ""), p.rng.IntN(3), p.rng.IntN(3))
	return r
}

func (p *pair) version() record.Version {
	return record.Version(fmt.Sprintf("%012x-%04x-%s", p.rng.IntN(40), p.rng.IntN(2), p.pick("a", "b")))
}

func (p *pair) keys() []record.Key {
	out := make([]record.Key, p.rng.IntN(4))
	for i := range out {
		out[i] = p.record().Key()
	}
	return out
}

func (p *pair) query() store.Query {
	q := store.Query{Kind: "message", Index: p.pick("", "conversation"), Reverse: p.rng.IntN(2) == 0, Limit: p.rng.IntN(6)}
	bounds := []string{"", "", "c1", "c2", "d", "ç3"}
	if q.Index == "" {
		bounds = []string{"", "", "k05", "k1", "k15", "k99"}
		q.Deleted = p.rng.IntN(3) == 0
	}
	if p.rng.IntN(3) == 0 {
		q.Equal = p.pick(bounds...)
	} else {
		q.From, q.To = p.pick(bounds...), p.pick(bounds...)
	}
	return q
}

func (p *pair) pick(texts ...string) string { return texts[p.rng.IntN(len(texts))] }

func applied(s store.Store, batch []store.Write) string {
	res, err := s.Apply(context.Background(), batch...)
	return fmt.Sprint(res.Won, fault.CodeOf(err))
}

func answer(records []record.Record, err error) string {
	return fmt.Sprint(showAll(records), fault.CodeOf(err))
}

// listed reads all pages; where the pages are cut must agree too.
func listed(s store.Store, q store.Query) string {
	var b strings.Builder
	for range 100 {
		page, err := s.List(context.Background(), q)
		fmt.Fprintln(&b, showAll(page.Records), page.Next != "", fault.CodeOf(err))
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	return b.String()
}
