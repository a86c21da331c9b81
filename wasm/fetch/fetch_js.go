package fetch

import (
	"context"
	"strings"
	"sync"
	"syscall/js"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/wasm/jsval"
)

// Transport asks servers through the browser's fetch. No cookies are sent and nothing is cached.
type Transport struct {
	pump   js.Value
	asks   js.Value
	method string
}

// New makes a transport; pump is the host's, which reads bodies.
func New(pump js.Value) *Transport { return By(js.Global(), "fetch", pump) }

// By makes a transport of a method of an object that is called, and answers, as fetch is and does.
func By(object js.Value, method string, pump js.Value) *Transport {
	return &Transport{pump, object, method}
}

// Do starts an exchange and returns when the response's head is there; see service.Transport.
func (t *Transport) Do(ctx context.Context, r *service.Request) (*service.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, fault.Wrap(fault.CodeOf(err), err, "stopped before "+host(r.URL)+" was asked")
	}
	x := newExchange(r.URL)
	init, err := x.init(r)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "the request cannot be put into words for fetch")
	}
	promise, err := jsval.Call(t.asks, t.method, r.URL, init)
	if err != nil {
		return nil, x.fault(ctx, err)
	}
	response, err := jsval.Await(ctx, promise)
	if err != nil {
		x.abort()
		return nil, x.fault(ctx, err)
	}
	return x.response(ctx, t.pump, response)
}

// exchange is one request on its way.
type exchange struct {
	url        string
	controller js.Value
	resume     js.Value
	body       *body
	take, end  js.Func
	once       sync.Once
}

func newExchange(address string) *exchange {
	return &exchange{url: address, controller: js.Global().Get("AbortController").New()}
}

func (x *exchange) abort() { _, _ = jsval.Call(x.controller, "abort") }

// init is fetch's second argument.
func (x *exchange) init(r *service.Request) (js.Value, error) {
	init, err := jsval.Encode(map[string]any{
		"method": r.Method, "headers": r.Header, "credentials": "omit", "cache": "no-store", "referrerPolicy": "no-referrer",
	})
	if err != nil {
		return init, err
	}
	if r.Header == nil {
		init.Delete("headers")
	}
	if len(r.Body) > 0 {
		init.Set("body", jsval.Bytes(r.Body))
	}
	init.Set("signal", x.controller.Get("signal"))
	return init, nil
}

func (x *exchange) response(ctx context.Context, pump, response js.Value) (*service.Response, error) {
	header, err := headers(response.Get("headers"))
	if err != nil {
		x.abort()
		return nil, fault.Wrap(fault.Internal, err, "the head of the answer cannot be read")
	}
	x.body = newBody(ctx, x.pull, x.stop)
	if stream := response.Get("body"); stream.Type() == js.TypeObject {
		x.listen(ctx)
		x.resume = pump.Invoke(stream, x.take, x.end)
	} else {
		x.body.end(nil)
	}
	return &service.Response{Status: response.Get("status").Int(), Header: header, Body: x.body}, nil
}

// listen prepares the two functions that the pump calls: one with every chunk of the body, one at its end.
func (x *exchange) listen(ctx context.Context) {
	x.take = js.FuncOf(func(_ js.Value, args []js.Value) any {
		more := x.body.push(jsval.GoBytes(args[0]))
		x.releaseIfOver()
		return more
	})
	x.end = js.FuncOf(func(_ js.Value, args []js.Value) any {
		var err error
		if len(args) > 0 {
			err = x.fault(ctx, jsval.ErrorOf(args[0]))
		}
		x.body.end(err)
		x.release()
		return nil
	})
}

// pull has the pump go on.
func (x *exchange) pull() { x.resume.Invoke() }

// stop aborts the exchange; a chunk that is asked for then comes to an end that releases the functions.
func (x *exchange) stop() {
	x.abort()
	x.releaseIfOver()
}

func (x *exchange) releaseIfOver() {
	if x.body.over() {
		x.release()
	}
}

func (x *exchange) release() {
	x.once.Do(func() { x.take.Release(); x.end.Release() })
}

// fault puts a failed exchange into words. fetch tells one thing only, a TypeError, for a refused connection, an unknown
// host and a cross-origin refusal. What to do about it depends on the service, whose connector says it.
func (x *exchange) fault(ctx context.Context, err error) error {
	if ended := ctx.Err(); ended != nil {
		return fault.Wrap(fault.CodeOf(ended), ended, "stopped while "+host(x.url)+" was asked")
	}
	return fault.Wrap(fault.Unavailable, err, "nobody answers at "+host(x.url))
}

func headers(list js.Value) (map[string]string, error) {
	object, err := jsval.Call(js.Global().Get("Object"), "fromEntries", list)
	if err != nil {
		return nil, err
	}
	out := map[string]string{} // fetch gives header names in lower case
	return out, jsval.Decode(object, &out)
}

// host names the server in messages; what an address holds beside it (a user, a query) may be secret.
func host(address string) string {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return "that address"
	}
	rest = rest[:strings.IndexAny(rest+"/", "/?#")]
	return strings.ToLower(rest[strings.LastIndexByte(rest, '@')+1:])
}

var _ service.Transport = (*Transport)(nil)
