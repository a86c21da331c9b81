package assistant

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// importRecords keeps those records that are not here, deleted ones included, and leaves the others as they are. A record that
// is marked as deleted is taken back, if its version is the one that this answered when it was kept: nobody changed it since.
// It answers what it wrote, without the bodies. One call is written as a whole or not at all; views hear of it once no more
// follows (Next). Whoever reads a file makes ids of what is in it, so that the same file adds nothing the second time.
func (a *Assistant) importRecords(ctx context.Context, c call) (any, error) {
	var in store.Page
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	keys := make([]record.Key, len(in.Records))
	for i, r := range in.Records {
		if keys[i] = r.Key(); !imports(r) {
			return nil, fault.New(fault.Invalid, "this cannot be imported").WithField(fmt.Sprintf("records[%d]", i))
		}
	}
	if err := a.lock(ctx); err != nil {
		return nil, err
	}
	defer a.unlock()
	held, err := a.deps.Store.Get(ctx, keys...)
	if err != nil {
		return nil, err
	}
	out := store.Page{Records: []record.Record{}}
	var writes []store.Write
	takes := false
	for i, r := range in.Records {
		takes = takes || r.Deleted
		write, err := a.settle(&r, held[i])
		if err != nil {
			return nil, err
		}
		if !write {
			continue
		}
		writes = append(writes, store.Put(r))
		r.Body = nil
		out.Records = append(out.Records, r)
	}
	if _, err := a.deps.Store.Apply(ctx, writes...); err != nil {
		a.writeFailed(ctx, err)
		return nil, fault.Wrap(fault.CodeOf(err), err, "the import could not be kept").WithRemedy("%s", storageRemedy(err))
	}
	if takes {
		a.emptyTrash()
	}
	a.private.ids = nil // read again by the next exchange
	a.corpus.reset()    // and by the next search: of years that come at once, each would be put among the others
	if in.Next == "" {
		a.publish(ctx, NewsData{Reset: true})
	}
	return out, nil
}

// imports says whether a record is of a kind that comes from files. Keys and settings do not.
func imports(r record.Record) bool {
	switch r.Kind {
	case record.KindConversation, record.KindMessage, record.KindFolder, record.KindPrompt, record.KindPersona:
		return r.Deleted || store.IndexKey(r.Body, "id") == r.ID
	}
	return false
}

// settle makes of a record that came what is to be written over the one that is held, if anything.
func (a *Assistant) settle(r *record.Record, held record.Record) (write bool, err error) {
	trashed := r.Kind == record.KindConversation && store.IndexKey(held.Body, "trashed") != ""
	there := held.Version != "" && !held.Deleted && !trashed
	if r.Deleted != there || (r.Deleted && r.Version != held.Version) {
		return false, nil
	}
	if c := (Conversation{}); r.Deleted && r.Kind == record.KindConversation && a.readable(held, &c) {
		c.Trashed = record.Time(a.deps.Now()) // its messages are erased with it
		r.Deleted = false
		r.Body, err = json.Marshal(c)
	}
	r.Version = a.versionAfter(held.Version)
	return true, err
}
