package painter

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/gallery"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
)

const (
	maxWorkflows = 100
	maxName      = 200
)

// Schema is what the store is opened with for workflows, beside store.Schema.
func Schema() []store.KindSpec { return []store.KindSpec{{Kind: record.KindWorkflow}} }

// workflows lists them without their texts, oldest first; never nil.
func (p *Painter) workflows(ctx context.Context) ([]gallery.Workflow, error) {
	page, err := p.opt.Store.List(ctx, store.Query{Kind: record.KindWorkflow, Limit: maxWorkflows})
	if err != nil {
		return nil, err
	}
	out := []gallery.Workflow{}
	for _, r := range page.Records {
		w, err := workflowOf(r)
		if err != nil {
			p.opt.Log.Warn("a stored workflow cannot be read", "id", r.ID, "error", err)
			continue
		}
		w.Text = ""
		out = append(out, w)
	}
	return out, nil
}

// Workflow gives one with its text; fault.NotFound.
func (p *Painter) Workflow(ctx context.Context, in assistant.ByID) (gallery.Workflow, error) {
	found, err := p.opt.Store.Get(ctx, workflowKey(in.ID))
	if fault.CodeOf(err) == fault.Invalid {
		return gallery.Workflow{}, noWorkflow() // text that cannot be an id names nothing
	}
	if err != nil {
		return gallery.Workflow{}, err
	}
	if found[0].Version == "" || found[0].Deleted {
		return gallery.Workflow{}, noWorkflow()
	}
	return workflowOf(found[0])
}

// PutWorkflow keeps a workflow, in the place of one with the same id. One that cannot be used is refused.
func (p *Painter) PutWorkflow(ctx context.Context, in gallery.Workflow) (gallery.Workflow, error) {
	in.Name = strings.TrimSpace(in.Name)
	if in.Name == "" || len(in.Name) > maxName {
		return in, fault.New(fault.Invalid, "a workflow has a name of at most %d bytes", maxName).WithField("name").WithRemedy("name it")
	}
	if len(in.Text) > gallery.MaxWorkflow {
		return in, fault.New(fault.Exhausted, "a workflow has at most %d MB", gallery.MaxWorkflow>>20).WithField("text").WithRemedy("export a smaller one")
	}
	reader, err := p.reader(ctx)
	if err == nil {
		in.Takes, err = reader.Read([]byte(in.Text))
	}
	if err == nil {
		err = p.room(ctx, in.ID)
	}
	if err != nil {
		return in, err
	}
	body, err := json.Marshal(in)
	if err != nil {
		return in, err
	}
	_, err = store.Update(ctx, p.opt.Store, p.opt.Clock, workflowKey(in.ID), func(r *record.Record) error { r.Deleted, r.Body = false, body; return nil })
	return in, err
}

// room refuses one workflow too many.
func (p *Painter) room(ctx context.Context, id string) error {
	all, err := p.workflows(ctx)
	if err != nil || len(all) < maxWorkflows {
		return err
	}
	for _, w := range all {
		if w.ID == id {
			return nil
		}
	}
	return fault.New(fault.Exhausted, "there are %d workflows already", maxWorkflows).WithField("id").WithRemedy("remove one that you do not use")
}

// RemoveWorkflow deletes a workflow and answers what it was.
func (p *Painter) RemoveWorkflow(ctx context.Context, in assistant.ByID) (gallery.Workflow, error) {
	was, err := p.Workflow(ctx, in)
	if err == nil {
		_, err = store.Update(ctx, p.opt.Store, p.opt.Clock, workflowKey(in.ID), func(r *record.Record) error { r.Deleted, r.Body = true, nil; return nil })
	}
	return was, err
}

// reader is the service that works by workflows.
func (p *Painter) reader(ctx context.Context) (service.WorkflowPainter, error) {
	for _, m := range p.opt.Makers(ctx) {
		if w, ok := m.Paint.(service.WorkflowPainter); ok {
			return w, nil
		}
	}
	return nil, fault.New(fault.Unsupported, "kai uses no service that works by workflows").WithField("service").
		WithRemedy("switch ComfyUI on in kai config edit: services.comfyui: true")
}

func workflowKey(id string) record.Key { return record.Key{Kind: record.KindWorkflow, ID: id} }

func noWorkflow() error {
	return fault.New(fault.NotFound, "there is no such workflow any more").WithField("workflow").WithRemedy("choose another one")
}

func workflowOf(r record.Record) (gallery.Workflow, error) {
	var w gallery.Workflow
	if err := json.Unmarshal(r.Body, &w); err != nil {
		return w, fault.Wrap(fault.Internal, err, "a stored workflow cannot be read")
	}
	w.ID = r.ID
	return w, nil
}
