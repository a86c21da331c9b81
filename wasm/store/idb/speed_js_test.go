package idb_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"slices"
	"syscall/js"
	"testing"
	"time"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/wasm/jsval"
	"github.com/kindos/kai/wasm/store/idb"
)

const (
	speedRounds   = 7
	speedMessages = 5000
	perTalk       = 20
	longTalk      = "the long one"
)

// body is a message of about a kilobyte.
type body struct {
	ID           string `json:"id"`
	Conversation string `json:"conversation"`
	Role         string `json:"role"`
	Text         string `json:"text"`
	Created      string `json:"created"`
	Version      string `json:"version,omitempty"`
}

// speed holds one round's data.
type speed struct {
	t     *testing.T
	store *idb.Store
	plain js.Value
	rnd   *rand.Rand
	next  int
}

func (s *speed) message(conversation string) (body, record.Record) {
	words := []string{"memory", "engine", "window", "answer", "little", "garden", "yellow", "reason"}
	text := make([]byte, 0, 900)
	for len(text) < 880 {
		text = append(append(text, words[s.rnd.Intn(len(words))]...), ' ')
	}
	s.next++
	b := body{
		ID: fmt.Sprintf("0192f0a1-0000-7000-8000-%012d", s.next), Conversation: conversation, Role: "assistant",
		Text: string(text), Created: "2026-01-01T00:00:00.000Z",
	}
	version := record.Version(fmt.Sprintf("%012x-0000-speed", s.next))
	encoded, err := json.Marshal(b)
	if err != nil {
		s.t.Fatal(err)
	}
	b.Version = string(version)
	return b, record.Record{Kind: record.KindMessage, ID: b.ID, Version: version, Body: encoded}
}

// repeated runs both sides in turn and gives their mean.
func (s *speed) repeated(ours func(context.Context) error, plain func() float64) (float64, float64) {
	const times = 5
	var a, b float64
	for i := range 2 * times {
		if i%2 == 0 {
			a += s.here(ours)
		} else {
			b += plain()
		}
	}
	return a / times, b / times
}

// call runs a method of the hand-written script and gives its milliseconds.
func (s *speed) call(method string, args ...any) float64 {
	promise, err := jsval.Call(s.plain, method, args...)
	if err == nil {
		promise, err = jsval.Await(context.Background(), promise)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return promise.Float()
}

func (s *speed) here(work func(ctx context.Context) error) float64 {
	begin := time.Now()
	if err := work(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	return float64(time.Since(begin).Microseconds()) / 1000
}

func text(v any) string {
	out, _ := json.Marshal(v) // plain structs always marshal
	return string(out)
}

// TestSpeed compares with hand-written JavaScript in the same page, interleaved. It measures only when asked.
func TestSpeed(t *testing.T) {
	if os.Getenv("KAI_SPEED") == "" {
		t.Skip("set KAI_SPEED=1")
	}
	ratios := map[string][]float64{}
	var names []string
	note := func(round int, name string, ours, plain float64) {
		if round == 0 {
			return // the first warms up
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		ratios[name] = append(ratios[name], ours/plain)
		t.Logf("%d %-28s ours %8.2f ms  plain %8.2f ms  ratio %.2f", round, name, ours, plain, ours/plain)
	}
	for round := range speedRounds + 1 {
		measure(t, round, note)
	}
	for _, name := range names {
		slices.Sort(ratios[name])
		t.Logf("MEDIAN %-28s %.2f", name, ratios[name][len(ratios[name])/2])
	}
}

func measure(t *testing.T, round int, note func(int, string, float64, float64)) {
	ctx := context.Background()
	s := &speed{t: t, plain: js.Global().Get("kaiTest").Get("plain"), rnd: rand.New(rand.NewSource(42))}
	var err error
	if s.store, err = idb.Open(ctx, shim(), idb.Options{Name: fmt.Sprintf("speed ours %d", round)}); err != nil {
		t.Fatal(err)
	}
	defer s.store.Close()
	promise := s.plain.Call("open", fmt.Sprintf("speed plain %d", round))
	if _, err := jsval.Await(ctx, promise); err != nil {
		t.Fatal(err)
	}

	var bodies []body
	var records []record.Record
	for i := range speedMessages {
		conversation := fmt.Sprintf("conversation %d", i/perTalk)
		if i >= speedMessages-200 {
			conversation = longTalk
		}
		b, r := s.message(conversation)
		bodies, records = append(bodies, b), append(records, r)
	}
	plain := s.call("bulk", text(bodies))
	note(round, "bulk put of 5,000", s.here(func(ctx context.Context) error { return s.store.LoadBulk(ctx, records) }), plain)

	var ids []string
	var keys []record.Key
	for range 100 {
		id := bodies[s.rnd.Intn(len(bodies))].ID
		ids, keys = append(ids, id), append(keys, record.Key{Kind: record.KindMessage, ID: id})
	}
	get := func(ctx context.Context) error { _, err := s.store.Get(ctx, keys...); return err }
	both := func(name string, ours func(context.Context) error, method string, args ...any) {
		a, b := s.repeated(ours, func() float64 { return s.call(method, args...) })
		note(round, name, a, b)
	}
	both("100 point reads, packed", get, "get", text(ids))

	list := func(ctx context.Context) error {
		page, err := s.store.List(ctx, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: longTalk, Limit: 200})
		if err == nil && len(page.Records) != 200 {
			t.Errorf("%d messages", len(page.Records))
		}
		return err
	}
	both("list of 200, packed", list, "list", longTalk, 200)

	ids, keys = nil, nil
	var ours, theirs float64
	for i := range 200 {
		b, r := s.message("written one by one")
		ids, keys = append(ids, b.ID), append(keys, r.Key())
		if i%2 == 0 {
			theirs += s.call("single", text(b))
		}
		ours += s.here(func(ctx context.Context) error { _, err := s.store.Apply(ctx, store.Put(r)); return err })
		if i%2 == 1 {
			theirs += s.call("single", text(b))
		}
	}
	note(round, "single durable put", ours/200, theirs/200)
	both("100 point reads, single", func(ctx context.Context) error { _, err := s.store.Get(ctx, keys[:100]...); return err }, "get", text(ids[:100]))
	single := func(ctx context.Context) error {
		_, err := s.store.List(ctx, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: "written one by one", Limit: 200})
		return err
	}
	both("list of 200, single", single, "list", "written one by one", 200)
	search := func(ctx context.Context) error {
		_, err := s.store.SearchText(ctx, store.TextQuery{Kind: record.KindMessage, Words: "nowhere", Limit: 50})
		return err
	}
	cold := s.here(search)
	note(round, "search, warm / cold", s.here(search), cold)
}
