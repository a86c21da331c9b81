package idb

import (
	"context"
	"sync"
	"syscall/js"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/wasm/jsval"
)

// session is one open database behind the shim. All calls end through one JavaScript callback.
type session struct {
	object js.Value
	done   js.Func
	late   sync.WaitGroup // calls whose caller left

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

// call starts an operation and waits for its end. When ctx ends first the operation goes on, and late gets its answer.
func (s *session) call(ctx context.Context, op, head string, data []byte, late func(answer)) (answer, error) {
	ended, id, err := s.register()
	if err != nil {
		return answer{}, err
	}
	array := js.Null()
	if len(data) > 0 {
		array = jsval.Bytes(data)
	}
	if _, err := jsval.Call(s.object, "call", id, op, head, array); err != nil {
		s.end(id, outcome{err: err})
	}
	select {
	case out := <-ended:
		return out.answer, out.err
	case <-ctx.Done():
		s.late.Go(func() {
			if out := <-ended; out.err == nil && late != nil {
				late(out.answer)
			}
		})
		return answer{}, ctx.Err()
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

// settle is the shim's callback: call, fault, head, data.
func (s *session) settle(_ js.Value, args []js.Value) any {
	out := outcome{answer: answer{head: args[2].String()}}
	if text := args[1].String(); text != "" {
		out.err = parseError(text)
	}
	if args[3].Type() == js.TypeObject {
		out.data = jsval.GoBytes(args[3])
	}
	s.end(args[0].Int(), out)
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
	s.late.Wait()
}
