package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/fault"
)

// writeTime bounds one write to whoever reads a stream: a reader that stands still is cut.
const writeTime = 30 * time.Second

// adapter serves each operation that is described, behind the token.
type adapter struct {
	*http.ServeMux
	server *Server
}

// Handle registers an operation.
func (a adapter) Handle(op *huma.Operation, serve func(huma.Context)) {
	a.HandleFunc(op.Method+" "+op.Path, a.server.admit(op, func(w http.ResponseWriter, r *http.Request) {
		serve(humago.NewContext(op, r, w))
	}))
}

// passKey is where admit leaves the pass of a request.
type passKey struct{}

// passOf is how long whoever sent a request is let in.
func passOf(ctx context.Context) pass {
	held, _ := ctx.Value(passKey{}).(pass) // none: an operation for everybody
	return held
}

// admit lets a request through to an operation: with the token unless it is for everybody, and not too often.
func (s *Server) admit(op *huma.Operation, next http.HandlerFunc) http.HandlerFunc {
	open, cookie, streams, counted := openapi.Open(op), openapi.TakesCookie(op), openapi.Streams(op), op.Path != pathHealth && op.Path != pathReady
	watches := openapi.Watches(op)
	return func(w http.ResponseWriter, r *http.Request) {
		var held pass
		var err error
		switch {
		case open:
		case !cookie && r.Header.Get("Authorization") == "":
			err = fault.New(fault.Unauthorized, "programs show the token of this kai").WithRemedy("send Authorization: Bearer with what kai token prints")
		default:
			held, err = s.authorized(r, !watches)
		}
		if counted && s.slow(w, r, !open && err == nil) {
			return
		}
		if err != nil {
			s.forget(w, r)
			openapi.Refuse(w, err)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), passKey{}, held))
		if streams {
			s.stream(w, r, held, next)
			return
		}
		next(w, r)
	}
}

// stream serves an answer that takes as long as it takes: until it is whole, the reader goes, its session ends, or kai stops.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, held pass, next http.HandlerFunc) {
	life, ok := s.join()
	if !ok {
		openapi.Refuse(w, stopping())
		return
	}
	defer s.sockets.Done()
	ctx, end := held.within(r.Context(), s.opt.Now())
	defer end()
	defer context.AfterFunc(life, end)()
	next(&patient{w, http.NewResponseController(w)}, r.WithContext(ctx))
}

func stopping() error { return fault.New(fault.Unavailable, "this kai is stopping") }

// patient gives each write its own time, instead of the whole answer.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
}

// Write writes within writeTime.
func (p *patient) Write(text []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(writeTime)) // a connection always has deadlines
	return p.ResponseWriter.Write(text)
}

// Flush sends what was written.
func (p *patient) Flush() { _ = p.control.Flush() } // the next write tells

// Unwrap is for http.ResponseController.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }
