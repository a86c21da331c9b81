package assistant

import (
	"context"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
)

// attach hands a view everything of a run after delta From, then follows it live. A view that is slower than the model
// gets several deltas merged into one; it never holds up the others.
func (a *Assistant) attach(ctx context.Context, in Attach, emit func(run.Delta) error) (Empty, error) {
	if in.From < 0 {
		return Empty{}, fault.New(fault.Invalid, "deltas are counted from 1").WithField("from").WithRemedy("start from 0")
	}
	f := a.follower(in.Run)
	if f == nil {
		return Empty{}, a.attachStored(ctx, in, emit)
	}
	for from := in.From; ; {
		d, news, ok := f.since(from)
		if !ok {
			return Empty{}, a.attachRunner(ctx, f.record(), in, emit)
		}
		if d.N > from || d.State.Ended() {
			if err := emit(d); err != nil {
				return Empty{}, err
			}
			from = d.N
		}
		if d.State.Ended() {
			return Empty{}, nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return Empty{}, ctx.Err()
		}
	}
}

// attachStored answers for a run that has ended, from its stored message.
func (a *Assistant) attachStored(ctx context.Context, in Attach, emit func(run.Delta) error) error {
	rec, err := get[RunRecord](ctx, a, record.KindRun, in.Run)
	if err != nil {
		return named(err, "run")
	}
	m, err := get[Message](ctx, a, record.KindMessage, rec.Body.Message)
	if err != nil {
		return named(err, "run")
	}
	body := m.Body
	if body.Run != in.Run {
		return missing(record.KindRun).WithField("run")
	}
	d := run.Delta{N: max(body.Delta, in.From+1), Tools: body.Tools, State: body.State, Fault: body.Fault, Stats: body.Stats}
	switch {
	case in.From == 0:
		d.Text, d.Thinking = body.Text, body.Thinking
		return emit(d)
	case in.From >= body.Delta: // it knows all that was kept, but not the end
		return emit(d)
	}
	return a.attachRunner(ctx, rec.Body, in, emit)
}

// attachRunner asks the runner itself, for a place in the run that only the runner may still know. It knows the rounds of an
// answer, not how they follow each other.
func (a *Assistant) attachRunner(ctx context.Context, rec RunRecord, in Attach, emit func(run.Delta) error) error {
	var err error = missing(record.KindRun)
	if r := a.runner(rec.Where); r != nil && rec.Round == 0 {
		err = r.Attach(ctx, in.Run, in.From, emit)
	}
	if fault.CodeOf(err) == fault.NotFound {
		return fault.New(fault.Conflict, "the answer cannot be followed from that place any more").WithField("from").
			WithRemedy("read the message again and follow it from there")
	}
	return err
}

// stop ends a run. What had arrived is kept; a run that has ended already is left as it is.
func (a *Assistant) stop(ctx context.Context, in ByID) (Empty, error) {
	f := a.follower(in.ID)
	if f == nil {
		_, err := get[RunRecord](ctx, a, record.KindRun, in.ID)
		return Empty{}, err
	}
	rec := f.record()
	r := a.runner(rec.Where)
	if f.isOver() {
		return Empty{}, nil
	}
	if r == nil || f.turned() {
		f.finish(run.StateStopped, nil)
		return Empty{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	if err := r.Stop(ctx, rec.engineID()); err != nil {
		a.deps.Log.Info("the runner could not stop a run; it is ended here", "run", f.id, "error", err)
		f.finish(run.StateStopped, nil)
		return Empty{}, nil
	}
	select {
	case <-f.over:
	case <-time.After(stopPatience):
		f.finish(run.StateStopped, nil)
	}
	return Empty{}, nil
}
