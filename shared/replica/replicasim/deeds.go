package replicasim

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica"
	"github.com/kindos/kai/shared/store"
)

// body is what conversations and messages have in common here.
type body struct {
	Conversation string   `json:"conversation,omitempty"`
	Role         string   `json:"role,omitempty"`
	Text         string   `json:"text,omitempty"`
	Title        string   `json:"title,omitempty"`
	Named        bool     `json:"named,omitempty"`
	Trashed      bool     `json:"trashed,omitempty"`
	After        []string `json:"after,omitempty"` // the messages that its writer saw
}

func (b body) words() string {
	switch {
	case b.Role == "user":
		return b.Text
	case b.Named:
		return b.Title
	}
	return ""
}

// do carries out one step. Deeds that find nothing to do do nothing.
func (w *world) do(s Step) {
	d := w.devices[int(s.A)%len(w.devices)]
	switch s.Do {
	case Begin, Say, Answer, Edit, Rename, Erase, EraseAll, Trash, Settle:
		w.now += int64(s.N % 500)
		d.write(s)
	case Sync, Start:
		w.exchange(s)
	case Move:
		if x := d.waiting; x != nil {
			d.moveOn(x, int(s.N%12)+1)
		}
	case Kill:
		d.kill()
	case Clone:
		if len(w.devices) < w.h.Devices+maxClones && (!w.swept || oneWay(w.edgesWith(d))) {
			d.clone()
		}
	case Skew:
		d.skew = int64(s.N)%(60*time.Hour.Milliseconds()) - 30*time.Hour.Milliseconds()
	case Tick:
		w.now += int64(s.N) % time.Hour.Milliseconds()
	case Age:
		w.truth.aged = true
		w.now += replica.TombstoneLife.Milliseconds() + time.Hour.Milliseconds()
	case Sweep:
		if !oneWay(w.edges) {
			return // nobody may, there
		}
		w.swept = true
		_, _ = d.life.replica.Sweep(context.Background()) // a device whose clock is wrong may be unable to
	case Late:
		if n := len(w.late); n > 0 {
			i := int(s.B) % n
			deliver := w.late[i]
			w.late = append(w.late[:i], w.late[i+1:]...)
			deliver()
		}
	default:
	}
}

func (w *world) exchange(s Step) {
	edge := w.edges[int(s.A)%len(w.edges)]
	d := w.devices[edge[0]]
	if s.Do == Sync {
		_ = w.finish(w.begin(edge, s.N)) // faults end it; the next goes on
		return
	}
	if d.waiting == nil {
		d.waiting = w.begin(edge, s.N)
		d.moveOn(d.waiting, int(s.B%40)+1)
	}
}

func (d *device) moveOn(x *exchange, times int) {
	for range times {
		if d.w.move(x) {
			d.waiting = nil
			return
		}
	}
}

func (d *device) write(s Step) {
	switch s.Do {
	case Begin:
		id := d.w.name()
		if s.N%8 == 0 {
			id = d.private()
		}
		d.put(record.KindConversation, id, func(b *body) { b.Title, b.Named = d.w.name(), s.N%2 == 0 })
	case Say, Answer:
		d.say(s)
	case Edit:
		d.edit(record.KindMessage, s.B, func(b *body) bool { b.Text = d.w.name(); return b.Role == "user" })
	case Rename:
		d.edit(record.KindConversation, s.B, func(b *body) bool { b.Title, b.Named = d.w.name(), true; return true })
	case Trash:
		d.edit(record.KindConversation, s.B, func(b *body) bool { b.Trashed = !b.Trashed; return true })
	case Erase:
		if found := d.pick(record.KindMessage, s.B); found.ID != "" {
			d.erase(found.Key())
		}
	case EraseAll:
		d.eraseAll(s)
	case Settle:
		d.settle(s)
	default:
	}
}

func (d *device) say(s Step) {
	c := d.pick(record.KindConversation, s.B)
	if c.ID == "" {
		return
	}
	role := "user"
	if s.Do == Answer {
		role = "assistant"
	}
	var seen []string
	for _, m := range d.all(record.KindMessage) {
		if read(m).Conversation == c.ID {
			seen = append(seen, m.ID)
		}
	}
	d.put(record.KindMessage, d.id(seen), func(b *body) {
		*b = body{Conversation: c.ID, Role: role, Text: d.w.name(), After: seen}
	})
	d.edit(record.KindConversation, s.B, func(*body) bool { return true }) // its place in the list moves
}

