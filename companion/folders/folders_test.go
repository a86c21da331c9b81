package folders_test

import (
	"context"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/extract"
	"github.com/kindos/kai/companion/folders"
	"github.com/kindos/kai/companion/pdf/pdftest"
	"github.com/kindos/kai/companion/store/sqlite"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func TestMain(m *testing.M) { os.Exit(pdftest.Main(m)) }

// none has no embedding model.
type none struct{}

func (none) Model(context.Context) (string, error) { return "", fault.New(fault.NotFound, "none") }
func (none) Embed(context.Context, string, []string) ([][]float32, error) {
	return nil, fault.New(fault.NotFound, "none")
}

// world is a data directory with a library in SQLite, and a folder of the disk.
type world struct {
	*folders.Keeper
	t       *testing.T
	dir     datadir.Dir
	folder  string
	library *library.Library
}

func newWorld(t *testing.T) *world {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	dir, err := datadir.Open(filepath.Join(base, "data"))
	require.NoError(t, err)
	s, err := sqlite.Open(t.Context(), filepath.Join(base, "kai.db"), store.Schema())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	w := &world{t: t, dir: dir, folder: filepath.Join(base, "notes")}
	w.library = library.New(library.Options{
		Store: s, Clock: record.NewClock("r", time.Now), Now: time.Now, NewID: func() string { return record.NewID(time.Now()) },
		Embedder: none{}, Index: func(context.Context, string) error { return nil }, Changed: func() {}, Log: logs.Discard(),
	})
	w.restart()
	require.NoError(t, os.Mkdir(w.folder, 0o700))
	return w
}

// restart is a new life of kai, which knows of no file.
func (w *world) restart() {
	w.Keeper = folders.New(folders.Options{Dir: w.dir, Library: w.library, Files: extract.Reader{PDF: pdftest.Reader()}, Log: slog.New(slog.DiscardHandler)})
}

// run follows the watched folders until it is told to stop.
func (w *world) run() (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	stop = func() { cancel(); <-done }
	w.t.Cleanup(stop)
	return stop
}

func (w *world) path(name string) string { return filepath.Join(w.folder, filepath.FromSlash(name)) }

func (w *world) write(name, text string) {
	w.t.Helper()
	require.NoError(w.t, os.MkdirAll(filepath.Dir(w.path(name)), 0o700))
	require.NoError(w.t, os.WriteFile(w.path(name), []byte(text), 0o600))
}

func (w *world) read(ask folders.Ask) folders.Report {
	w.t.Helper()
	ask.Path = w.folder
	if ask.Collection == "" {
		ask.Collection = "Notes"
	}
	r, err := w.Read(w.t.Context(), ask, func(int, int) {})
	require.NoError(w.t, err)
	return r
}

// documents are the titles and texts that there are.
func (w *world) documents() map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for title, d := range w.all() {
		open, err := w.library.Open(w.t.Context(), library.ByDocument{ID: d.ID})
		require.NoError(w.t, err)
		out[title] = ""
		for _, p := range open.Passages {
			out[title] += p.Text
		}
	}
	return out
}

func (w *world) all() map[string]library.Document {
	w.t.Helper()
	list, err := w.library.List(w.t.Context(), struct{}{})
	require.NoError(w.t, err)
	out := map[string]library.Document{}
	for _, d := range list.Documents {
		out[d.Title] = d
	}
	return out
}

// becomes waits until there are just these documents.
func (w *world) becomes(want map[string]string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return maps.Equal(want, w.documents()) }, 20*time.Second, 20*time.Millisecond, "%v", w.documents())
}

// remove is what a view does.
func (w *world) remove(title string, removed bool, id string) {
	w.t.Helper()
	d, err := w.library.Set(w.t.Context(), library.SetDocument{ID: id, Removed: &removed})
	require.NoError(w.t, err, title)
	w.Settled(d)
}

func left(r folders.Report) map[string]string {
	out := map[string]string{}
	for _, l := range r.Left {
		out[l.Path] = l.Why
	}
	return out
}

