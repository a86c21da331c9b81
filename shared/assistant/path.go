package assistant

import (
	"context"
	"slices"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// First stands in Message.Parent of a message that nothing is before.
const First = "-"

// history reads the path of a conversation in reading order, and only as much from its end as a prompt can ever hold. It
// ends in message end; when that is empty, it goes through the branch that the person chose and on to the newest.
func (a *Assistant) history(ctx context.Context, c Conversation, end string) ([]Message, error) {
	p := path{want: end}
	if end == "" {
		p.through = c.Branch
	}
	var out []Message
	room := MaxContext * BytesPerToken
	take := func(found []Message) bool {
		for _, m := range found {
			out = append(out, m)
			room -= len(m.Text)
			for _, at := range m.Attachments {
				room -= len(at.Text)
			}
		}
		return room > 0 || len(out) < 2 // what the last one follows counts, however long that one is
	}
	q := store.Query{Kind: record.KindMessage, Index: "conversation", Equal: c.ID, Reverse: true, Limit: 50}
	err := each(ctx, a, q, func(k kept[Message]) bool { return take(p.next(a.newest(k))) && p.want != First })
	take(p.rest())
	slices.Reverse(out)
	return out, err
}

// path picks those messages of a conversation that are on one way through it. They come to next from the newest to the
// oldest. A message that is wanted and not there is passed over for the one before it.
type path struct {
	through string    // a message that the way goes through, until it has come
	ahead   []Message // those that came before it
	want    string    // the next on the way; empty for whichever comes
}

// next takes a message and gives those that are on the way by now, newest first.
func (p *path) next(m Message) []Message {
	if m.ID > p.through && p.through != "" {
		p.ahead = append(p.ahead, m)
		return nil
	}
	if m.ID == p.through {
		p.want = p.newestUnder(m)
	}
	return append(p.rest(), p.take(m)...)
}

// rest gives up waiting for the message that the way goes through.
func (p *path) rest() (out []Message) {
	ahead := p.ahead
	p.through, p.ahead = "", nil
	for _, m := range ahead {
		out = append(out, p.take(m)...)
	}
	return out
}

func (p *path) take(m Message) []Message {
	if p.want != "" && m.ID > p.want {
		return nil
	}
	p.want = m.Parent
	return []Message{m}
}

// newestUnder finds the newest message that follows m, however far from it.
func (p *path) newestUnder(m Message) string {
	under, before, newest := map[string]bool{m.ID: true}, m.ID, m.ID
	for _, x := range slices.Backward(p.ahead) {
		if x.Parent != "" {
			before = x.Parent
		}
		if under[before] {
			under[x.ID], newest = true, x.ID
		}
		before = x.ID
	}
	return newest
}

// chooseBranch makes the conversation go through a message from now on.
func (a *Assistant) chooseBranch(ctx context.Context, in ChooseBranch) (Conversation, error) {
	m, err := get[Message](ctx, a, record.KindMessage, in.Message)
	if err == nil && m.Body.Conversation != in.ID {
		err = missing(record.KindMessage)
	}
	if err != nil {
		return Conversation{}, named(err, "message")
	}
	return a.editConversation(ctx, in.ID, func(c *Conversation) error {
		if c.Trashed != "" {
			return fault.New(fault.NotFound, "this conversation was deleted").WithField("id").WithRemedy("restore it first")
		}
		c.Branch = in.Message
		return nil
	})
}
