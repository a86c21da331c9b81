// Package painter has services make pictures, as tasks of the queue, and keeps them: a blob by its hash, and a record of kind
// image that says how it was made. It keeps the workflows that a person gave it, too.
//
// Pictures stay on this computer. Imports companion/queue and shared/{assistant,fault,gallery,protocol,record,service,store}.
package painter

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"time"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/gallery"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
)

// UndoWindow is how long a removed picture can be brought back before it is erased.
const UndoWindow = 10 * time.Minute

const (
	usualPage = 50
	maxPage   = 100
)

// Maker is a service that makes pictures.
type Maker struct {
	Kind, Name string
	Paint      service.Painter
}

// Options are what a Painter stands on.
type Options struct {
	Store  store.Store // one that keeps blobs
	Clock  *record.Clock
	Now    func() time.Time
	NewID  func() string
	Queue  func() (queue.Queue, error)
	Makers func(context.Context) []Maker // those that are connected or that the configuration switches on
	Taking func() (end func())           // notes that a blob is put whose record is yet to be written
	Sweep  func(context.Context) error   // frees the blobs that no record names
	Log    *slog.Logger
}

// Painter is the gallery and its tasks. Its methods are safe for concurrent use.
type Painter struct{ opt Options }

// New prepares a Painter.
func New(opt Options) *Painter { return &Painter{opt} }

// Methods answer the requests of views.
func (p *Painter) Methods() protocol.Mux {
	return protocol.Mux{
		gallery.MethodImagesList:     protocol.Answer(p.List),
		gallery.MethodImagesMake:     protocol.Answer(p.Make),
		gallery.MethodImagesAdd:      protocol.Answer(p.Add),
		gallery.MethodImagesGet:      protocol.Answer(func(ctx context.Context, in assistant.ByID) (gallery.Image, error) { return p.Get(ctx, in.ID) }),
		gallery.MethodImagesContent:  protocol.Answer(p.content),
		gallery.MethodImagesSet:      protocol.Answer(p.Set),
		gallery.MethodImagesCancel:   protocol.Answer(p.onTask(queue.Queue.Cancel)),
		gallery.MethodImagesRetry:    protocol.Answer(p.onTask(queue.Queue.Retry)),
		gallery.MethodImagesServices: protocol.Answer(p.services),

		gallery.MethodWorkflowsGet:    protocol.Answer(p.Workflow),
		gallery.MethodWorkflowsPut:    protocol.Answer(p.PutWorkflow),
		gallery.MethodWorkflowsRemove: protocol.Answer(p.RemoveWorkflow),
	}
}

// List gives a page of pictures, newest first, and what is being made. It erases those that were removed long enough ago.
func (p *Painter) List(ctx context.Context, in gallery.ListImages) (gallery.Images, error) {
	out := gallery.Images{Images: []gallery.Image{}}
	switch {
	case in.Limit == 0:
		in.Limit = usualPage
	case in.Limit < 0 || in.Limit > maxPage:
		return out, fault.New(fault.Invalid, "a page has 1 to %d pictures", maxPage).WithField("limit").WithRemedy("ask for fewer")
	}
	page, err := p.opt.Store.List(ctx, store.Query{Kind: record.KindImage, Reverse: true, After: in.After, Limit: in.Limit})
	if err != nil {
		return out, err
	}
	var old []string
	for _, r := range page.Records {
		image, err := imageOf(r)
		switch {
		case err != nil:
			p.opt.Log.Warn("a stored picture cannot be read", "id", r.ID, "error", err)
		case image.Trashed == "":
			out.Images = append(out.Images, image)
		case record.UndoLeft(image.Trashed, UndoWindow, p.opt.Now()) <= 0:
			old = append(old, image.ID)
		}
	}
	out.Next = page.Next
	if out.Making, err = p.making(ctx); err != nil {
		return out, err
	}
	return out, p.erase(ctx, old)
}

