package replicasim

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica"
)

// write is a change that a store acknowledged to a person.
type write struct {
	record  record.Record
	words   string // of the person
	parents []record.Version
}

// truth is what really happened, to compare the replicas with.
type truth struct {
	writes  map[record.Key][]write
	parents map[record.Version][]record.Version
	words   map[record.Version]string
	settled map[record.Version]bool // copies that the person restored or discarded
	crossed map[crossing]bool       // what one device has from another, while nothing happened that excuses sending it again
	aged    bool                    // deletions may have been forgotten
	wrong   error                   // the first thing that was wrong before the end
}

// crossing is a version that went from one device to another.
type crossing struct {
	from, to int
	key      record.Key
	version  record.Version
}

func newTruth() truth {
	return truth{
		writes: map[record.Key][]write{}, parents: map[record.Version][]record.Version{}, words: map[record.Version]string{},
		settled: map[record.Version]bool{}, crossed: map[crossing]bool{},
	}
}

func (t *truth) note(w write) {
	for _, seen := range w.parents {
		if w.record.Version <= seen {
			t.fail("%s %s was written as %s by who had seen %s", w.record.Kind, w.record.ID, w.record.Version, seen)
		}
	}
	for _, seen := range read(w.record).After {
		if w.record.Kind == record.KindMessage && w.parents[0] == "" && w.record.ID <= seen {
			t.fail("message %s stands before %s, which its writer had seen", w.record.ID, seen)
		}
	}
	if len(t.writes[w.record.Key()]) > 0 && w.parents[0] == "" && w.record.Kind == record.KindMessage {
		t.fail("two devices gave two messages the id %s", w.record.ID)
	}
	t.writes[w.record.Key()] = append(t.writes[w.record.Key()], w)
	t.words[w.record.Version] = w.words
	t.parents[w.record.Version] = append(t.parents[w.record.Version], w.parents...)
}

// descends says whether whoever wrote version had seen ancestor, or wrote it.
func (t *truth) descends(version, ancestor record.Version) bool {
	return t.reaches(version, func(v record.Version) bool { return v == ancestor })
}

// knew says whether whoever wrote version had seen the words, or wrote them.
func (t *truth) knew(version record.Version, words string) bool {
	return t.reaches(version, func(v record.Version) bool { return t.words[v] == words })
}

func (t *truth) reaches(version record.Version, is func(record.Version) bool) bool {
	return version != "" && (is(version) || slices.ContainsFunc(t.parents[version], func(p record.Version) bool { return t.reaches(p, is) }))
}

// sent looks at records on their way: nothing private, and nothing back to where it came from. It gives those that are
// news at the other end.
func (t *truth) sent(from, to *device, records []record.Record) []record.Record {
	var news []record.Record
	for _, r := range records {
		if r.Kind == record.KindReplica || r.ID == from.private() || read(r).Conversation == from.private() {
			t.fail("%s %s left device %d, where it was to stay", r.Kind, r.ID, from.at)
		}
		if !from.w.faulty && t.crossed[crossing{to.at, from.at, r.Key(), r.Version}] {
			t.fail("%s %s went back from device %d to %d, where it came from", r.Kind, r.ID, from.at, to.at)
		}
		held, _ := to.store.Get(context.Background(), r.Key()) // memory does not fail
		if held[0].Version < r.Version {
			news = append(news, r)
		}
	}
	return news
}

func (t *truth) arrived(from, to *device, news []record.Record) {
	for _, r := range news {
		t.crossed[crossing{from.at, to.at, r.Key(), r.Version}] = true
	}
}

func (t *truth) fail(format string, args ...any) {
	if t.wrong == nil {
		t.wrong = fmt.Errorf(format, args...)
	}
}

// Play plays a history to its end, lets everything heal, and says what is not as promised.
func Play(h History) error {
	w := newWorld(h)
	for _, s := range h.Steps {
		w.do(s)
	}
	if err := w.heal(); err != nil {
		return err
	}
	if w.truth.wrong != nil {
		return w.truth.wrong
	}
	return w.check()
}

