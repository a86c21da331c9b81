package assistant

import (
	"context"
	"maps"
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// maxPulls bounds how many models are downloaded at once.
const maxPulls = 8

// pull is the download of a model. It belongs to the assistant: views come and go.
type pull struct {
	*underway
	ref ModelRef
}

// pullModel downloads a model, or joins the download that goes on, and reports its progress until it is there. When the view goes
// away the download does not.
func (a *Assistant) pullModel(ctx context.Context, in ModelRef, emit func(service.Progress) error) (Empty, error) {
	s, err := a.modelOn(ctx, in)
	if err != nil {
		return Empty{}, err
	}
	in.Model = strings.TrimSpace(in.Model)
	p, err := a.pulling(s, in)
	if err != nil {
		return Empty{}, err
	}
	return Empty{}, p.follow(ctx, emit)
}

// pulling finds the download of a model, or begins it.
func (a *Assistant) pulling(s Service, ref ModelRef) (*pull, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.alive(); err != nil {
		return nil, err
	}
	old := a.pulls[ref]
	if old != nil && !old.isOver() {
		return old, nil
	}
	if old == nil { // those that failed make room
		maps.DeleteFunc(a.pulls, func(_ ModelRef, p *pull) bool { return len(a.pulls) >= maxPulls && p.isOver() })
	}
	if old == nil && len(a.pulls) >= maxPulls {
		return nil, fault.New(fault.Exhausted, "%d models are being downloaded already", maxPulls).WithField("model").WithRemedy("wait for one, or cancel it")
	}
	ctx, stop := context.WithCancel(a.ctx)
	p := &pull{newUnderway(stop), ref}
	a.pulls[ref] = p
	a.group.Go(func() { a.download(ctx, s, p) })
	return p, nil
}

// download is the work of a pull. One that failed is remembered with its reason, until it is tried again or taken away.
func (a *Assistant) download(ctx context.Context, s Service, p *pull) {
	defer p.stop()
	a.publish(ctx, NewsData{Pull: &PullNews{ModelRef: p.ref}})
	err := a.deps.Gateway.Pull(ctx, s.Spec, p.ref.Model, func(at service.Progress) error {
		p.tell(at)
		return nil
	})
	a.mu.Lock()
	if (err == nil || fault.CodeOf(err) == fault.Canceled) && a.pulls[p.ref] == p {
		delete(a.pulls, p.ref)
	}
	a.mu.Unlock()
	p.end(err)
	a.publish(ctx, NewsData{Pull: &PullNews{ModelRef: p.ref, Ended: true}})
	if err == nil {
		a.lookAgain(s)
	}
}

// state is a pull as views see it.
func (p *pull) state() Pull {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := Pull{ModelRef: p.ref, Progress: p.at, Ended: p.ended}
	if p.err != nil {
		out.Wrong = fault.Public(p.err).Words()
	}
	return out
}

// listPulls lists the downloads that go on, and those that failed.
func (a *Assistant) listPulls(context.Context, Empty) (Pulls, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := Pulls{Pulls: []Pull{}}
	for _, p := range a.pulls {
		out.Pulls = append(out.Pulls, p.state())
	}
	return out, nil
}

// cancelPull ends a download; the service keeps what it has, and the next one goes on from there. One that failed is forgotten.
func (a *Assistant) cancelPull(_ context.Context, in ModelRef) (Empty, error) {
	in.Model = strings.TrimSpace(in.Model)
	a.mu.Lock()
	p := a.pulls[in]
	delete(a.pulls, in)
	a.mu.Unlock()
	if p == nil {
		return Empty{}, fault.New(fault.NotFound, "this model is not being downloaded").WithField("model")
	}
	p.stop()
	return Empty{}, nil
}
