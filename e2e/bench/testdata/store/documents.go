//go:build js && wasm

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"syscall/js"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/wasm/store/idb"
)

// document is what RxDB publishes its figures with. Our indexes are of texts at the top of a body, so that the last three
// repeat what they need: var2, deep.deep1, and var2 with var1.
type document struct {
	ID   string `json:"id"`
	Var1 string `json:"var1"`
	Var2 int    `json:"var2"`
	Deep struct {
		Deep1  string `json:"deep1"`
		Deep2  string `json:"deep2"`
		Deeper struct {
			DeepNr int `json:"deepNr"`
		} `json:"deeper"`
	} `json:"deep"`
	List []struct {
		Deep1 string `json:"deep1"`
		Deep2 string `json:"deep2"`
	} `json:"list"`
	Number string `json:"number"`
	Inner  string `json:"inner"`
	Order  string `json:"order"`
}

// documents is a store of them, in four kinds as RxDB's workload has four collections.
type documents struct {
	store *idb.Store
	all   []document
	count int
}

func (d *documents) offer() js.Value {
	object := js.ValueOf(map[string]any{})
	object.Set("open", promised(d.open))
	object.Set("close", promised(func([]js.Value) (any, error) { return nil, d.store.Close() }))
	object.Set("take", js.FuncOf(func(_ js.Value, args []js.Value) any { d.take(args[0].String()); return nil }))
	object.Set("insert", promised(d.insert))
	object.Set("find", promised(d.find))
	object.Set("query", promised(d.query))
	return object
}

// open opens the store and writes a document into another kind, after which nothing is left to be set up.
func (d *documents) open(args []js.Value) (any, error) {
	var schema []store.KindSpec
	for _, kind := range []record.Kind{record.KindMessage, record.KindRun, record.KindConversation, record.KindService} {
		schema = append(schema, store.KindSpec{Kind: kind, Indexes: []string{"var1", "number", "inner", "order"}})
	}
	var err error
	if d.store, err = idb.Open(context.Background(), js.Global().Get("idb"), idb.Options{Name: args[0].String(), Schema: schema}); err != nil {
		return nil, err
	}
	w, err := d.write(record.KindRun, d.all[0])
	if err == nil {
		_, err = d.store.Apply(context.Background(), w)
	}
	return nil, err
}

func (d *documents) take(lines string) {
	d.all = nil
	for line := range strings.SplitSeq(lines, "\n") {
		var one document
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			panic(err)
		}
		d.all = append(d.all, one)
	}
}

func (d *documents) write(kind record.Kind, one document) (store.Write, error) {
	body, err := json.Marshal(one)
	d.count++
	return store.Put(record.Record{Kind: kind, ID: one.ID, Version: record.Version(fmt.Sprintf("%012x-0000-bench", d.count)), Body: body}), err
}

// insert writes documents from one to another, so many to a batch.
func (d *documents) insert(args []js.Value) (any, error) {
	from, to, size := args[0].Int(), args[1].Int(), args[2].Int()
	for ; from < to; from += size {
		batch := make([]store.Write, size)
		for i := range batch {
			var err error
			if batch[i], err = d.write(record.KindMessage, d.all[from+i]); err != nil {
				return nil, err
			}
		}
		if _, err := d.store.Apply(context.Background(), batch...); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// find reads documents from one to another by id, so many at once, and counts them.
func (d *documents) find(args []js.Value) (any, error) {
	from, to, size, sum := args[0].Int(), args[1].Int(), args[2].Int(), 0
	for ; from < to; from += size {
		keys := make([]record.Key, size)
		for i := range keys {
			keys[i] = record.Key{Kind: record.KindMessage, ID: d.all[from+i].ID}
		}
		records, err := d.store.Get(context.Background(), keys...)
		if err != nil {
			return nil, err
		}
		n, err := decoded(records, args[3].Bool())
		if err != nil {
			return nil, err
		}
		sum += n
	}
	return sum, nil
}

// query reads all documents in the order of var2 and var1, and counts them.
func (d *documents) query(args []js.Value) (any, error) {
	page, err := d.store.List(context.Background(), store.Query{Kind: record.KindMessage, Index: "order", Limit: store.MaxPage})
	if err != nil {
		return nil, err
	}
	return decoded(page.Records, args[0].Bool())
}

// decoded counts the records that are there, made into documents when asked.
func decoded(records []record.Record, decode bool) (int, error) {
	n := 0
	for _, r := range records {
		one := document{ID: r.ID}
		if decode {
			if err := json.Unmarshal(r.Body, &one); err != nil {
				return 0, err
			}
		}
		if r.Version != "" && one.ID == r.ID {
			n++
		}
	}
	return n, nil
}