// heal ends every fault and exchanges until nothing moves any more.
func (w *world) heal() error {
	w.calm = true
	for _, d := range w.devices {
		if d.waiting != nil {
			_ = w.finish(d.waiting) // it may have been overtaken
		}
	}
	for _, deliver := range w.late {
		deliver()
	}
	w.now += 3 * record.MaxDrift.Milliseconds()
	for _, d := range w.devices {
		d.skew = 0
	}
	for round := range 4 * len(w.devices) {
		moved := false
		for _, edge := range w.edges {
			w.now += time.Second.Milliseconds()
			x := w.begin(edge, 0)
			if err := w.finish(x); err != nil {
				return fmt.Errorf("exchange %v after healing, round %d: %w", edge, round, err)
			}
			moved = moved || x.report.Pulled+x.report.Pushed > 0
		}
		if !moved {
			return nil
		}
	}
	return fmt.Errorf("the replicas never come to rest")
}

// check compares the replicas with each other and with the truth.
func (w *world) check() error {
	first := w.devices[0]
	for _, d := range w.devices[1:] {
		if d.look() != first.look() {
			return fmt.Errorf("devices do not agree\n0: %s\n%d: %s", first.look(), d.at, d.look())
		}
	}
	alive, copies := map[record.Key]record.Record{}, map[record.Key][]record.Version{}
	for _, kind := range replica.History().Kinds {
		for _, r := range first.all(kind) {
			alive[r.Key()] = r
			var c replica.Copy
			if kind == record.KindConflict && json.Unmarshal(r.Body, &c) == nil {
				copies[c.Of] = append(copies[c.Of], c.Version)
			}
		}
	}
	for key, writes := range w.truth.writes {
		if w.isPrivate(key, writes) {
			continue
		}
		if err := w.checkRecord(key, writes, alive[key], copies[key]); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) isPrivate(key record.Key, writes []write) bool {
	for _, d := range w.devices {
		for _, v := range writes {
			if key.ID == d.private() || read(v.record).Conversation == d.private() {
				return true
			}
		}
	}
	return false
}

func (w *world) checkRecord(key record.Key, writes []write, final record.Record, copies []record.Version) error {
	newest := writes[0]
	for _, v := range writes {
		if v.record.Version > newest.record.Version {
			newest = v
		}
	}
	switch {
	case final.Version == newest.record.Version:
	case newest.record.Deleted && final.Version == "":
	case newest.record.Deleted && w.truth.aged && (!w.h.Tree || len(w.devices) > w.h.Devices):
		// Where there are several ways, or a copy of the store, what was deleted may come by one that never knew.
	case newest.record.Deleted && w.truth.aged && !w.truth.descends(newest.record.Version, final.Version):
		// Written on a device that was away, without having seen a deletion that is forgotten by now: it stays.
	case newest.record.Deleted:
		return fmt.Errorf("%s %s was deleted as %s and is back as %s", key.Kind, key.ID, newest.record.Version, final.Version)
	default:
		return fmt.Errorf("%s %s was acknowledged as %s and is %q", key.Kind, key.ID, newest.record.Version, final.Version)
	}
	for _, v := range writes {
		if v.words != "" && !w.covered(v, writes, final, copies) {
			return fmt.Errorf("%s %s: the words %q of %s are lost (now %s)", key.Kind, key.ID, v.words, v.record.Version, newest.record.Version)
		}
	}
	return nil
}

// covered says whether a person's words are there, were seen by whoever changed or deleted them, or are kept as a copy.
func (w *world) covered(v write, writes []write, final record.Record, copies []record.Version) bool {
	kept := slices.AppendSeq([]record.Version{final.Version}, maps.Keys(w.truth.settled))
	kept = append(kept, copies...)
	words := map[string]bool{}
	for _, version := range kept {
		words[w.truth.words[version]] = true
	}
	for _, other := range writes {
		if other.record.Deleted || other.words != "" && words[other.words] { // the same words, kept in another's record
			kept = append(kept, other.record.Version)
		}
	}
	return slices.ContainsFunc(kept, func(version record.Version) bool { return w.truth.knew(version, v.words) })
}
