package assistant

import (
	"context"
	"encoding/json"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// kept is a record's body as it is stored, with the version that a change has to follow.
type kept[T any] struct {
	Body    T
	Version record.Version
}

// draft is a record to be written: its new body, nil to delete it. After is the version stored now.
type draft struct {
	kind  record.Kind
	id    string
	body  any
	after record.Version
}

// get reads one record; fault.NotFound when there is none.
func get[T any](ctx context.Context, a *Assistant, kind record.Kind, id string) (kept[T], error) {
	var out kept[T]
	version, err := a.read(ctx, kind, id, &out.Body)
	out.Version = version
	return out, err
}

// read reads one record into body. What is done for every type is apart from what is made for each: the browser's program
// has to be small.
func (a *Assistant) read(ctx context.Context, kind record.Kind, id string, body any) (record.Version, error) {
	records, err := a.deps.Store.Get(ctx, record.Key{Kind: kind, ID: id})
	if fault.CodeOf(err) == fault.Invalid {
		return "", missing(kind) // text that cannot be an id names nothing
	}
	if err != nil {
		return "", fault.Wrap(fault.CodeOf(err), err, "the "+noun(kind)+" cannot be read")
	}
	r := records[0]
	if r.Version == "" || r.Deleted {
		return "", missing(kind)
	}
	if err := readBody(r.Body, body); err != nil {
		return "", fault.Wrap(fault.Internal, err, "the stored "+noun(kind)+" cannot be read")
	}
	a.open(ctx, body)
	return r.Version, nil
}

// each hands every record of a query to take, page by page, until take says false. Unreadable ones are logged and
// left out, so that one broken record does not hide the others.
func each[T any](ctx context.Context, a *Assistant, q store.Query, take func(kept[T]) bool) error {
	return a.eachRecord(ctx, q, func(r record.Record) bool {
		out := kept[T]{Version: r.Version}
		if !a.readable(r, &out.Body) {
			return true
		}
		a.open(ctx, &out.Body)
		return take(out)
	})
}

func (a *Assistant) eachRecord(ctx context.Context, q store.Query, take func(record.Record) bool) error {
	for {
		page, err := a.deps.Store.List(ctx, q)
		if err != nil {
			return fault.Wrap(fault.CodeOf(err), err, "the "+noun(q.Kind)+"s cannot be read")
		}
		for _, r := range page.Records {
			if !take(r) {
				return nil
			}
		}
		if q.After = page.Next; q.After == "" {
			return nil
		}
	}
}

// readable reads a record of a list into body, and logs it when that fails.
func (a *Assistant) readable(r record.Record, body any) bool {
	err := readBody(r.Body, body)
	if err != nil {
		a.deps.Log.Warn("a stored record cannot be read", "kind", r.Kind, "id", r.ID, "error", err)
	}
	return err == nil
}

// commit writes drafts in one batch, tells the search and publishes news of them (added to news). The caller holds the
// lock. It returns the new versions. A write that fails is told to everybody at once.
func (a *Assistant) commit(ctx context.Context, news NewsData, drafts ...draft) ([]record.Version, error) {
	writes := make([]store.Write, len(drafts))
	versions := make([]record.Version, len(drafts))
	for i, d := range drafts {
		r := record.Record{Kind: d.kind, ID: d.id, Version: a.versionAfter(d.after), Deleted: d.body == nil}
		if d.body != nil {
			sealed, err := a.sealed(ctx, d.body)
			if err != nil {
				return nil, err
			}
			body, err := json.Marshal(sealed)
			if err != nil {
				return nil, fault.Wrap(fault.Internal, err, "the "+noun(d.kind)+" cannot be written as JSON")
			}
			r.Body = body
		}
		writes[i], versions[i] = store.Put(r), r.Version
	}
	result, err := a.deps.Store.Apply(ctx, writes...)
	if err != nil {
		a.writeFailed(ctx, err)
		return nil, fault.Wrap(fault.CodeOf(err), err, "the change could not be kept").WithRemedy("%s", storageRemedy(err))
	}
	a.writeWorked(ctx)
	for i, won := range result.Won {
		if !won {
			a.deps.Log.Warn("a newer record was there already", "kind", drafts[i].kind, "id", drafts[i].id)
		}
	}
	a.corpus.note(drafts)
	a.private.note(drafts)
	for i, d := range drafts {
		news.Changes = append(news.Changes, a.change(d, versions[i]))
	}
	a.publish(ctx, news)
	return versions, nil
}

// change is what news tells of a draft: the body that views know, unless it is large.
func (a *Assistant) change(d draft, version record.Version) Change {
	c := Change{record.Record{Kind: d.kind, ID: d.id, Version: version, Deleted: d.body == nil}}
	body := d.body
	if s, ok := body.(Service); ok {
		body = a.view(s)
	}
	if body == nil {
		return c
	}
	if text, err := json.Marshal(body); err == nil && len(text) <= MaxNewsBody {
		c.Body = text
	}
	return c
}

func noun(kind record.Kind) string {
	switch kind {
	case record.KindRun:
		return "answer"
	case record.KindSetting:
		return "settings"
	default:
		return string(kind)
	}
}

func missing(kind record.Kind) *fault.Fault {
	return fault.New(fault.NotFound, "there is no such %s any more", noun(kind)).WithField("id")
}
