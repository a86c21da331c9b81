//go:build js && wasm

// Package jsval carries values between Go and JavaScript: structured data as JSON text, bulk data as bytes, exceptions
// and rejected promises as errors.
//
// Text and bytes cross in one call each; field by field costs fifteen to twenty-five times as much. With wasm/store/idb this is
// the only home of raw syscall/js, apart from thin *_js.go files. Imports the standard library only.
package jsval

import (
	"context"
	"encoding/json"
	"fmt"
	"syscall/js"
)

// Error is a JavaScript exception or rejection. Name is the error's class ("TypeError", "QuotaExceededError").
type Error struct {
	Name    string
	Message string
}

// Error gives name and message.
func (e *Error) Error() string { return e.Name + ": " + e.Message }

// ErrorOf reads whatever was thrown: an Error, a DOMException, or any other value.
func ErrorOf(thrown js.Value) *Error {
	if thrown.Type() != js.TypeObject {
		return &Error{Name: "Error", Message: thrown.String()}
	}
	return &Error{Name: Text(thrown.Get("name")), Message: Text(thrown.Get("message"))}
}

// Try runs f and turns an exception thrown inside it into an error.
func Try(f func() js.Value) (out js.Value, err error) {
	defer func() {
		switch caught := recover().(type) {
		case nil:
		case js.Error:
			err = ErrorOf(caught.Value)
		case error:
			err = &Error{Name: "TypeError", Message: caught.Error()}
		default:
			err = &Error{Name: "Error", Message: fmt.Sprint(caught)}
		}
	}()
	return f(), nil
}

// Call calls a method; an exception becomes an error.
func Call(v js.Value, method string, args ...any) (js.Value, error) {
	return Try(func() js.Value { return v.Call(method, args...) })
}

// Text gives a JavaScript string, and "" for anything else.
func Text(v js.Value) string {
	if v.Type() != js.TypeString {
		return ""
	}
	return v.String()
}

// Encode makes a JavaScript value of v by way of JSON.
func Encode(v any) (js.Value, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return js.Undefined(), fmt.Errorf("write a value for JavaScript: %w", err)
	}
	return Parse(string(text))
}

// Parse makes a JavaScript value of JSON text.
func Parse(text string) (js.Value, error) { return Call(js.Global().Get("JSON"), "parse", text) }

// Stringify gives the JSON text of a JavaScript value; "" for undefined and functions.
func Stringify(v js.Value) (string, error) {
	text, err := Call(js.Global().Get("JSON"), "stringify", v)
	return Text(text), err
}

// Decode reads a JavaScript value into out by way of JSON.
func Decode(v js.Value, out any) error {
	text, err := Stringify(v)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(text), out); err != nil {
		return fmt.Errorf("read a value from JavaScript: %w", err)
	}
	return nil
}

// Bytes copies data into a new Uint8Array.
func Bytes(data []byte) js.Value {
	array := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(array, data)
	return array
}

// GoBytes copies a Uint8Array out of JavaScript.
func GoBytes(array js.Value) []byte {
	data := make([]byte, array.Length())
	js.CopyBytesToGo(data, array)
	return data
}

// Await waits until a promise settles or ctx ends. It must not be called from within a callback.
func Await(ctx context.Context, promise js.Value) (js.Value, error) {
	type outcome struct {
		value js.Value
		err   error
	}
	settled := make(chan outcome, 1)
	resolve := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled <- outcome{value: first(args)}
		return nil
	})
	reject := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled <- outcome{err: ErrorOf(first(args))}
		return nil
	})
	release := func() { resolve.Release(); reject.Release() }
	if _, err := Call(promise, "then", resolve, reject); err != nil {
		release()
		return js.Undefined(), err
	}
	select {
	case out := <-settled:
		release()
		return out.value, out.err
	case <-ctx.Done():
		go func() { <-settled; release() }() // the promise still holds both functions; it ends when the promise does
		return js.Undefined(), ctx.Err()
	}
}

// first is the first argument of a callback, or undefined.
func first(args []js.Value) js.Value {
	if len(args) == 0 {
		return js.Undefined()
	}
	return args[0]
}
