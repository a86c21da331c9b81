//go:build js && wasm

// Command store offers the store through WebAssembly to the page that measures it.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall/js"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/wasm/store/idb"
)

func main() {
	o := &ours{taken: map[string][]record.Record{}}
	object := js.ValueOf(map[string]any{})
	offer := func(name string, work func(args []js.Value) (any, error)) { object.Set(name, promised(work)) }
	offer("open", o.open)
	offer("close", o.close)
	object.Set("take", js.FuncOf(func(_ js.Value, args []js.Value) any { o.take(args[0].String(), args[1].String()); return nil }))
	offer("put", o.put)
	offer("load", o.load)
	object.Set("ask", js.FuncOf(func(_ js.Value, args []js.Value) any { o.ask(args[0].String()); return nil }))
	offer("get", o.get)
	offer("list", o.list)
	object.Set("documents", (&documents{}).offer())
	js.Global().Call("ready", object)
	select {}
}

// promised makes a function of JavaScript that works in a goroutine.
func promised(work func(args []js.Value) (any, error)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		var start js.Func
		start = js.FuncOf(func(_ js.Value, settle []js.Value) any {
			start.Release()
			go func() {
				out, err := work(args)
				if err != nil {
					settle[1].Invoke(err.Error())
					return
				}
				settle[0].Invoke(out)
			}()
			return nil
		})
		return js.Global().Get("Promise").New(start)
	})
}

type ours struct {
	store *idb.Store
	taken map[string][]record.Record
	count int

	messages []assistant.Message // what put writes
	asked    [][]record.Key      // what get reads
}

func (o *ours) open(args []js.Value) (any, error) {
	var err error
	o.store, err = idb.Open(context.Background(), js.Global().Get("idb"), idb.Options{Name: args[0].String()})
	return nil, err
}

func (o *ours) close([]js.Value) (any, error) { return nil, o.store.Close() }

func (o *ours) take(name, lines string) {
	var records []record.Record
	for line := range bytes.SplitSeq([]byte(lines), []byte("\n")) {
		o.count++
		records = append(records, record.Record{
			Kind: record.KindMessage, ID: store.IndexKey(line, "id"), Version: record.Version(fmt.Sprintf("%012x-0000-bench", o.count)), Body: line,
		})
	}
	o.taken[name], o.messages = records, make([]assistant.Message, len(records))
	for i := range records {
		if err := json.Unmarshal(records[i].Body, &o.messages[i]); err != nil {
			panic(err)
		}
	}
}

func (o *ours) load(args []js.Value) (any, error) {
	return nil, o.store.LoadBulk(context.Background(), o.taken[args[0].String()])
}

// put makes each record's body of a message, as the assistant does, and writes it.
func (o *ours) put(args []js.Value) (any, error) {
	for i, m := range o.messages {
		body, err := json.Marshal(m)
		if err != nil {
			return nil, err
		}
		r := o.taken[args[0].String()][i]
		r.Body = body
		if _, err := o.store.Apply(context.Background(), store.Put(r)); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (o *ours) ask(text string) {
	var lists [][]string
	if err := json.Unmarshal([]byte(text), &lists); err != nil {
		panic(err)
	}
	o.asked = nil
	for _, ids := range lists {
		keys := make([]record.Key, len(ids))
		for i, id := range ids {
			keys[i] = record.Key{Kind: record.KindMessage, ID: id}
		}
		o.asked = append(o.asked, keys)
	}
}

func (o *ours) get(args []js.Value) (any, error) {
	sum := 0
	for _, keys := range o.asked {
		records, err := o.store.Get(context.Background(), keys...)
		if err != nil {
			return nil, err
		}
		n, err := found(records, args[0].Bool())
		if err != nil {
			return nil, err
		}
		sum += n
	}
	return sum, nil
}

func (o *ours) list(args []js.Value) (any, error) {
	q := store.Query{Kind: record.KindMessage, Index: "conversation", Equal: args[0].String(), Reverse: true, Limit: args[1].Int()}
	sum := 0
	for range args[2].Int() {
		page, err := o.store.List(context.Background(), q)
		if err != nil {
			return nil, err
		}
		n, err := found(page.Records, args[3].Bool())
		if err != nil {
			return nil, err
		}
		sum += n
	}
	return sum, nil
}

// found counts records, made into messages when asked, as every view of the assistant has them.
func found(records []record.Record, decode bool) (int, error) {
	n := 0
	for _, r := range records {
		if decode {
			m, err := assistant.ReadMessage(r)
			if err != nil {
				return 0, err
			}
			if m.ID != r.ID {
				return 0, errors.New("another message")
			}
		}
		if r.Version != "" {
			n++
		}
	}
	return n, nil
}
