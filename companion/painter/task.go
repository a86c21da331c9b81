package painter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	_ "image/jpeg" // for image.Decode
	_ "image/png"
	"math/rand/v2"
	"time"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/gallery"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
)

// Kind is the kind of the making of a picture.
const Kind = "image"

const (
	paintTime = time.Hour
	failedFor = 24 * time.Hour // a failure is shown; kai tasks dead has it longer
	maxSeed   = 1 << 32        // exclusive: the services know no greater ones
	maxPixels = 4096 * 4096    // of what comes back: it is decoded whole, 4 bytes each
)

// task is the body of a task: what to make, and the id that it will have.
type task struct {
	Image  string         `json:"image"`
	Recipe gallery.Recipe `json:"recipe"`
}

// Kind is that of the pictures. A failure is told at once: the person waits, and says when to try again. The services make one
// picture at a time and tell only of that, so tasks are done one after the other.
func (p *Painter) Kind() queue.Kind {
	return queue.Kind{Name: Kind, Tries: 1, Timeout: paintTime, Alone: true, Do: p.do}
}

// Make adds the task of a picture. The seed is drawn now, so that a task that begins anew makes the same picture.
func (p *Painter) Make(ctx context.Context, r gallery.Recipe) (gallery.Making, error) {
	m, err := p.maker(ctx, r.Service)
	if err == nil {
		err = check(r)
	}
	if err == nil {
		err = p.fits(ctx, m, r)
	}
	if err != nil {
		return gallery.Making{}, err
	}
	r.Service = m.Kind
	if r.Seed == nil {
		seed := rand.Int64N(maxSeed) //nolint:gosec // pictures are no secrets
		r.Seed = &seed
	}
	body, err := json.Marshal(task{p.opt.NewID(), r})
	if err != nil {
		return gallery.Making{}, err
	}
	q, err := p.opt.Queue()
	if err != nil {
		return gallery.Making{}, err
	}
	added, err := q.Add(ctx, queue.Spec{Kind: Kind, Body: body})
	if err != nil {
		return gallery.Making{}, err
	}
	return makingOf(added[0])
}

// do makes a picture and keeps it: first the blob, then the record that names it. What is not whole leaves nothing.
func (p *Painter) do(ctx context.Context, w *queue.Work) error {
	var t task
	if err := w.Decode(&t); err != nil {
		return err
	}
	if t.Recipe.Seed == nil {
		return fault.New(fault.Invalid, "the task of a picture has no seed").WithField("seed").WithRemedy("have it made anew")
	}
	if _, err := p.Get(ctx, t.Image); err == nil || fault.CodeOf(err) != fault.NotFound {
		return err // an earlier try kept it
	}
	m, err := p.maker(ctx, t.Recipe.Service)
	if err != nil {
		return err
	}
	w.Progress("painting", 0, 0)
	r, err := p.request(ctx, t.Recipe)
	if err != nil {
		return err
	}
	data, err := m.Paint.Paint(ctx, r, func(s service.Progress) { w.Progress(s.Status, s.Completed, s.Total) })
	if err != nil {
		return err
	}
	if err := judge(data, m.Name); err != nil {
		return err
	}
	_, err = p.keep(ctx, gallery.Image{ID: t.Image, Created: record.Time(p.opt.Now()), Recipe: t.Recipe}, data)
	return err
}

