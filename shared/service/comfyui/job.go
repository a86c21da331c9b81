package comfyui

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
)

const (
	lookEvery  = time.Second            // while nothing is heard
	lookSoon   = 100 * time.Millisecond // for what must come at once
	greetTime  = 3 * time.Second        // for the WebSocket to open before the work is given
	dialEvery  = 2 * time.Second        // while the WebSocket is away
	awayFor    = time.Minute            // until ComfyUI itself is given up
	unseenLook = 2                      // looks that may miss it in every list
)

// file is a picture as ComfyUI names it.
type file struct {
	Name   string `json:"filename"`
	Folder string `json:"subfolder"`
	Type   string `json:"type"`
}

// uploaded is what ComfyUI says of a picture that it was given.
type uploaded struct {
	Name   string `json:"name"`
	Folder string `json:"subfolder"`
}

// job is the making of one picture. What the WebSocket does not tell is asked for; so a job needs it for its progress alone.
type job struct {
	client   *exchange.Client
	workflow workflow
	report   func(service.Progress)
	id       string // of the prompt; ComfyUI may choose another
	owner    string // of the WebSocket: it tells its owner alone how far a job is

	heard  bool      // something, since the last look
	ended  bool      // it is said to be whole
	unseen int       // looks that found it nowhere
	away   time.Time // since when ComfyUI does not answer; zero while it does
}

// run has it made, and answers which file it is.
func (j *job) run(ctx context.Context) (file, error) {
	listening, end := context.WithCancel(ctx)
	news := make(chan message)
	over := make(chan struct{})
	go func() {
		defer close(over)
		j.listen(listening, news)
	}()
	defer func() { end(); <-over }()
	select {
	case <-news: // a greeting: it is open, or will not be
	case <-time.After(greetTime):
	case <-ctx.Done():
		return file{}, ctx.Err()
	}
	if err := j.submit(ctx); err != nil {
		return file{}, err
	}
	return j.follow(ctx, news)
}

// submit gives ComfyUI the work.
func (j *job) submit(ctx context.Context) error {
	in := struct {
		Prompt workflow `json:"prompt"`
		Client string   `json:"client_id"`
		ID     string   `json:"prompt_id"` // taken since 2025
	}{j.workflow, j.owner, j.id}
	var out struct {
		ID string `json:"prompt_id"`
	}
	err := j.client.JSON(ctx, "POST", "/prompt", in, &out, j.client.Limits.First)
	var refusal *exchange.Refusal
	switch {
	case errors.As(err, &refusal):
		return j.refused(err, refusal)
	case err != nil:
		return err
	case out.ID == "":
		return j.client.Wrong("no prompt_id in the answer")
	}
	j.id = out.ID
	return nil
}

// follow waits until the picture is whole.
func (j *job) follow(ctx context.Context, news <-chan message) (file, error) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return file{}, ctx.Err()
		case m := <-news:
			if err := j.hear(m); err != nil {
				return file{}, err
			}
			if !j.ended {
				continue
			}
		case <-tick.C:
			if j.heard && !j.ended {
				j.heard = false
				continue
			}
		}
		made, err := j.look(ctx)
		if made != nil || err != nil {
			return value(made), err
		}
		if j.ended {
			tick.Reset(lookSoon) // it says so a moment before it can be had
		}
	}
}

func value(f *file) file {
	if f == nil {
		return file{}
	}
	return *f
}

// look asks how far it is: among what has ended, then in the queue. Nil without an error is: not yet.
func (j *job) look(ctx context.Context) (*file, error) {
	made, err := j.history(ctx)
	if made != nil {
		return made, nil
	}
	there, before := nowhere, 0
	if err == nil {
		there, before, err = j.place(ctx)
	}
	if err != nil {
		if j.forgive(err) {
			err = nil
		}
		return nil, err
	}
	j.away = time.Time{}
	switch there {
	case running:
		j.unseen = 0
	case pending:
		j.unseen = 0
		j.report(service.Progress{Status: service.Queued, Completed: int64(before)})
	case nowhere:
		if j.unseen++; j.unseen > unseenLook { // it may have ended between the two questions
			return nil, fault.New(fault.Unavailable, "ComfyUI does not know of the picture any more: it was started anew, or somebody took it off its queue").WithRemedy("try again")
		}
	}
	return nil, nil //nolint:nilnil // not yet
}

// forgive says whether an error may pass: ComfyUI may be busy, or about to start again.
func (j *job) forgive(err error) bool {
	if code := fault.CodeOf(err); code != fault.Unavailable && code != fault.Timeout {
		return false
	}
	if errors.As(err, new(*ending)) {
		return false
	}
	now := time.Now()
	if j.away.IsZero() {
		j.away = now
	}
	return now.Sub(j.away) < awayFor
}

// where a job is in ComfyUI's queue.
type where int

const (
	nowhere where = iota
	pending
	running
)

// place looks for it in the queue, and counts those before it.
func (j *job) place(ctx context.Context) (there where, before int, err error) {
	var queue struct {
		Running []entry `json:"queue_running"`
		Pending []entry `json:"queue_pending"`
	}
	if err := j.client.JSON(ctx, "GET", "/queue", nil, &queue, j.client.Limits.Reply); err != nil {
		return nowhere, 0, err
	}
	mine := func(e entry) bool { return e.id == j.id }
	if slices.ContainsFunc(queue.Running, mine) {
		return running, 0, nil
	}
	at := slices.IndexFunc(queue.Pending, mine)
	if at < 0 {
		return nowhere, 0, nil
	}
	before = len(queue.Running)
	for _, e := range queue.Pending { // a heap: in no order
		if e.number < queue.Pending[at].number {
			before++
		}
	}
	return pending, before, nil
}

// stop takes it off the queue, and ends it where it has begun. A job of somebody else goes on.
func (j *job) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	post := func(path string, in any) { _ = j.client.JSON(ctx, "POST", path, in, nil, stopTime) } // it has ended, or is away
	post("/queue", map[string][]string{"delete": {j.id}})
	if there, _, err := j.place(ctx); there == running && err == nil {
		post("/interrupt", map[string]string{"prompt_id": j.id}) // earlier versions end whatever runs, which is this one
	}
}
