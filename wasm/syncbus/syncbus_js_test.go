package syncbus_test

import (
	"syscall/js"
	"testing"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/wasm/jsval"
	"github.com/kindos/kai/wasm/syncbus"
)

func TestNewsReachesOtherContextsAndRubbishDoesNot(t *testing.T) {
	heard := make(chan assistant.News, 10)
	listener, err := syncbus.Open(func(n assistant.News) { heard <- n }, logs.Discard())
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	speaker, err := syncbus.Open(nil, logs.Discard())
	if err != nil {
		t.Fatal(err)
	}
	stranger := js.Global().Get("BroadcastChannel").New(syncbus.Channel)
	defer stranger.Call("close")
	for _, text := range []string{`5`, `null`, `"text"`, `{"type":"state_update"}`, `{"type":"eval","context":"tab","data":{},"timestamp":1}`} {
		rubbish, err := jsval.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		stranger.Call("postMessage", rubbish)
	}
	if err := speaker.Publish(news()); err != nil {
		t.Fatal(err)
	}
	if got := <-heard; got.Data.ID != "1" || got.Context != "sidepanel" {
		t.Errorf("%+v", got)
	}
	speaker.Close()
	speaker.Close()
	if speaker.Publish(news()) == nil {
		t.Error("a closed channel took a message")
	}
}
