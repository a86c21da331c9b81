package syncbus

import (
	"sync"
	"syscall/js"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/wasm/jsval"
)

// Bus is the open channel.
type Bus struct {
	channel js.Value
	log     *logs.Logger
	heard   js.Func
	once    sync.Once
}

// Open joins the channel. heard, when not nil, is called with every valid message of others; it must not block.
func Open(heard func(assistant.News), log *logs.Logger) (*Bus, error) {
	channel, err := jsval.Try(func() js.Value { return js.Global().Get("BroadcastChannel").New(Channel) })
	if err != nil {
		return nil, fault.Wrap(fault.Unsupported, err, "this browser has no BroadcastChannel")
	}
	b := &Bus{channel: channel, log: log}
	b.heard = js.FuncOf(func(_ js.Value, args []js.Value) any {
		b.receive(args, heard)
		return nil
	})
	if heard != nil {
		channel.Set("onmessage", b.heard)
	}
	return b, nil
}

// Publish sends a message to every other context.
func (b *Bus) Publish(news assistant.News) error {
	text, err := Encode(news)
	if err != nil {
		return err
	}
	message, err := jsval.Parse(string(text))
	if err != nil {
		return fault.Wrap(fault.Internal, err, "write a kai-sync message")
	}
	if _, err := jsval.Call(b.channel, "postMessage", message); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the kai-sync channel is closed")
	}
	return nil
}

// Close leaves the channel.
func (b *Bus) Close() {
	b.once.Do(func() {
		_, _ = jsval.Call(b.channel, "close") // a channel that is closed already is no news
		b.heard.Release()
	})
}

func (b *Bus) receive(args []js.Value, heard func(assistant.News)) {
	if len(args) == 0 {
		return
	}
	text, err := jsval.Stringify(args[0].Get("data"))
	if err == nil {
		var news assistant.News
		if news, err = Parse([]byte(text)); err == nil {
			heard(news)
			return
		}
	}
	b.log.Warn("a kai-sync message was dropped", "err", err)
}
