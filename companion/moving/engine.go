package moving

import (
	"context"
	"crypto/sha256"
	_ "embed" // for the readers
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dop251/goja"

	"github.com/kindos/kai/shared/fault"
)

// readers are those of the views, bundled.
//
//go:embed readers.js
var readers string

// problem says why a file, or the rest of it, cannot be read: a name of Reason.
type problem string

func (p problem) Error() string { return Reason(string(p)) }

// engine runs the readers. It is for one goroutine.
type engine struct {
	vm        *goja.Runtime
	newJSON   goja.Constructor
	markdown  goja.Callable
	stringify goja.Callable
}

// newEngine loads the readers, with the few things of a browser that they use. When ctx ends, what runs is ended.
func newEngine(ctx context.Context) (*engine, error) {
	e := &engine{vm: goja.New()}
	context.AfterFunc(ctx, func() { e.vm.Interrupt(ctx.Err()) })
	if err := e.platform(); err != nil {
		return nil, err
	}
	if _, err := e.vm.RunScript("readers.js", readers); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "loading the readers of exports")
	}
	all := e.vm.Get("readers").ToObject(e.vm)
	var there [3]bool
	e.newJSON, there[0] = goja.AssertConstructor(all.Get("JsonReading"))
	e.markdown, there[1] = goja.AssertFunction(all.Get("readMarkdown"))
	e.stringify, there[2] = goja.AssertFunction(e.vm.Get("JSON").ToObject(e.vm).Get("stringify"))
	if there != [3]bool{true, true, true} {
		return nil, fault.New(fault.Internal, "the readers of exports are not whole")
	}
	return e, nil
}

// platform puts in place what the readers take of a browser.
func (e *engine) platform() error {
	encode := func(text string) goja.Value { return e.bytes([]byte(text)) }
	fromBase64 := func(text string) goja.Value {
		data, err := decode(text)
		if err != nil {
			panic(e.vm.NewTypeError("no base64"))
		}
		return e.bytes(data)
	}
	digest := func(_ string, data goja.Value) *goja.Promise {
		promise, resolve, _ := e.vm.NewPromise()
		sum := sha256.Sum256(bytesIn(data))
		_ = resolve(e.vm.NewArrayBuffer(sum[:]))
		return promise
	}
	wellFormed := func(call goja.FunctionCall) goja.Value { return e.vm.ToValue(call.This.String()) }
	encoder := func(call goja.ConstructorCall) *goja.Object {
		_ = call.This.Set("encode", encode)
		return nil
	}
	return errors.Join(
		e.vm.Set("TextEncoder", encoder),
		e.vm.Set("crypto", map[string]any{"subtle": map[string]any{"digest": digest}}),
		e.vm.Get("Uint8Array").ToObject(e.vm).Set("fromBase64", fromBase64),
		e.vm.Get("String").ToObject(e.vm).Get("prototype").ToObject(e.vm).Set("toWellFormed", wellFormed),
	)
}

// bytes makes a Uint8Array.
func (e *engine) bytes(data []byte) goja.Value {
	array, err := e.vm.New(e.vm.Get("Uint8Array"), e.vm.ToValue(e.vm.NewArrayBuffer(data)))
	if err != nil {
		panic(err)
	}
	return array
}

// bytesIn gives the bytes of a Uint8Array.
func bytesIn(v goja.Value) []byte {
	switch data := v.Export().(type) {
	case []byte:
		return data
	case goja.ArrayBuffer:
		return data.Bytes()
	}
	return nil
}

// jsonReading reads one file of JSON from its parts.
type jsonReading struct {
	*engine
	this      *goja.Object
	takes     goja.Callable
	endsWith  goja.Callable
	cachedSrc string
}

// read begins with a file. find gives what lies beside it, by the name that messages have for it.
func (e *engine) read(name string, find func(name string) ([]byte, bool)) (*jsonReading, error) {
	lookup := func(name string) *goja.Promise {
		promise, resolve, _ := e.vm.NewPromise()
		if data, ok := find(name); ok {
			_ = resolve(base64.StdEncoding.EncodeToString(data))
		} else {
			_ = resolve(goja.Undefined())
		}
		return promise
	}
	this, err := e.newJSON(nil, e.vm.ToValue(name), e.vm.ToValue(lookup))
	if err != nil {
		return nil, e.failed(err)
	}
	r := &jsonReading{engine: e, this: this}
	r.takes, _ = goja.AssertFunction(this.Get("take"))
	r.endsWith, _ = goja.AssertFunction(this.Get("end"))
	return r, nil
}

// source is from where the file is; empty until that is known.
func (r *jsonReading) source() string {
	if r.cachedSrc == "" {
		r.cachedSrc = r.this.Get("source").String()
	}
	return r.cachedSrc
}

func (r *jsonReading) take(p part) ([]Item, error) {
	text := r.vm.ToValue(p.text)
	if p.large {
		text = goja.Undefined()
	}
	return r.items(r.takes(r.this, r.vm.ToValue(p.key), r.vm.ToValue(p.index), text))
}

func (r *jsonReading) end(whole bool) ([]Item, error) {
	return r.items(r.endsWith(r.this, r.vm.ToValue(whole)))
}

// readMarkdown reads a text that was changed last at a time, in milliseconds.
func (e *engine) readMarkdown(name, text string, changed int64) ([]Item, error) {
	return e.items(e.markdown(goja.Undefined(), e.vm.ToValue(name), e.vm.ToValue(text), e.vm.ToValue(changed)))
}

// items takes what a reader answered, which is a promise that is kept by then: nothing in the readers waits for anything else.
func (e *engine) items(v goja.Value, err error) (out []Item, _ error) {
	if err != nil {
		return nil, e.failed(err)
	}
	promise, ok := v.Export().(*goja.Promise)
	if !ok || promise.State() == goja.PromiseStatePending {
		return nil, fault.New(fault.Internal, "a reader of exports did not end")
	}
	if promise.State() == goja.PromiseStateRejected {
		return nil, e.rejected(promise.Result())
	}
	text, err := e.stringify(goja.Undefined(), promise.Result())
	if err != nil {
		return nil, e.failed(err)
	}
	if err := json.Unmarshal([]byte(text.String()), &out); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "reading what a reader of exports made")
	}
	return out, nil
}

func (e *engine) rejected(why goja.Value) error {
	if o, ok := why.(*goja.Object); ok {
		if what := o.Get("what"); what != nil && !goja.IsUndefined(what) {
			return problem(what.String())
		}
	}
	return fault.New(fault.Internal, "a reader of exports failed: %s", why.String())
}

// failed tells an interruption by what caused it.
func (e *engine) failed(err error) error {
	var ended *goja.InterruptedError
	if errors.As(err, &ended) {
		if cause, ok := ended.Value().(error); ok {
			return fault.Wrap(fault.Canceled, cause, "reading was stopped")
		}
	}
	return fault.Wrap(fault.Internal, err, fmt.Sprintf("a reader of exports failed: %v", err))
}