// judge refuses what is no whole picture. It comes from a service, and is decoded only when it says that it is small enough.
func judge(data []byte, from string) error {
	if len(data) > assistant.MaxPictureBytes {
		return fault.New(fault.Exhausted, "the picture that %s sent has over %d MB", from, assistant.MaxPictureBytes>>20).WithRemedy("make a smaller one")
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err == nil && (c.Width > maxPixels || c.Height > maxPixels || c.Width*c.Height > maxPixels) {
		return fault.New(fault.Exhausted, "the picture that %s sent has %d × %d pixels, which is too many", from, c.Width, c.Height).WithRemedy("make a smaller one")
	}
	if err == nil {
		_, _, err = image.Decode(bytes.NewReader(data))
	}
	if err != nil {
		return fault.Wrap(fault.Malformed, err, "what "+from+" sent is no whole PNG or JPEG picture").WithRemedy("try again, or look at the service's own log")
	}
	return nil
}

// keep keeps a picture, and gives it with the name of its blob.
func (p *Painter) keep(ctx context.Context, i gallery.Image, data []byte) (gallery.Image, error) {
	blobs, err := store.Blobs(p.opt.Store)
	if err != nil {
		return i, err
	}
	defer p.opt.Taking()()
	blob, err := blobs.PutBlob(ctx, bytes.NewReader(data))
	if err != nil {
		return i, err
	}
	i.Blob = blob.Name
	body, err := json.Marshal(i)
	if err != nil {
		return i, err
	}
	_, err = store.Update(ctx, p.opt.Store, p.opt.Clock, key(i.ID), func(r *record.Record) error { r.Body = body; return nil })
	return i, err
}

// making lists the tasks whose pictures are not there.
func (p *Painter) making(ctx context.Context) ([]gallery.Making, error) {
	q, err := p.opt.Queue()
	if err != nil {
		return nil, err
	}
	tasks, err := q.List(ctx, queue.Filter{Kind: Kind})
	out := []gallery.Making{}
	for _, t := range tasks {
		old := !t.Ended.IsZero() && p.opt.Now().Sub(t.Ended) > failedFor
		if m, err := makingOf(t); err == nil && m.State != gallery.Ended && !old {
			out = append(out, m)
		}
	}
	return out, err
}

// onTask is a method that does something with the task of a picture.
func (p *Painter) onTask(do func(queue.Queue, context.Context, int64) (queue.Task, error)) func(context.Context, gallery.ByTask) (gallery.Making, error) {
	return func(ctx context.Context, in gallery.ByTask) (gallery.Making, error) {
		q, err := p.opt.Queue()
		if err != nil {
			return gallery.Making{}, err
		}
		t, err := q.Get(ctx, in.Task)
		if err == nil && t.Kind != Kind {
			err = fault.New(fault.NotFound, "there is no such picture in the making").WithField("task")
		}
		if err == nil {
			t, err = do(q, ctx, in.Task)
		}
		if err != nil {
			return gallery.Making{}, err
		}
		return makingOf(t)
	}
}

func makingOf(t queue.Task) (gallery.Making, error) {
	var body task
	if err := json.Unmarshal(t.Body, &body); err != nil {
		return gallery.Making{}, fault.Wrap(fault.Internal, err, "reading the task of a picture")
	}
	m := gallery.Making{Task: t.ID, State: stateOf(t), Fault: t.Fault, Image: body.Image, Recipe: body.Recipe}
	if t.Progress != nil {
		m.Status, m.Done, m.Total = t.Progress.What, t.Progress.Done, t.Progress.Total
	}
	return m, nil
}

func stateOf(t queue.Task) gallery.State {
	switch t.State {
	case queue.Waiting:
		return gallery.Waiting
	case queue.Running:
		return gallery.Running
	case queue.Dead:
		return gallery.Failed
	case queue.Done, queue.Canceled:
	}
	return gallery.Ended
}

// Clear ends and forgets what is being made, and erases every picture and workflow.
func (p *Painter) Clear(ctx context.Context) error {
	q, err := p.opt.Queue()
	if err == nil {
		err = q.Forget(ctx, Kind)
	}
	if err != nil {
		return err
	}
	return errors.Join(p.clear(ctx, record.KindImage), p.clear(ctx, record.KindWorkflow))
}

func (p *Painter) clear(ctx context.Context, kind record.Kind) error {
	for {
		page, err := p.opt.Store.List(ctx, store.Query{Kind: kind, Limit: store.MaxPage})
		if err != nil || len(page.Records) == 0 {
			return err
		}
		for _, r := range page.Records {
			_, err := store.Update(ctx, p.opt.Store, p.opt.Clock, r.Key(), func(r *record.Record) error { r.Deleted, r.Body = true, nil; return nil })
			if err != nil {
				return err
			}
		}
	}
}
