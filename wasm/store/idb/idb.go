// Package idb is store.Store on IndexedDB, the store of browser mode.
//
// go-indexeddb opens, upgrades and deletes the database; every operation on records is one call into the shim (shim.ts),
// which runs the request loop and hands back one head of JSON text and one run of bytes. A value is a leaf of one or
// more consecutive records (leaf.ts). Writing is fenced: whoever opened the database last is its writer. A batch that
// somebody wrote is on disk when Apply returns; one that Options.Relaxed names may be lost by a power cut seconds later.
// Imports shared/*, go-indexeddb, wasm/jsval.
package idb

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Database is the name that the specification gives.
const Database = "kai-cd"

// databaseVersion rises with the schema and with the layout of leaves. In 1 the change feed was an object
// store of its own; in 3 two kinds were added, in 4 seven more and two indexes, in 5 the stores of blobs; since 6 the bodies of
// several records are bytes. upgrade.ts brings earlier ones up.
const databaseVersion = store.SchemaVersion + 3

// Options set up a store.
type Options struct {
	Name    string                   // of the database; Database when empty
	Schema  []store.KindSpec         // store.Schema() when nil
	Relaxed func([]store.Write) bool // batches that need not be on disk when Apply returns; nil means none
	Grace   time.Duration            // how long an older kAI may hold up an upgrade; 3 s when 0
	Log     *logs.Logger             // logs.Default() when nil

	Wrote func(ctx context.Context, began time.Time, err error) // is told of each batch; nil for nobody

	version    uint // of the database; databaseVersion unless a test is of another time
	gatherFrom int  // gatherFrom, but where a test wants records to be joined earlier
}

// answer is what the shim gives back.
type answer struct {
	head string
	data []byte
}

// engine is an open database; session is the one made of JavaScript.
type engine interface {
	call(ctx context.Context, op, head string, data []byte) (answer, error)
	close()
}

// Store is a store.Store that can load many records and measure itself. It has no search of its own: the assistant keeps the
// text of all messages in memory, and once is enough.
type Store struct {
	opt    Options
	kinds  store.Kinds
	layout layout
	open   func(ctx context.Context) (engine, error)

	mu      sync.Mutex // guards all below
	engine  engine
	epoch   int64
	uploads int64 // that have begun
	closed  bool
}

func newStore(opt Options, open func(context.Context) (engine, error)) *Store {
	kinds := store.NewKinds(opt.Schema)
	return &Store{opt: opt, kinds: kinds, layout: newLayout(opt.Schema), open: open}
}

// start opens the database and takes it over; with an epoch it only comes back as the writer it was.
func (s *Store) start(ctx context.Context, epoch int64) (engine, error) {
	e, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	ans, err := e.call(ctx, "open", openHead(epoch), nil)
	if err != nil {
		e.close()
		return nil, failure(err, "taking over the database", s.layout)
	}
	f := flat{text: ans.head}
	f.open()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.engine, s.epoch = e, f.number()
	return e, f.err
}

// call runs one operation; a connection that the browser closed is opened again once.
func (s *Store) call(ctx context.Context, doing, op, head string, data []byte) (answer, error) {
	if err := store.Ended(ctx, doing); err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	e, epoch, closed := s.engine, s.epoch, s.closed
	s.mu.Unlock()
	if closed {
		return answer{}, store.Closed()
	}
	ans, err := e.call(ctx, op, head, data)
	if isGone(err) {
		if e, err = s.reopen(ctx, e, epoch); err == nil {
			ans, err = e.call(ctx, op, head, data)
		}
	}
	if err != nil {
		return answer{}, failure(err, doing, s.layout)
	}
	return ans, nil
}

// reopen replaces the connection old, unless another call has done so already.
func (s *Store) reopen(ctx context.Context, old engine, epoch int64) (engine, error) {
	s.mu.Lock()
	current, closed := s.engine, s.closed
	s.mu.Unlock()
	if closed {
		return nil, store.Closed()
	}
	if current != old {
		return current, nil
	}
	s.opt.Log.Warn("the browser closed the database; opening it again")
	old.close()
	return s.start(ctx, epoch)
}

// Get reads records by key; see store.Store.
func (s *Store) Get(ctx context.Context, keys ...record.Key) ([]record.Record, error) {
	if err := s.kinds.CheckKeys(keys); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return []record.Record{}, s.ready(ctx, "reading records")
	}
	ans, err := s.call(ctx, "reading records", "get", s.layout.keysHead(keys), nil)
	if err != nil {
		return nil, err
	}
	return decodeStates(ans, keys)
}

// Apply writes a batch; see store.Store.
func (s *Store) Apply(ctx context.Context, batch ...store.Write) (store.Result, error) {
	if err := s.kinds.CheckBatch(batch); err != nil {
		return store.Result{}, err
	}
	strict := s.opt.Relaxed == nil || !s.opt.Relaxed(batch)
	head, data := s.layout.batchHead(batch, strict)
	began := time.Now()
	ans, err := s.call(ctx, "writing records", "apply", head, data)
	if s.opt.Wrote != nil {
		s.opt.Wrote(ctx, began, err)
	}
	if err != nil {
		return store.Result{}, err
	}
	return decodeResult(ans)
}

