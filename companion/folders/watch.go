package folders

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/kindos/kai/shared/fault"
)

// watching is a life of a keeper that watches.
type watching struct {
	*Keeper
	system  *fsnotify.Watcher // nil where the system tells nothing
	deaf    *fault.Fault      // why
	entries map[string]Entry  // by path
	due     map[string]bool   // to be read now
	changed map[string]bool   // to be read when it is calm
	calm    <-chan time.Time  // nil while nothing has changed
}

// Run reads the watched folders and follows them until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	w := &watching{Keeper: k, entries: map[string]Entry{}, due: map[string]bool{}, changed: map[string]bool{}}
	var err error
	if w.system, err = fsnotify.NewWatcher(); err != nil {
		k.opt.Log.Warn("the system tells of no changes in folders", "error", err)
		w.system, w.deaf = nil, unheard(err)
	} else {
		defer w.system.Close() //nolint:errcheck // nothing is lost with it
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	w.reload(true)
	for ctx.Err() == nil {
		w.readDue(ctx)
		w.wait(ctx, tick.C)
	}
}

// wait waits for the next reason to read a folder.
func (w *watching) wait(ctx context.Context, tick <-chan time.Time) {
	var events <-chan fsnotify.Event
	var wrong <-chan error
	if w.system != nil {
		events, wrong = w.system.Events, w.system.Errors
	}
	select {
	case <-ctx.Done():
	case <-w.missing():
		w.dueWhere(func(e Entry) bool { return w.wrong(e.Path) && readable(e.Path) })
	case <-w.wake:
		w.reload(false)
		for _, source := range w.takeSettled() {
			w.dueWhere(func(e Entry) bool { return e.inside(source) != "" })
		}
	case <-tick:
		w.reload(true)
	case e := <-events:
		if !e.Has(fsnotify.Chmod) && !aside(filepath.Base(e.Name)) {
			w.note(e.Name)
		}
	case err := <-wrong: // events were lost
		w.opt.Log.Info("changes in folders were missed, so all are looked at", "error", err)
		w.reload(true)
	case <-w.calm:
		w.calm = nil
		for path := range w.changed {
			w.due[path] = true
		}
		clear(w.changed)
	}
}

// dueWhere has folders read.
func (w *watching) dueWhere(is func(Entry) bool) {
	for _, e := range w.entries {
		if is(e) {
			w.due[e.Path] = true
		}
	}
}

// missing fires in a while, when there are folders that could not be read: a disk may be connected again.
func (w *watching) missing() <-chan time.Time {
	for path := range w.entries {
		if w.wrong(path) {
			return time.After(again)
		}
	}
	return nil
}

// wrong says whether a folder could not be read the last time.
func (w *watching) wrong(path string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.states[path]
	return s != nil && s.wrong != nil
}

func readable(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close() //nolint:errcheck // it was only read
	_, err = f.ReadDir(1)
	return err == nil || errors.Is(err, io.EOF)
}

// note keeps that something has changed in the folders that a path is in.
func (w *watching) note(path string) {
	for _, e := range w.entries {
		if path != e.Path && e.inside(path) == "" {
			continue
		}
		w.changed[e.Path] = true
		if w.calm == nil {
			w.calm = time.After(calm)
		}
	}
}

// reload reads the list of folders. All are due, or those that are new.
func (w *watching) reload(all bool) {
	list, err := w.book.All()
	if err != nil {
		w.opt.Log.Warn("the list of watched folders cannot be read", "error", err)
		return
	}
	before := w.entries
	w.entries = make(map[string]Entry, len(list))
	for _, e := range list {
		old, known := before[e.Path]
		w.entries[e.Path] = e
		if all || !known || old.Collection != e.Collection || !slices.Equal(old.Leave, e.Leave) {
			w.due[e.Path] = true
		}
	}
	for path := range before {
		if _, still := w.entries[path]; !still {
			w.forget(path)
		}
	}
}

// forget lets go of a folder that is not watched any more.
func (w *watching) forget(path string) {
	w.mu.Lock()
	delete(w.states, path)
	w.mu.Unlock()
	if w.system == nil {
		return
	}
	for _, sub := range w.system.WatchList() {
		if !w.wanted(sub) {
			_ = w.system.Remove(sub) // it is gone already
		}
	}
}

// wanted says whether a path is in a folder that is watched.
func (w *watching) wanted(path string) bool {
	for _, e := range w.entries {
		if path == e.Path || e.inside(path) != "" {
			return true
		}
	}
	return false
}

// readDue reads the folders that are due.
func (w *watching) readDue(ctx context.Context) {
	for len(w.due) > 0 && ctx.Err() == nil { // more may become due meanwhile
		path := first(w.due)
		delete(w.due, path)
		w.reload(false) // what the person removed meanwhile stays out
		e, watched := w.entries[path]
		if !watched || ctx.Err() != nil {
			continue
		}
		w.tell(e, func(s *state) { s.reading, s.deaf = true, w.deaf })
		r, err := w.readNow(ctx, e, true, noProgress, func(folders []string) bool { return w.follow(e, folders) })
		w.tell(e, func(s *state) {
			if s.reading = false; ctx.Err() == nil {
				s.wrong = fault.Public(err)
			}
		})
		if err != nil && ctx.Err() == nil {
			w.opt.Log.Warn("a watched folder cannot be read", "folder", path, "error", err)
		} else if r.Added+r.Failed+r.Gone > 0 {
			w.opt.Log.Info("a watched folder has changed", "folder", path, "added", r.Added, "failed", r.Failed, "removed", r.Gone)
		}
	}
}

func first(of map[string]bool) string {
	for path := range of {
		return path
	}
	return ""
}

func (w *watching) tell(e Entry, change func(*state)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change(w.stateLocked(e))
}

// follow has the system tell of folders. It says whether one of them was not followed before.
func (w *watching) follow(e Entry, folders []string) (some bool) {
	if w.system == nil {
		return false
	}
	followed := map[string]bool{}
	for _, path := range w.system.WatchList() {
		followed[path] = true
	}
	for _, path := range folders {
		if followed[path] {
			continue
		}
		if err := w.system.Add(path); err != nil {
			w.opt.Log.Warn("a folder is not followed", "folder", path, "error", err)
			w.tell(e, func(s *state) { s.deaf = unheard(err) })
			return false
		}
		some = true
	}
	return some
}

// unheard says why the system does not tell of changes, and what helps.
func unheard(err error) *fault.Fault {
	const soon = "changes are found only every ten minutes"
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return fault.New(fault.Exhausted, "%s, because this system follows no more folders", soon).
			WithRemedy("raise its limit (on Linux: sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512), then restart kai")
	}
	return fault.Wrap(fault.Unavailable, err, soon+", because the system does not tell of them")
}
