package idb

import (
	"context"
	"errors"
	"slices"
	"syscall/js"
	"time"

	"github.com/hack-pad/go-indexeddb/idb"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/wasm/jsval"
)

// Open opens the database, makes or upgrades it, and takes it over: an earlier writer is fenced off. shim is the object
// that makeIdbShim made.
func Open(ctx context.Context, shim js.Value, opt Options) (*Store, error) {
	if shim.Type() != js.TypeObject {
		return nil, fault.New(fault.Unavailable, "this page brings no database script")
	}
	opt = withDefaults(opt)
	s := newStore(opt, nil)
	s.open = func(ctx context.Context) (engine, error) { return openEngine(ctx, shim, opt, s.layout) }
	if _, err := s.start(ctx, 0); err != nil {
		return nil, err
	}
	return s, nil
}

// Delete removes a database with everything in it.
func Delete(ctx context.Context, shim js.Value, name string) error {
	o := newOpener(shim)
	defer o.release()
	request, err := o.factory.DeleteDatabase(name)
	if err != nil {
		return domFailure(err, "deleting the database")
	}
	_, err = o.wait(ctx, request.Request, time.Second)
	return domFailure(err, "deleting the database")
}

func withDefaults(opt Options) Options {
	if opt.Name == "" {
		opt.Name = Database
	}
	if opt.Schema == nil {
		opt.Schema = store.Schema()
	}
	if opt.Grace == 0 {
		opt.Grace = 3 * time.Second
	}
	if opt.Log == nil {
		opt.Log = logs.Default()
	}
	if opt.gatherFrom == 0 {
		opt.gatherFrom = gatherFrom
	}
	if opt.version == 0 {
		opt.version = databaseVersion
	}
	return opt
}

func openEngine(ctx context.Context, shim js.Value, opt Options, l layout) (engine, error) {
	o := newOpener(shim)
	defer o.release()
	var upgrade error
	request, err := o.factory.Open(ctx, opt.Name, opt.version, func(db *idb.Database, _, _ uint) error {
		upgrade = build(db, l)
		return nil // a returned error would end the program; the transaction is aborted instead
	})
	if err != nil {
		return nil, domFailure(err, "opening the database")
	}
	db, err := o.wait(ctx, request.Request, opt.Grace)
	if upgrade != nil {
		return nil, fault.Wrap(fault.Internal, upgrade, "the database cannot be built")
	}
	if err != nil {
		return nil, domFailure(err, "opening the database")
	}
	return newSession(shim, db, l.plan(opt.gatherFrom))
}

// opener watches one request to open or delete a database for being blocked.
type opener struct {
	js      js.Value
	factory *idb.Factory
	blocked chan struct{}
	told    js.Func
}

func newOpener(shim js.Value) *opener {
	o := &opener{blocked: make(chan struct{}, 1)}
	o.told = js.FuncOf(func(js.Value, []js.Value) any {
		select {
		case o.blocked <- struct{}{}:
		default:
		}
		return nil
	})
	o.js = shim.Call("factory", o.told)
	o.factory, _ = idb.WrapFactory(o.js) // never fails
	return o
}

// wait gives the request's result. Whoever blocks it gets a grace to close; after that the request is abandoned.
func (o *opener) wait(ctx context.Context, request *idb.Request, grace time.Duration) (js.Value, error) {
	type result struct {
		value js.Value
		err   error
	}
	done := make(chan result, 1)
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		value, err := request.Await(waiting)
		done <- result{value, err}
	}()
	var patience <-chan time.Time
	for {
		select {
		case r := <-done:
			if err := ctx.Err(); err != nil { // Await gives no error then
				o.js.Call("abandon")
				return js.Undefined(), err
			}
			return r.value, r.err
		case <-o.blocked:
			patience = time.After(grace)
		case <-patience:
			o.js.Call("abandon")
			return js.Undefined(), fault.New(fault.Conflict, "another kAI still uses the records in an older way").
				WithRemedy("close other kAI windows, or restart the browser")
		}
	}
}

func (o *opener) release() { o.told.Release() }

// build makes the object stores and indexes that are missing.
func build(db *idb.Database, l layout) error {
	have, err := db.ObjectStoreNames()
	if err != nil {
		return err
	}
	names := append(append(reservedStores(), metaStore), blobStores()...)
	for _, spec := range l.schema {
		names = append(names, storeName(spec.Kind))
	}
	indexes := map[string][]string{}
	for _, spec := range l.schema {
		indexes[storeName(spec.Kind)] = append([]string{feedIndex}, spec.Indexes...)
	}
	for _, name := range names {
		if slices.Contains(have, name) {
			continue
		}
		if err := buildStore(db, name, indexes[name]); err != nil {
			return err
		}
	}
	return nil
}

func buildStore(db *idb.Database, name string, indexes []string) error {
	objects, err := db.CreateObjectStore(name, idb.ObjectStoreOptions{})
	if err != nil {
		return err
	}
	for _, index := range indexes {
		feed, path := index == feedIndex, "x_"+index
		if feed {
			path = index
		}
		if _, err := objects.CreateIndex(index, js.ValueOf(path), idb.IndexOptions{Unique: feed, MultiEntry: true}); err != nil {
			if tx, undo := objects.Transaction(); undo == nil {
				_ = tx.Abort() // the error that led here is the one to tell
			}
			return err
		}
	}
	return nil
}

// domFailure gives go-indexeddb's errors the same words as the shim's. It wraps what a browser rejects a request with, and
// hands on what a browser throws.
func domFailure(err error, doing string) error {
	var dom idb.DOMException
	var thrown js.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &dom):
		for _, name := range []string{"VersionError", "QuotaExceededError", "InvalidStateError", "SecurityError", "NotAllowedError", "UnknownError"} {
			if errors.Is(dom, idb.NewDOMException(name)) {
				return failure(&shimError{Name: name, Message: dom.Error()}, doing, layout{})
			}
		}
	case errors.As(err, &thrown):
		e := jsval.ErrorOf(thrown.Value)
		return failure(&shimError{Name: e.Name, Message: e.Message}, doing, layout{})
	}
	return failure(err, doing, layout{})
}