// erase deletes pictures for good, unless they were brought back meanwhile.
func (p *Painter) erase(ctx context.Context, ids []string) error {
	for _, id := range ids {
		_, err := store.Update(ctx, p.opt.Store, p.opt.Clock, key(id), func(r *record.Record) error {
			if i, err := imageOf(*r); err != nil || i.Trashed == "" {
				return nil //nolint:nilerr // it is not ours to erase
			}
			r.Deleted, r.Body = true, nil
			return nil
		})
		if err != nil {
			return err
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return p.opt.Sweep(ctx)
}

// Get gives one that is not removed; fault.NotFound.
func (p *Painter) Get(ctx context.Context, id string) (gallery.Image, error) {
	found, err := p.opt.Store.Get(ctx, key(id))
	if fault.CodeOf(err) == fault.Invalid {
		return gallery.Image{}, noImage() // text that cannot be an id names nothing
	}
	if err != nil {
		return gallery.Image{}, err
	}
	if found[0].Version == "" || found[0].Deleted {
		return gallery.Image{}, noImage()
	}
	i, err := imageOf(found[0])
	if err == nil && i.Trashed != "" {
		err = noImage()
	}
	return i, err
}

// Set removes a picture, or brings it back.
func (p *Painter) Set(ctx context.Context, in gallery.SetImage) (out gallery.Image, err error) {
	_, err = store.Update(ctx, p.opt.Store, p.opt.Clock, key(in.ID), func(r *record.Record) error {
		if r.Version == "" || r.Deleted {
			return noImage()
		}
		if out, err = imageOf(*r); err != nil {
			return err
		}
		if out.Trashed = ""; in.Removed {
			out.Trashed = record.Time(p.opt.Now())
		}
		r.Body, err = json.Marshal(out)
		return err
	})
	if fault.CodeOf(err) == fault.Invalid {
		err = noImage()
	}
	return out, err
}

func (p *Painter) content(ctx context.Context, in assistant.ByID) (assistant.Content, error) {
	i, err := p.Get(ctx, in.ID)
	if err != nil {
		return assistant.Content{}, err
	}
	data, err := p.bytes(ctx, i)
	return assistant.Content{Data: data}, err
}

func (p *Painter) bytes(ctx context.Context, i gallery.Image) ([]byte, error) {
	blobs, err := store.Blobs(p.opt.Store)
	if err != nil {
		return nil, err
	}
	r, err := blobs.ReadBlob(ctx, i.Blob, 0, -1)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // it was read
	return io.ReadAll(r)
}

// services asks every maker what can be chosen.
func (p *Painter) services(ctx context.Context, _ struct{}) (gallery.Services, error) {
	out := gallery.Services{Services: []gallery.Service{}}
	for _, m := range p.opt.Makers(ctx) {
		s := gallery.Service{Kind: m.Kind, Name: m.Name, Models: []string{}, Samplers: []string{}, Takes: m.Paint.Takes()}
		models, samplers, err := m.Paint.Choices(ctx)
		if s.Fault = fault.Public(err); err == nil {
			s.Models, s.Samplers = append(s.Models, models...), append(s.Samplers, samplers...)
		}
		if _, ok := m.Paint.(service.WorkflowPainter); ok {
			if s.Workflows, err = p.workflows(ctx); err != nil {
				return out, err
			}
		}
		out.Services = append(out.Services, s)
	}
	return out, nil
}

func key(id string) record.Key { return record.Key{Kind: record.KindImage, ID: id} }

func noImage() error {
	return fault.New(fault.NotFound, "there is no such picture any more").WithField("id")
}

func imageOf(r record.Record) (gallery.Image, error) {
	var i gallery.Image
	if err := json.Unmarshal(r.Body, &i); err != nil {
		return i, fault.Wrap(fault.Internal, err, "a stored picture cannot be read")
	}
	i.ID = r.ID
	return i, nil
}