func TestOfAFolderWhatIsTextIsReadAndTheRestIsNamed(t *testing.T) {
	w := newWorld(t)
	w.write("a.md", "Otters sleep.")
	w.write("sub/deep/b.csv", "a,b\n1,2\n")
	w.write("photo.raw", "a\x00b")
	w.write("broken.docx", "no zip")
	w.write("book.pdf", string(pdftest.File("Whales sing.", "Glaciers melt.")))
	w.write("locked.pdf", string(pdftest.Locked()))
	w.write(".git/HEAD", "ref")
	w.write("web/node_modules/x.js", "x")
	w.write(".env", "SECRET=1")
	r := w.read(folders.Ask{})
	assert.Equal(t, map[string]string{"a.md": "Otters sleep.", "sub/deep/b.csv": "a: 1; b: 2", "broken.docx": "", "book.pdf": "Whales sing.Glaciers melt.", "locked.pdf": ""}, w.documents())
	assert.Equal(t, []int{3, 0, 2, 0}, []int{r.Added, r.Same, r.Failed, r.Gone})
	const aside = "hidden, or filled by programs: not looked into"
	assert.Equal(t, map[string]string{
		"photo.raw": "it is not a text",
		".git/":     aside, "web/node_modules/": aside, ".env": aside,
	}, left(r))
	d := w.all()["broken.docx"]
	assert.Equal(t, library.Failed, d.State)
	assert.Equal(t, "the file is damaged, or not what its name says", d.Fault.Words())
	assert.Equal(t, w.path("a.md"), w.all()["a.md"].Source)
}

func TestAgainOnlyWhatHasChangedIsRead(t *testing.T) {
	w := newWorld(t)
	w.write("a.md", "one")
	w.write("b.md", "two")
	w.write("c.md", "three")
	w.read(folders.Ask{})
	before := w.all()
	w.write("a.md", "changed")
	w.write("b.md", "two") // touched only
	require.NoError(t, os.Remove(w.path("c.md")))
	r := w.read(folders.Ask{})
	assert.Equal(t, []int{1, 1, 1}, []int{r.Added, r.Same, r.Gone})
	assert.False(t, r.Removed)
	assert.Equal(t, map[string]string{"a.md": "changed", "b.md": "two", "c.md": "three"}, w.documents(), "what is gone stays unless it is to be removed")
	assert.Equal(t, before["b.md"].ID, w.all()["b.md"].ID)
	r = w.read(folders.Ask{Prune: true})
	assert.Equal(t, 1, r.Gone)
	assert.Equal(t, map[string]string{"a.md": "changed", "b.md": "two"}, w.documents())
}

func TestNothingOutsideAFolderIsRead(t *testing.T) {
	w := newWorld(t)
	secret := filepath.Join(filepath.Dir(w.folder), "secret.txt")
	require.NoError(t, os.WriteFile(secret, []byte("top secret"), 0o600))
	require.NoError(t, os.Symlink(secret, w.path("link.txt")))
	require.NoError(t, os.Symlink(filepath.Dir(w.folder), w.path("up")))
	w.write("a.md", "one")
	r := w.read(folders.Ask{})
	assert.Equal(t, map[string]string{"a.md": "one"}, w.documents())
	assert.Equal(t, map[string]string{"link.txt": "a link: links are not followed", "up": "a link: links are not followed"}, left(r))
}

func TestWhichFoldersAreRefused(t *testing.T) {
	w := newWorld(t)
	w.write("a.md", "one")
	for name, c := range map[string]struct {
		path string
		code fault.Code
		why  string
	}{
		"no folder":       {filepath.Join(w.folder, "none"), fault.NotFound, "is not there"},
		"a file":          {w.path("a.md"), fault.Invalid, "is no folder"},
		"the whole disk":  {"/", fault.Invalid, "is the whole disk"},
		"kai's own files": {w.dir.Path(), fault.Invalid, "is where kai keeps its own files"},
	} {
		_, err := w.Read(t.Context(), folders.Ask{Path: c.path, Collection: "x", Watch: true}, func(int, int) {})
		assert.Equal(t, c.code, fault.CodeOf(err), name)
		assert.ErrorContains(t, err, c.why, name)
	}
	_, err := w.Read(t.Context(), folders.Ask{Path: w.folder, Watch: true}, func(int, int) {})
	assert.Equal(t, fault.Invalid, fault.CodeOf(err), "no collection")
	list, err := w.Folders(t.Context(), struct{}{})
	require.NoError(t, err)
	assert.Empty(t, list.Folders)
}

