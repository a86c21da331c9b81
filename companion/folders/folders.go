package folders

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/extract"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
)

// shownLeft is how many of what a watched folder leaves out views are told.
const shownLeft = 50

// Library keeps the documents.
type Library interface {
	List(ctx context.Context, _ struct{}) (library.Knowledge, error)
	Add(ctx context.Context, in library.AddDocument) (library.Document, error)
	Set(ctx context.Context, in library.SetDocument) (library.Document, error)
}

// Options are what a Keeper stands on; all are needed.
type Options struct {
	Dir     datadir.Dir // has the list of watched folders, and is read into no document
	Library Library
	Files   extract.Reader
	Log     *slog.Logger
}

// Keeper reads folders, and those that are watched again and again. It is safe for concurrent use.
type Keeper struct {
	opt  Options
	book Book
	turn chan struct{} // holds a token while a folder is read
	wake chan struct{} // has the list of folders read anew

	mu      sync.Mutex // guards what follows
	states  map[string]*state
	settled []string // sources of documents that the person removed or brought back
}

// state is what is known of a watched folder.
type state struct {
	seen      map[string]seen
	documents int
	reading   bool
	leftOuts
	wrong *fault.Fault // why it cannot be read
	deaf  *fault.Fault // why it is not heard of at once
}

// New makes a keeper.
func New(opt Options) *Keeper {
	return &Keeper{opt: opt, book: BookIn(opt.Dir), turn: make(chan struct{}, 1), wake: make(chan struct{}, 1), states: map[string]*state{}}
}

// Ask says how a folder is to be read.
type Ask struct {
	Path       string `json:"path"`
	Collection string `json:"collection"`
	Watch      bool   `json:"watch,omitempty"` // from now on
	Prune      bool   `json:"prune,omitempty"` // documents of files that are there no more are taken out; of a watched folder always
}

// Read reads a folder, and has it watched from then on when that is asked for.
func (k *Keeper) Read(ctx context.Context, in Ask, progress func(done, total int)) (Report, error) {
	path, err := Resolve(in.Path, k.opt.Dir)
	if err != nil {
		return Report{}, err
	}
	e := Entry{Path: path, Collection: strings.Join(strings.Fields(in.Collection), " ")}
	if e.Collection == "" {
		return Report{}, fault.New(fault.Invalid, "documents stand in a collection").WithField("collection").WithRemedy("name one with --collection")
	}
	if !in.Watch {
		return k.readNow(ctx, e, in.Prune, progress, nil)
	}
	before, err := k.book.Add(e)
	if err != nil {
		return Report{}, err
	}
	k.mu.Lock()
	k.stateLocked(e)
	k.mu.Unlock()
	defer k.again()
	report, err := k.readNow(ctx, e, true, progress, nil)
	if err == nil && before.Path != "" && before.Collection != e.Collection { // they stand in the other one now
		_, err = k.takeOutAll(ctx, before)
	}
	return report, err
}

// readNow reads a folder while no other is. Before that, follow hears of the folders in it, and says whether there were some that
// were not known.
func (k *Keeper) readNow(ctx context.Context, e Entry, prune bool, progress func(done, total int), follow func(folders []string) bool) (Report, error) {
	if err := k.alone(ctx); err != nil {
		return Report{}, err
	}
	defer k.release()
	root, err := os.OpenRoot(e.Path)
	if err != nil {
		return Report{}, unreadable(e.Path, err)
	}
	defer root.Close() //nolint:errcheck // it was only read
	own, err := filepath.EvalSymlinks(k.opt.Dir.Path())
	if err != nil {
		return Report{}, unreadable(k.opt.Dir.Path(), err)
	}
	t, err := look(ctx, root, own)
	for err == nil && follow != nil && follow(t.folders) {
		t, err = look(ctx, root, own) // what came before it was followed
	}
	switch {
	case ctx.Err() != nil:
		return Report{}, ctx.Err()
	case err != nil:
		return Report{}, unreadable(e.Path, err)
	}
	r := reading{Entry: e, library: k.opt.Library, files: k.opt.Files, root: root, seen: k.known(e), book: k.book}
	err = r.read(ctx, t, prune, progress)
	k.learn(e, &r, err)
	return r.report, err
}