// List pages through one kind; see store.Store.
func (s *Store) List(ctx context.Context, q store.Query) (store.Page, error) {
	q, after, err := s.kinds.CheckQuery(q)
	if err != nil {
		return store.Page{}, err
	}
	ans, err := s.call(ctx, "listing records", "list", s.layout.queryHead(q, after), nil)
	if err != nil {
		return store.Page{}, err
	}
	records, more, err := decodePage(ans, q.Kind)
	page := store.Page{Records: records}
	if more && len(records) > 0 {
		last := records[len(records)-1]
		page.Next = store.NextCursor(q, orderKey(q, last), last.ID)
	}
	return page, err
}

// Changes reads the change feed; see store.Store.
func (s *Store) Changes(ctx context.Context, since uint64, limit int) (store.Feed, error) {
	limit, err := store.CheckLimit(limit)
	if err != nil {
		return store.Feed{}, err
	}
	ans, err := s.call(ctx, "reading changes", "changes", changesHead(since, limit), nil)
	if err != nil {
		return store.Feed{}, err
	}
	return s.layout.decodeFeed(ans)
}

// LoadBulk writes many records; see store.BulkLoader. Their leaves pack several records each. While the browser writes some of them,
// the next are made ready.
func (s *Store) LoadBulk(ctx context.Context, records []record.Record) error {
	if err := s.kinds.CheckRecords(records); err != nil {
		return err
	}
	written := make(chan error, 1)
	written <- nil
	for first := true; first || len(records) > 0; first = false {
		n := chunkLen(records)
		head, data := s.layout.batchHead(puts(records[:n]), n == len(records))
		if err := <-written; err != nil {
			return err
		}
		go func() {
			_, err := s.call(ctx, "loading records", "apply", head, data)
			written <- err
		}()
		if records = records[n:]; len(records) > 0 {
			<-time.After(handover)
		}
	}
	return <-written
}

// handover is how long the browser is left alone with what it is given to write: what comes of calls is done by its own loop.
const handover = time.Millisecond

func puts(records []record.Record) []store.Write {
	out := make([]store.Write, len(records))
	for i, r := range records {
		out[i] = store.Put(r)
	}
	return out
}

// Measure says how much is stored; see store.Measurer. Bytes and Quota are the browser's figures for the whole extension.
func (s *Store) Measure(ctx context.Context) (store.Usage, error) {
	ans, err := s.call(ctx, "measuring the store", "measure", "", nil)
	if err != nil {
		return store.Usage{}, err
	}
	f := flat{text: ans.head}
	f.open()
	usage := store.Usage{Backend: "indexeddb", Durable: true, Bytes: f.number(), Quota: f.number(), Records: map[record.Kind]int64{}}
	for _, kind := range s.kinds.All() {
		usage.Records[kind] = f.number()
	}
	return usage, f.err
}

// Blob answers a method of blobs (assistant.BlobPrefix) beside the program: what a picture is made of never comes into it, but
// as the text of a call. PutBlob and the others are for who streams.
func (s *Store) Blob(ctx context.Context, method string, in json.RawMessage) (json.RawMessage, error) {
	ans, err := s.call(ctx, "keeping or reading a picture", method, string(in), nil)
	return json.RawMessage(ans.head), err
}

// Close releases the database. Calls that are going on still end by themselves.
func (s *Store) Close() error {
	s.mu.Lock()
	e := s.engine
	s.engine, s.closed = nil, true
	s.mu.Unlock()
	if e != nil {
		e.close()
	}
	return nil
}

func (s *Store) ready(ctx context.Context, doing string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.Closed()
	}
	return store.Ended(ctx, doing)
}

// chunkLen is how many records go into one transaction: few enough that their text is copied in one go, and that the first are being
// written soon.
func chunkLen(records []record.Record) int {
	const most, bytes = 1000, 4 << 20
	size := 0
	for i, r := range records {
		if size += len(r.Body); i == most || (size > bytes && i > 0) {
			return i
		}
	}
	return len(records)
}

// orderKey is a record's key in the order of a query.
func orderKey(q store.Query, r record.Record) string {
	if q.Index == "" {
		return ""
	}
	return store.IndexKey(r.Body, q.Index)
}

// goneError is what the shim says of a connection that the browser closed.
type goneError struct{}

func (goneError) Error() string { return "the browser closed the database" }

func isGone(err error) bool { _, ok := err.(goneError); return ok } //nolint:errorlint // made by the session itself, never wrapped

var (
	_ store.Store      = (*Store)(nil)
	_ store.BulkLoader = (*Store)(nil)
	_ store.Measurer   = (*Store)(nil)
	_ store.BlobStore  = (*Store)(nil)
)
