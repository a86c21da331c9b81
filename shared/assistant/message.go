package assistant

import (
	"context"
	"slices"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// listMessages reads a page of a conversation, newest page first, each in reading order. An answer being made is shown
// as it is now, which is newer than what is stored.
func (a *Assistant) listMessages(ctx context.Context, in ListMessages) (MessagePage, error) {
	out := MessagePage{Messages: []Message{}}
	limit, err := rows(in.Limit)
	if err != nil {
		return out, err
	}
	c, err := get[Conversation](ctx, a, record.KindConversation, in.Conversation)
	if err != nil {
		return out, named(err, "conversation")
	}
	out.Conversation = c.Body
	page, err := a.deps.Store.List(ctx, store.Query{
		Kind: record.KindMessage, Index: "conversation", Equal: in.Conversation,
		Reverse: true, Limit: limit, After: in.Before,
	})
	if err != nil {
		return out, pageFault(err, "before")
	}
	for _, m := range readAll[Message](a, page.Records) {
		out.Messages = append(out.Messages, a.newest(m))
	}
	slices.Reverse(out.Messages)
	out.Next = page.Next
	return out, nil
}

// newest is a message as it is now: what is still on its way to the store counts, and what came there since it was read.
func (a *Assistant) newest(read kept[Message]) Message {
	if read.Body.Run == "" {
		return read.Body
	}
	if f := a.follower(read.Body.Run); f != nil && f.knowsMoreThan(read.Version) {
		return f.message()
	}
	return read.Body
}

func readAll[T any](a *Assistant, records []record.Record) []kept[T] {
	out := make([]kept[T], 0, len(records))
	for _, r := range records {
		if k := (kept[T]{Version: r.Version}); a.readable(r, &k.Body) {
			out = append(out, k)
		}
	}
	return out
}

// named puts the field of the request into a fault about a record that it names.
func named(err error, field string) error {
	if code := fault.CodeOf(err); code == fault.NotFound || code == fault.Invalid {
		return fault.Public(err).WithField(field)
	}
	return err
}
