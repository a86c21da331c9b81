package openapi

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Events answers a request by server-sent events (WHATWG HTML, section 9.2). The answer begins with the first event: until
// then an error is a Problem with its status, afterwards it is the last event, called "problem". While there is nothing to
// tell, comments show the reader that it is heard. Safe for concurrent use.
type Events struct {
	mu    sync.Mutex // guards all below
	w     http.ResponseWriter
	begun bool
	ended bool
	text  []byte
	beat  *time.Timer
}

// How long there is silence at most. At first an error may still come, which is worth a status of its own.
const (
	Soon      = 200 * time.Millisecond // for what answers at once
	Later     = 10 * time.Second       // for model servers, which may load a model first
	beatEvery = 15 * time.Second
)

// NewEvents prepares the answer to a request, which begins after first at the latest. End ends it.
func NewEvents(w http.ResponseWriter, first time.Duration) *Events {
	e := &Events{w: w}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.beat = time.AfterFunc(first, e.comment)
	return e
}

// comment breaks a silence.
func (e *Events) comment() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.ended && e.write([]byte(":\n\n")) == nil {
		e.beat.Reset(beatEvery)
	}
}

// Send sends v as JSON in an event. A name or an id that is empty is left out.
func (e *Events) Send(id, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return e.Data(id, name, data)
}

// Data sends an event of data that holds no line break.
func (e *Events) Data(id, name string, data []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.text = e.text[:0]
	if id != "" {
		e.text = append(append(append(e.text, "id: "...), id...), '\n')
	}
	if name != "" {
		e.text = append(append(append(e.text, "event: "...), name...), '\n')
	}
	e.text = append(append(append(e.text, "data: "...), data...), "\n\n"...)
	e.beat.Reset(beatEvery)
	return e.write(e.text)
}

// write begins the answer if need be. The caller holds mu.
func (e *Events) write(text []byte) error {
	if !e.begun {
		e.begun = true
		e.w.Header().Set("Content-Type", "text/event-stream")
		e.w.WriteHeader(http.StatusOK)
	}
	if _, err := e.w.Write(text); err != nil {
		return err
	}
	return http.NewResponseController(e.w).Flush()
}

// Close stops the comments and says whether the answer had begun: then an error can no longer be a status.
func (e *Events) Close() (begun bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = true
	e.beat.Stop()
	return e.begun
}

// End ends the answer, with an error or nil.
func (e *Events) End(err error) {
	begun := e.Close()
	switch {
	case err == nil && !begun:
		e.w.WriteHeader(http.StatusNoContent)
	case err == nil:
	case begun:
		_ = e.Send("", "problem", ProblemOf(err)) // the reader has gone
		e.Close()
	default:
		Refuse(e.w, err)
	}
}

// Stream registers an operation that answers by events; what says what they are.
func Stream[I any](doc huma.API, op huma.Operation, what string, serve func(context.Context, *I, *Events) error) {
	complete(&op)
	op.Metadata = Streaming()
	op.Responses["200"] = &huma.Response{
		Description: what,
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}
	op.Responses["204"] = &huma.Response{Description: "There is nothing to tell."}
	huma.Register(doc, op, func(_ context.Context, in *I) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			_, w := humago.Unwrap(ctx)
			e := NewEvents(w, Soon)
			e.End(serve(ctx.Context(), in, e))
		}}, nil
	})
}