func TestKaisOwnFilesAreLeftOutOfAFolderAboveThem(t *testing.T) {
	w := newWorld(t)
	w.folder = filepath.Dir(w.folder)
	w.write("data/token", "secret")
	w.write("a.md", "one")
	require.NoError(t, os.Remove(w.path("notes")))
	r := w.read(folders.Ask{})
	assert.Equal(t, "kai's own files", left(r)["data/"])
	assert.Contains(t, w.documents(), "a.md")
	assert.NotContains(t, w.documents(), "data/token")
}

func TestAWatchedFolderIsFollowed(t *testing.T) {
	w := newWorld(t)
	w.run()
	w.write("a.md", "one")
	w.read(folders.Ask{Watch: true})
	w.becomes(map[string]string{"a.md": "one"})
	w.write("a.md", "two")
	w.write("new/sub/b.md", "three")
	w.becomes(map[string]string{"a.md": "two", "new/sub/b.md": "three"})
	w.write("new/sub/c.md", "in a folder that came later")
	w.becomes(map[string]string{"a.md": "two", "new/sub/b.md": "three", "new/sub/c.md": "in a folder that came later"})
	require.NoError(t, os.Rename(w.path("new/sub/b.md"), w.path("moved.md")))
	require.NoError(t, os.Remove(w.path("a.md")))
	w.becomes(map[string]string{"moved.md": "three", "new/sub/c.md": "in a folder that came later"})
	require.NoError(t, os.RemoveAll(w.path("new")))
	w.becomes(map[string]string{"moved.md": "three"})
}

func TestAPDFInAWatchedFolderIsFollowedAndCitedByItsPages(t *testing.T) {
	w := newWorld(t)
	w.write("book.pdf", string(pdftest.File("Whales sing.", "Glaciers melt.")))
	w.read(folders.Ask{Watch: true})
	w.run()
	open, err := w.library.Open(t.Context(), library.ByDocument{ID: w.all()["book.pdf"].ID})
	require.NoError(t, err)
	require.Len(t, open.Passages, 2)
	assert.Equal(t, []string{"page 1", "page 2"}, []string{open.Passages[0].Place, open.Passages[1].Place})
	w.write("book.pdf", string(pdftest.File("Whales sleep.")))
	w.becomes(map[string]string{"book.pdf": "Whales sleep."})
	w.write("ice.pdf", string(pdftest.File("Ice floats.")))
	w.becomes(map[string]string{"book.pdf": "Whales sleep.", "ice.pdf": "Ice floats."})
	require.NoError(t, os.Remove(w.path("book.pdf")))
	w.becomes(map[string]string{"ice.pdf": "Ice floats."})
}

func TestAStopInTheMiddleOfAFileKeepsNothingOfIt(t *testing.T) {
	w := newWorld(t)
	w.write("endless.pdf", string(pdftest.Endless()))
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := w.Read(ctx, folders.Ask{Path: w.folder, Collection: "Notes"}, func(int, int) {})
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Empty(t, w.documents())
}

func TestAPDFThatCannotBeReadNowIsNamedAndReadTheNextTime(t *testing.T) {
	w := newWorld(t)
	w.write("book.pdf", string(pdftest.File("Whales sing.")))
	able := w.Keeper
	w.Keeper = folders.New(folders.Options{Dir: w.dir, Library: w.library, Log: slog.New(slog.DiscardHandler)})
	assert.Equal(t, map[string]string{"book.pdf": "PDF files cannot be read here"}, left(w.read(folders.Ask{})))
	assert.Empty(t, w.documents())
	w.Keeper = able
	w.read(folders.Ask{})
	assert.Equal(t, map[string]string{"book.pdf": "Whales sing."}, w.documents())
}

func TestWhatChangedWhileKaiWasOffIsReadWhenItStarts(t *testing.T) {
	w := newWorld(t)
	stop := w.run()
	w.write("a.md", "one")
	w.write("b.md", "two")
	w.read(folders.Ask{Watch: true})
	stop()
	before := w.all()["b.md"].ID
	w.write("a.md", "changed")
	w.write("c.md", "three")
	w.restart()
	w.run()
	w.becomes(map[string]string{"a.md": "changed", "b.md": "two", "c.md": "three"})
	assert.Equal(t, before, w.all()["b.md"].ID, "what has not changed is as it was")
	w.write("c.md", "four")
	w.becomes(map[string]string{"a.md": "changed", "b.md": "two", "c.md": "four"})
}

func TestWhatThePersonRemovedStaysOut(t *testing.T) {
	w := newWorld(t)
	stop := w.run()
	w.write("a.md", "one")
	w.write("b.md", "two")
	w.read(folders.Ask{Watch: true})
	id := w.all()["a.md"].ID
	w.remove("a.md", true, id)
	w.state(func(f library.Folder) bool {
		return slices.Contains(f.Left, library.LeftOut{Path: "a.md", Why: "you removed it from the documents"})
	})
	w.write("c.md", "three")
	w.becomes(map[string]string{"b.md": "two", "c.md": "three"})
	stop()
	w.restart()
	w.run()
	w.write("d.md", "four")
	w.becomes(map[string]string{"b.md": "two", "c.md": "three", "d.md": "four"})
	w.remove("a.md", false, id) // undone
	w.write("a.md", "five")
	w.becomes(map[string]string{"a.md": "five", "b.md": "two", "c.md": "three", "d.md": "four"})
}

// state waits until a watched folder is as it is to be.
func (w *world) state(ok func(library.Folder) bool) library.Folder {
	w.t.Helper()
	var f library.Folder
	require.Eventually(w.t, func() bool {
		list, err := w.Folders(w.t.Context(), struct{}{})
		require.NoError(w.t, err)
		require.Len(w.t, list.Folders, 1)
		f = list.Folders[0]
		return ok(f)
	}, 20*time.Second, 20*time.Millisecond, "%+v", f)
	return f
}

func TestAFolderThatIsGoneIsToldAndItsDocumentsStay(t *testing.T) {
	w := newWorld(t)
	stop := w.run()
	w.write("a.md", "one")
	w.read(folders.Ask{Watch: true})
	f := w.state(func(f library.Folder) bool { return f.Documents == 1 && !f.Reading })
	assert.Equal(t, library.Folder{Path: w.folder, Collection: "Notes", Documents: 1}, f)
	away := w.folder + "-away"
	require.NoError(t, os.Rename(w.folder, away))
	w.state(func(f library.Folder) bool { return f.Fault != nil })
	stop()
	w.restart()
	stop = w.run()
	f = w.state(func(f library.Folder) bool { return f.Fault != nil })
	assert.Equal(t, w.folder+" is not there; look whether it was moved, or its disk is not connected; what was read of it stays", f.Fault.Words())
	assert.Equal(t, map[string]string{"a.md": "one"}, w.documents())
	stop()
	require.NoError(t, os.Rename(away, w.folder))
	w.restart()
	w.run()
	w.state(func(f library.Folder) bool { return f.Fault == nil && f.Documents == 1 })
}

func TestAFolderThatComesBackIsFollowedAgain(t *testing.T) {
	w := newWorld(t)
	w.run()
	w.write("a.md", "one")
	w.read(folders.Ask{Watch: true})
	w.state(func(f library.Folder) bool { return f.Documents == 1 && !f.Reading })
	away := w.folder + "-away"
	require.NoError(t, os.Rename(w.folder, away))
	w.state(func(f library.Folder) bool { return f.Fault != nil })
	require.NoError(t, os.WriteFile(filepath.Join(away, "b.md"), []byte("two"), 0o600))
	require.NoError(t, os.Rename(away, w.folder))
	w.becomes(map[string]string{"a.md": "one", "b.md": "two"})
	w.write("c.md", "three")
	w.becomes(map[string]string{"a.md": "one", "b.md": "two", "c.md": "three"})
}

