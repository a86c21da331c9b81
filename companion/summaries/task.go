package summaries

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// What a follower is told beside what the writing itself tells.
const (
	statusWaiting = "waiting"
	statusAgain   = "again" // a try failed, another follows
)

// Kind is that of the summaries.
func (k *Keeper) Kind() queue.Kind {
	return queue.Kind{Name: Kind, Tries: tries, Pause: pause, Timeout: longest, Do: k.do}
}

// do writes on from where an earlier try came to.
func (k *Keeper) do(ctx context.Context, w *queue.Work) error {
	var b body
	if err := w.Decode(&b); err != nil {
		return err
	}
	s, err := k.sheet(b.Writing)
	if err == nil && !s.whole() {
		s.Job.Service, err = k.spec(ctx, s)
	}
	if err != nil {
		return err
	}
	w.Progress("reading messages", int64(s.Job.Total-len(s.Job.Messages)), int64(s.Job.Total))
	for !s.whole() {
		err := s.Job.Step(ctx, k.opt.Gateway, func(p service.Progress) { w.Progress("reading messages", p.Completed, p.Total) })
		if err == nil {
			err = k.save(s)
		}
		if err != nil {
			return err
		}
	}
	if !s.Own {
		return nil
	}
	if err := k.opt.Keep(ctx, s.Job.Conversation, s.Job.ID, endOf(s)); err != nil && fault.CodeOf(err) != fault.NotFound {
		return err
	}
	return k.remove(s.Job.ID)
}

func endOf(s sheet) assistant.SummaryEnd {
	return assistant.SummaryEnd{Summary: assistant.Summary{Text: s.Job.Notes, Upto: s.Job.Upto}}
}

// spec is the service with its key.
func (k *Keeper) spec(ctx context.Context, s sheet) (service.Spec, error) {
	if s.Own {
		return k.opt.Spec(ctx, s.Job.Service.ID)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	spec := s.Job.Service
	if spec.Key = k.keys[s.Job.ID]; s.Keyed && spec.Key == "" {
		return spec, fault.New(fault.Unauthorized, "kai was restarted and keeps no key of a browser").
			WithRemedy("have it summed up again from the conversation in the browser")
	}
	return spec, nil
}

func (k *Keeper) sheet(id string) (sheet, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.read(id)
}

// save keeps how far a writing is, unless it was forgotten meanwhile.
func (k *Keeper) save(s sheet) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, err := k.read(s.Job.ID); err != nil {
		return err
	}
	s.Job.Service.Key = ""
	return k.write(s)
}

func (k *Keeper) remove(id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.keys, id)
	if err := os.Remove(k.file(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// forget ends a writing, or all of them, and removes what is kept of it; one that is not known is no mistake.
func (k *Keeper) forget(ctx context.Context, in assistant.ByID) (struct{}, error) {
	if in.ID == "" {
		return struct{}{}, k.Clear(ctx)
	}
	s, err := k.sheet(in.ID)
	if fault.CodeOf(err) == fault.NotFound {
		return struct{}{}, nil
	}
	if err == nil && !s.whole() {
		q, e := k.opt.Queue()
		if e != nil {
			return struct{}{}, e
		}
		_, _ = q.Cancel(ctx, s.Task) // it may have ended
	}
	return struct{}{}, errors.Join(err, k.remove(in.ID))
}

// follow tells how far a writing is until it has ended. Its sheet holds the conversation, so it is read again only when the
// queue says that the task has ended.
func (k *Keeper) follow(ctx context.Context, id string, tell func(service.Progress) error) (end assistant.SummaryEnd, err error) {
	s, err := k.sheet(id)
	if err != nil {
		return end, err
	}
	q, err := k.opt.Queue()
	if err != nil {
		return end, err
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for told := (service.Progress{}); !s.whole() || s.Own; {
		t, err := q.Get(ctx, s.Task)
		if err != nil {
			return end, err
		}
		switch t.State {
		case queue.Canceled:
			return assistant.SummaryEnd{Fault: fault.New(fault.Canceled, "it was stopped")}, nil
		case queue.Dead:
			return assistant.SummaryEnd{Fault: t.Fault}, nil
		case queue.Done: // the sheet is whole, goes in a moment, or was begun again
			if s, err = k.sheet(id); err != nil {
				return end, err
			}
		case queue.Waiting, queue.Running:
			p := farOf(t, s.Job.Total)
			if p != told {
				err = tell(p)
			}
			if told = p; err != nil {
				return end, err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return end, ctx.Err()
		}
	}
	return endOf(s), nil
}

// farOf is how far the task of a writing is, as followers are told.
func farOf(t queue.Task, total int) service.Progress {
	p := service.Progress{Status: statusWaiting, Total: int64(total)}
	switch {
	case t.State == queue.Running:
		p.Status = "reading"
		if t.Progress != nil {
			p.Completed = t.Progress.Done
		}
	case t.Fault != nil:
		p.Status = statusAgain
	}
	return p
}
