package assistant

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// maxShared is how many messages a conversation may have to be shared again: all are written in one batch.
const maxShared = store.MaxBatch - 1

// private knows which conversations stay on this device. They are read when an exchange first asks, so that who does not
// exchange pays nothing. All of it is called by who holds the assistant's lock.
type private struct{ ids map[string]bool } // nil until they are read

// load reads which conversations stay here.
func (p *private) load(ctx context.Context, a *Assistant) error {
	if p.ids != nil {
		return nil
	}
	ids := map[string]bool{}
	err := each(ctx, a, store.Query{Kind: record.KindConversation, Limit: store.MaxPage}, func(c kept[Conversation]) bool {
		if c.Body.Private {
			ids[c.Body.ID] = true
		}
		return true
	})
	if err == nil {
		p.ids = ids
	}
	return err
}

// note takes what was written here.
func (p *private) note(drafts []draft) {
	if p.ids == nil {
		return
	}
	for _, d := range drafts {
		if d.kind != record.KindConversation {
			continue
		}
		if c, ok := d.body.(Conversation); ok && c.Private {
			p.ids[d.id] = true
		} else {
			delete(p.ids, d.id)
		}
	}
}

// holds says whether a record is, or is of, a conversation that stays here. A deletion does not tell of which it is.
func (p *private) holds(r record.Record) bool {
	if r.Kind == record.KindConversation {
		return p.ids[r.ID]
	}
	return len(p.ids) > 0 && p.ids[store.IndexKey(r.Body, "conversation")]
}

// foreign marks those writes of another device that are about conversations that stay here: a change there, or a deletion,
// is none of ours.
func (p *private) foreign(ctx context.Context, s store.Store, batch []store.Write) ([]bool, error) {
	out := make([]bool, len(batch))
	if len(p.ids) == 0 {
		return out, nil
	}
	var asked []record.Key
	var at []int
	for i, w := range batch {
		out[i] = p.holds(w.Record)
		if w.Record.Deleted && w.Record.Kind == record.KindMessage {
			asked, at = append(asked, w.Record.Key()), append(at, i)
		}
	}
	if len(asked) == 0 {
		return out, nil
	}
	found, err := s.Get(ctx, asked...)
	if err != nil {
		return nil, err
	}
	for n, r := range found {
		out[at[n]] = p.holds(r)
	}
	return out, nil
}

// setPrivate keeps a conversation on this device from now on, or shares it again. What other devices have of it by then
// stays there.
func (a *Assistant) setPrivate(ctx context.Context, in SetPrivate) (Conversation, error) {
	if err := a.lock(ctx); err != nil {
		return Conversation{}, err
	}
	defer a.unlock()
	c, err := a.usable(ctx, in.ID)
	if err != nil || c.Body.Private == in.Private {
		return c.Body, err
	}
	c.Body.Private = in.Private
	drafts := []draft{{record.KindConversation, in.ID, c.Body, c.Version}}
	if !in.Private {
		// Exchanges have read past its messages: they are written once more to be read.
		said, err := a.said(ctx, in.ID)
		if err != nil {
			return c.Body, err
		}
		drafts = append(drafts, said...)
	}
	_, err = a.commit(ctx, NewsData{}, drafts...)
	return c.Body, err
}

// said are the messages of a conversation, to be written as they are. One that is being made is left out: it is written
// when it has ended.
func (a *Assistant) said(ctx context.Context, conversation string) ([]draft, error) {
	var out []draft
	q := store.Query{Kind: record.KindMessage, Index: "conversation", Equal: conversation, Limit: store.MaxPage}
	err := each(ctx, a, q, func(m kept[Message]) bool {
		if m.Body.State == "" || m.Body.State.Ended() {
			out = append(out, draft{record.KindMessage, m.Body.ID, m.Body, m.Version})
		}
		return len(out) <= maxShared
	})
	if err == nil && len(out) > maxShared {
		err = fault.New(fault.Exhausted, "a conversation of more than %d messages cannot be shared again", maxShared).WithField("id").
			WithRemedy("it stays on this device")
	}
	return out, err
}
