package bridge

import (
	"context"
	"sync"
	"syscall/js"

	"github.com/kindos/kai/wasm/jsval"
)

// Program makes the KaiProgram object whose connect(port, context) hands each view's port to the hub.
func (h *Hub) Program(ctx context.Context) js.Value {
	connect := js.FuncOf(func(_ js.Value, args []js.Value) any {
		if len(args) < 2 {
			return js.Undefined()
		}
		port := NewPort(nil)
		port.Attach(args[0])
		h.Serve(ctx, port.Conn, jsval.Text(args[1]))
		end := js.Global().Get("Object").New()
		end.Set("frame", port.Frame)
		end.Set("closed", port.Closed)
		return end
	})
	program := js.Global().Get("Object").New()
	program.Set("connect", connect)
	return program
}

// Port is a Conn over a JavaScript port {post(text), close()}. JavaScript feeds it through Frame(text) and Closed(reason).
type Port struct {
	*Conn
	Frame  js.Func
	Closed js.Func

	port js.Value
	once sync.Once
}

// NewPort makes a port that Attach completes. why turns the reason given to Closed into the error of Receive; without it
// a closed port ended in good order.
func NewPort(why func(reason string) error) *Port {
	p := &Port{port: js.Undefined()}
	p.Conn = NewConn(p.post, p.release)
	p.Frame = js.FuncOf(func(_ js.Value, args []js.Value) any {
		if len(args) > 0 && args[0].Type() == js.TypeString {
			p.Push(args[0].String())
		}
		return nil
	})
	p.Closed = js.FuncOf(func(_ js.Value, args []js.Value) any {
		p.End(ended(why, args))
		return nil
	})
	return p
}

// Attach names the JavaScript port to post to.
func (p *Port) Attach(port js.Value) { p.port = port }

func (p *Port) post(text string) error {
	_, err := jsval.Call(p.port, "post", text)
	return err
}

// release closes the JavaScript port and lets go of the two functions.
func (p *Port) release() {
	p.once.Do(func() {
		if p.port.Type() == js.TypeObject {
			_, _ = jsval.Call(p.port, "close") // closing a port that is gone already is no news
		}
		p.Frame.Release()
		p.Closed.Release()
	})
}

func ended(why func(string) error, args []js.Value) error {
	if why == nil {
		return nil
	}
	reason := ""
	if len(args) > 0 {
		reason = jsval.Text(args[0])
	}
	return why(reason)
}