// id makes the id of a message by the device's clock, which may be wrong, as an assistant does.
func (d *device) id(seen []string) string {
	d.w.names++
	ms := d.time().UnixMilli()
	return record.IDAfter(fmt.Sprintf("%08x-%04x-7000-8000-%012x", ms>>16, ms&0xffff, d.w.names), seen...)
}

func (d *device) eraseAll(s Step) {
	c := d.pick(record.KindConversation, s.B)
	if c.ID == "" {
		return
	}
	for _, m := range d.all(record.KindMessage) {
		if read(m).Conversation == c.ID {
			d.erase(m.Key())
		}
	}
	d.erase(c.Key())
}

func (d *device) settle(s Step) {
	kept := d.pick(record.KindConflict, s.B)
	if kept.ID == "" {
		return
	}
	var c replica.Copy
	_ = json.Unmarshal(kept.Body, &c) // ours
	before, _ := d.life.Get(context.Background(), c.Of)
	if s.N%2 == 0 {
		if d.life.replica.Discard(context.Background(), kept.ID) == nil {
			d.w.truth.settled[c.Version] = true
		}
		return
	}
	if d.life.replica.Restore(context.Background(), kept.ID) != nil {
		return
	}
	after, _ := d.life.Get(context.Background(), c.Of)
	d.w.truth.settled[c.Version] = true
	d.w.truth.note(write{record: after[0], words: read(after[0]).words(), parents: []record.Version{before[0].Version, c.Version}})
}

// put writes a record that may be there, and notes the write when it was acknowledged.
func (d *device) put(kind record.Kind, id string, change func(*body)) {
	var parent record.Version
	var b body
	r, err := store.Update(context.Background(), d.life, d.life.clock, record.Key{Kind: kind, ID: id}, func(r *record.Record) error {
		parent, b = r.Version, read(*r)
		change(&b)
		text, err := json.Marshal(b)
		r.Body, r.Deleted = text, false
		return err
	})
	if err == nil && r.Version != parent {
		d.w.truth.note(write{record: r, words: b.words(), parents: []record.Version{parent}})
	}
}

// edit changes a record that is there; the person's message of a title that moves only is a write as well.
func (d *device) edit(kind record.Kind, pick uint16, change func(*body) bool) {
	found := d.pick(kind, pick)
	if found.ID == "" {
		return
	}
	if b := read(found); change(&b) {
		d.put(kind, found.ID, func(b *body) {
			if !change(b) {
				return
			}
			if text, _ := json.Marshal(*b); string(text) == string(found.Body) {
				b.After = append(b.After, d.w.name())
			}
		})
	}
}

func (d *device) erase(key record.Key) {
	var parent record.Version
	r, err := store.Update(context.Background(), d.life, d.life.clock, key, func(r *record.Record) error {
		parent, r.Body, r.Deleted = r.Version, nil, true
		return nil
	})
	if err == nil && r.Version != parent {
		d.w.truth.note(write{record: r, parents: []record.Version{parent}})
	}
}

// pick chooses one of the live records of a kind, an empty one where there is none.
func (d *device) pick(kind record.Kind, n uint16) record.Record {
	all := d.all(kind)
	if len(all) == 0 {
		return record.Record{}
	}
	return all[int(n)%len(all)]
}

func (d *device) all(kind record.Kind) []record.Record {
	page, _ := d.store.List(context.Background(), store.Query{Kind: kind, Limit: store.MaxPage}) // memory does not fail
	return page.Records
}

func read(r record.Record) body {
	var b body
	_ = json.Unmarshal(r.Body, &b) // ours, or none
	return b
}

// look is all that a device shares and has alive, in order.
func (d *device) look() string {
	var b strings.Builder
	for _, kind := range replica.History().Kinds {
		for _, r := range d.all(kind) {
			if r.ID != d.private() && read(r).Conversation != d.private() {
				fmt.Fprintf(&b, "%s %s %s %s\n", r.Kind, r.ID, r.Version, r.Body)
			}
		}
	}
	return b.String()
}
