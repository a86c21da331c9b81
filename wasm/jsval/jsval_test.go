//go:build js && wasm

package jsval_test

import (
	"context"
	"errors"
	"syscall/js"
	"testing"

	"github.com/kindos/kai/wasm/jsval"
)

func get(path ...string) js.Value {
	v := js.Global()
	for _, name := range path {
		v = v.Get(name)
	}
	return v
}

func TestAnExceptionBecomesAnErrorWithItsName(t *testing.T) {
	_, err := jsval.Call(get("JSON"), "parse", "{")
	var thrown *jsval.Error
	if !errors.As(err, &thrown) || thrown.Name != "SyntaxError" || thrown.Message == "" {
		t.Errorf("%v", err)
	}
	if _, err := jsval.Call(js.Undefined(), "anything"); err == nil {
		t.Error("calling undefined went well")
	}
	if _, err := jsval.Call(get("JSON"), "noSuchMethod"); err == nil {
		t.Error("calling what is not there went well")
	}
}

func TestPromisesSettleIntoValuesAndErrors(t *testing.T) {
	ctx, promise := context.Background(), get("Promise")
	got, err := jsval.Await(ctx, promise.Call("resolve", "done"))
	if err != nil || got.String() != "done" {
		t.Errorf("%v, %v", got, err)
	}
	_, err = jsval.Await(ctx, promise.Call("reject", get("DOMException").New("why", "QuotaExceededError")))
	var thrown *jsval.Error
	if !errors.As(err, &thrown) || thrown.Name != "QuotaExceededError" || thrown.Message != "why" {
		t.Errorf("%v", err)
	}
	_, err = jsval.Await(ctx, promise.Call("reject", "a bare text"))
	if !errors.As(err, &thrown) || thrown.Message != "a bare text" {
		t.Errorf("%v", err)
	}
	if _, err := jsval.Await(ctx, js.ValueOf(5)); err == nil {
		t.Error("awaiting a number went well")
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	never := get("Promise").New(js.FuncOf(func(js.Value, []js.Value) any { return nil }))
	if _, err := jsval.Await(ctx, never); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestValuesCrossByJSONAndBytes(t *testing.T) {
	type thing struct {
		Name  string   `json:"name"`
		Parts []string `json:"parts"`
	}
	in := thing{"Grüße 😀", []string{"a", "b"}}
	value, err := jsval.Encode(in)
	if err != nil || value.Get("parts").Index(1).String() != "b" {
		t.Fatalf("%v", err)
	}
	var out thing
	if err := jsval.Decode(value, &out); err != nil || out.Name != in.Name || len(out.Parts) != 2 {
		t.Errorf("%+v, %v", out, err)
	}
	if err := jsval.Decode(js.Undefined(), &out); err == nil {
		t.Error("undefined was read as a value")
	}
	if data := jsval.GoBytes(jsval.Bytes([]byte{0, 255, 7})); string(data) != "\x00\xff\x07" {
		t.Errorf("%v", data)
	}
}
