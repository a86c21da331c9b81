// Command load fills a browser's database from an export of records, by the import and the store of kAI itself. It is no
// part of the product: e2e/bench makes a history with it.
//
// It finds at globalThis.kaiLoad: text, the export as a Uint8Array; idb, the store's script; done(problem), which it calls.
package main

import (
	"bytes"
	"context"
	"syscall/js"

	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/wasm/jsval"
	"github.com/kindos/kai/wasm/store/idb"
)

func main() {
	page := js.Global().Get("kaiLoad")
	problem := ""
	if err := load(context.Background(), page); err != nil {
		problem = err.Error()
	}
	_, _ = jsval.Call(page, "done", problem) // the page that waits sees that nothing comes
}

func load(ctx context.Context, page js.Value) error {
	records, err := idb.Open(ctx, page.Get("idb"), idb.Options{})
	if err != nil {
		return err
	}
	if _, err := store.Import(ctx, records, store.Schema(), nil, bytes.NewReader(jsval.GoBytes(page.Get("text")))); err != nil {
		return err
	}
	return records.Close()
}