func TestAFolderThatIsAddedToAnotherCollectionStandsThereAlone(t *testing.T) {
	w := newWorld(t)
	w.run()
	w.write("a.md", "one")
	w.read(folders.Ask{Watch: true})
	w.read(folders.Ask{Watch: true, Collection: "Other"})
	all := w.all()
	list, err := w.library.List(t.Context(), struct{}{})
	require.NoError(t, err)
	assert.Len(t, list.Documents, 1)
	assert.Equal(t, "Other", all["a.md"].Collection)
}

func TestAFileOrFolderThatMayNotBeReadIsNamedAndItsDocumentStays(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("this person may read everything")
	}
	w := newWorld(t)
	w.write("a.md", "one")
	w.write("sub/b.md", "two")
	w.read(folders.Ask{})
	require.NoError(t, os.Chmod(w.path("a.md"), 0))
	require.NoError(t, os.Chmod(w.path("sub"), 0))
	t.Cleanup(func() { _ = os.Chmod(w.path("sub"), 0o700) })
	w.restart()
	r := w.read(folders.Ask{Prune: true})
	assert.Equal(t, map[string]string{"a.md": "it may not be read; give yourself the right to read it", "sub": "it may not be read"}, left(r))
	assert.Equal(t, map[string]string{"a.md": "one", "sub/b.md": "two"}, w.documents())
}

func TestAFolderIsLetGo(t *testing.T) {
	w := newWorld(t)
	w.run()
	w.write("a.md", "one")
	w.read(folders.Ask{Watch: true})
	_, err := w.Unwatch(t.Context(), w.folder+"x", false)
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	n, err := w.Unwatch(t.Context(), w.folder, false)
	require.NoError(t, err)
	assert.Equal(t, 0, n)
	assert.Equal(t, map[string]string{"a.md": "one"}, w.documents())
	w.read(folders.Ask{Watch: true})
	n, err = w.Unwatch(t.Context(), w.folder, true)
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	assert.Empty(t, w.documents())
	w.read(folders.Ask{Watch: true})
	require.NoError(t, w.Clear(t.Context()))
	list, err := w.Folders(t.Context(), struct{}{})
	require.NoError(t, err)
	assert.Empty(t, list.Folders)
}

func TestAFolderIsBounded(t *testing.T) {
	w := newWorld(t)
	for i := range folders.MaxFiles + 3 {
		require.NoError(t, os.WriteFile(filepath.Join(w.folder, record.NewID(time.UnixMilli(int64(i)))), []byte{0}, 0o600))
	}
	r := w.read(folders.Ask{})
	assert.Len(t, r.Left, 200, "no more are named")
	assert.Equal(t, folders.MaxFiles+3, len(r.Left)+r.More)
	assert.Zero(t, r.Added)
	many := make([]string, 0, 21)
	for i := range 21 {
		path := filepath.Join(w.folder, "f", record.NewID(time.UnixMilli(int64(i))))
		require.NoError(t, os.MkdirAll(path, 0o700))
		_, err := w.Read(t.Context(), folders.Ask{Path: path, Collection: "x", Watch: true}, func(int, int) {})
		many = append(many, string(fault.CodeOf(err)))
	}
	assert.Equal(t, []string{"", string(fault.Exhausted)}, slices.Compact(many))
}

func TestAStopEndsTheReading(t *testing.T) {
	w := newWorld(t)
	w.write("a.md", "one")
	w.write("b.md", "two")
	ctx, cancel := context.WithCancel(t.Context())
	_, err := w.Read(ctx, folders.Ask{Path: w.folder, Collection: "x"}, func(done, _ int) {
		if done == 1 {
			cancel()
		}
	})
	require.Error(t, err)
	assert.Contains(t, w.documents(), "a.md", "what was read stays")
}