// alone waits until no folder is read, and lets none be read until release.
func (k *Keeper) alone(ctx context.Context) error {
	select {
	case k.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *Keeper) release() { <-k.turn }

// known is what is known of the files of a folder.
func (k *Keeper) known(e Entry) map[string]seen {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.states[e.Path]; s != nil {
		return s.seen
	}
	return nil
}

func (k *Keeper) stateLocked(e Entry) *state {
	s := k.states[e.Path]
	if s == nil {
		s = &state{}
		k.states[e.Path] = s
	}
	return s
}

// learn keeps what a reading of a watched folder found.
func (k *Keeper) learn(e Entry, r *reading, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.states[e.Path]
	if s == nil {
		return
	}
	if err == nil {
		s.seen = r.seen
	}
	s.documents, s.leftOuts = r.report.Added+r.report.Same+r.report.Failed, r.report.leftOuts
}

// again has the list of folders read anew.
func (k *Keeper) again() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// Unwatch lets go of a folder. Its documents are taken out, too, where that is asked for. A folder that is gone is named as it was.
func (k *Keeper) Unwatch(ctx context.Context, path string, prune bool) (removed int, err error) {
	if real, err := Resolve(path, k.opt.Dir); err == nil {
		path = real
	}
	e, err := k.book.Remove(path)
	if err != nil {
		return 0, err
	}
	k.again()
	if !prune {
		return 0, nil
	}
	return k.takeOutAll(ctx, e)
}

// takeOutAll takes out the documents of a folder.
func (k *Keeper) takeOutAll(ctx context.Context, e Entry) (removed int, err error) {
	if err := k.alone(ctx); err != nil { // what is being read of it now would come after
		return 0, err
	}
	defer k.release()
	r := reading{Entry: e, library: k.opt.Library}
	if err := r.list(ctx); err != nil {
		return 0, err
	}
	for _, d := range r.known {
		err = errors.Join(err, r.takeOut(ctx, d))
	}
	return len(r.known), err
}

// Settled hears that the person removed a document, or took that back: it is left out of the folders that it is in, or not any
// more, and they are read.
func (k *Keeper) Settled(d library.Document) {
	if d.Source == "" {
		return
	}
	k.Leave(d, d.Trashed != "")
	k.mu.Lock()
	k.settled = append(k.settled, d.Source)
	k.mu.Unlock()
	k.again()
}

// Leave keeps whether a document is left out of the folders that it is in, before it is removed: one of them may be read just now.
func (k *Keeper) Leave(d library.Document, out bool) {
	if err := k.book.leave(d.Source, out); err != nil {
		k.opt.Log.Warn("that a document was removed is not kept: it comes back with its folder", "error", err)
	}
}

// takeSettled gives the sources of documents that were settled since the last time.
func (k *Keeper) takeSettled() (sources []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	sources, k.settled = k.settled, nil
	return sources
}

// Clear lets go of all folders, and of what is being read.
func (k *Keeper) Clear(ctx context.Context) error {
	if err := k.alone(ctx); err != nil {
		return err
	}
	defer k.release()
	defer k.again()
	return k.book.clear()
}

// Folders tells of the watched folders.
func (k *Keeper) Folders(_ context.Context, _ struct{}) (library.Folders, error) {
	out := library.Folders{Folders: []library.Folder{}}
	all, err := k.book.All()
	if err != nil {
		return out, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range all {
		f := library.Folder{Path: e.Path, Collection: e.Collection}
		if s := k.states[e.Path]; s != nil {
			f.Documents, f.Reading, f.Left = s.documents, s.reading, slices.Clone(s.Left[:min(len(s.Left), shownLeft)])
			f.More = len(s.Left) - len(f.Left) + s.More
			if f.Fault = s.wrong; f.Fault == nil {
				f.Fault = s.deaf
			}
		}
		out.Folders = append(out.Folders, f)
	}
	return out, nil
}

// noProgress is for those who wait for none.
func noProgress(int, int) {}

// How watched folders are looked at.
const (
	calm  = time.Second      // from the first change until the folder is read
	every = 10 * time.Minute // also without news: some disks, such as those of a network, tell none
	again = 2 * time.Second  // from one look for a folder that cannot be read to the next
)
