package idb

import (
	"context"
	"strings"
	"sync"
	"syscall/js"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/wasm/jsval"
)

// shortText is up to how many bytes data crosses as text: every value that crosses costs, a Uint8Array most. Parts of blobs are
// no text.
const shortText = 16 << 10

// session is one open database behind the shim. All calls end through one JavaScript callback.
type session struct {
	object js.Value
	done   js.Func

	mu      sync.Mutex // guards all below
	next    int
	waiting map[int]chan outcome
	closed  bool
}

type outcome struct {
	answer
	err error
}

func newSession(shim, db js.Value, plan string) (*session, error) {
	s := &session{waiting: map[int]chan outcome{}}
	s.done = js.FuncOf(s.settle)
	object, err := jsval.Call(shim, "attach", db, plan, s.done)
	if err != nil {
		s.done.Release()
		return nil, fault.Wrap(fault.Internal, err, "the database's script does not fit this program")
	}
	s.object = object
	return s, nil
}

// call starts an operation and waits for its end. When ctx ends first the operation goes on.
func (s *session) call(ctx context.Context, op, head string, data []byte) (answer, error) {
	ended, id, err := s.register()
	if err != nil {
		return answer{}, err
	}
	if _, err := s.send(id, op+" "+head, data); err != nil {
		s.end(id, outcome{err: err})
	}
	select {
	case out := <-ended:
		return out.answer, out.err
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
}

// send hands a call to the shim.
func (s *session) send(id int, text string, data []byte) (js.Value, error) {
	switch {
	case len(data) == 0:
		return jsval.Call(s.object, "call", id, text, nil)
	case len(data) <= shortText && !strings.HasPrefix(text, partOp):
		return jsval.Call(s.object, "call", id, text+"\n"+string(data), nil)
	default:
		return jsval.Call(s.object, "call", id, text, jsval.Bytes(data))
	}
}

func (s *session) register() (chan outcome, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, 0, goneError{}
	}
	s.next++
	ended := make(chan outcome, 1)
	s.waiting[s.next] = ended
	return ended, s.next, nil
}

// settle is the shim's callback: call, text, data. A call that comes back negative failed, and text says why.
func (s *session) settle(_ js.Value, args []js.Value) any {
	id, text := args[0].Int(), args[1].String()
	if id < 0 {
		s.end(-id, outcome{err: parseError(text)})
		return nil
	}
	out := outcome{answer: answer{head: text}}
	if args[2].Type() == js.TypeObject {
		out.data = jsval.GoBytes(args[2])
	}
	s.end(id, out)
	return nil
}

func (s *session) end(id int, out outcome) {
	s.mu.Lock()
	ended := s.waiting[id]
	delete(s.waiting, id)
	idle := s.closed && len(s.waiting) == 0
	s.mu.Unlock()
	if ended != nil {
		ended <- out
	}
	if idle {
		s.done.Release()
	}
}

// close lets go of the database. What is under way ends by itself, at the latest with an error.
func (s *session) close() {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	idle := first && len(s.waiting) == 0
	s.mu.Unlock()
	if first {
		_, _ = jsval.Call(s.object, "close") // a database that is closed already is no news
	}
	if idle {
		s.done.Release()
	}
}
