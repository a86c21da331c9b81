package replica

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/kindos/kai/shared/digest"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Copy is the body of a record.KindConflict record: a person's own text that lost to a change made without having seen it. Every
// replica that finds the loss makes the same copy: its id comes from what it is of, its version is the lost one's.
type Copy struct {
	Of           record.Key      `json:"of"`
	Conversation string          `json:"conversation,omitempty"`
	Version      record.Version  `json:"version"`
	Body         json.RawMessage `json:"body"`
}

// SealedField is the only field of a body that its devices keep from this one: it may hold own words, so one that loses is
// kept as well.
const SealedField = "sealed"

// hurts says whether a person may lose own words when winner stands over loser, and neither is the other's continuation
// for sure: what one life of one program wrote, it wrote one after another.
func hurts(loser, winner record.Record) bool {
	words := Words(loser)
	return words != "" && words != Words(winner) && author(loser.Version) != author(winner.Version)
}

// OwnWords is what a person wrote in a text that lost.
func OwnWords(c Copy) string {
	return Words(record.Record{Kind: c.Of.Kind, ID: c.Of.ID, Version: c.Version, Body: c.Body})
}

// Words is what a person wrote in a record, "" when nothing is theirs.
func Words(r record.Record) string {
	if r.Deleted || r.Version == "" {
		return ""
	}
	if hidden := store.IndexKey(r.Body, SealedField); hidden != "" {
		return hidden // somebody's, who can say
	}
	switch r.Kind {
	case record.KindMessage:
		if f := store.Fields(r.Body, []string{"role", "text"}); f[0] == "user" {
			return f[1]
		}
	case record.KindConversation:
		if named(r.Body) {
			return store.IndexKey(r.Body, "title")
		}
	case record.KindFolder:
		return store.IndexKey(r.Body, "name")
	case record.KindPrompt, record.KindDocument, record.KindPersona:
		return string(r.Body)
	}
	return ""
}

// named says whether a conversation's title is the person's choice, not the first words of a message.
func named(body json.RawMessage) bool {
	out := false
	store.Members(body, func(name, value []byte) {
		if string(name) == "named" {
			out = string(value) == "true"
		}
	})
	return out
}

// author is the life of a program that stamped a version.
func author(v record.Version) string {
	parts := strings.SplitN(string(v), "-", 3)
	return parts[len(parts)-1]
}

// CopyOf makes the record that keeps a text that lost.
func CopyOf(r record.Record) (record.Record, error) {
	body, err := json.Marshal(Copy{Of: r.Key(), Conversation: conversationOf(r), Version: r.Version, Body: r.Body})
	if err != nil {
		return record.Record{}, fault.Wrap(fault.Internal, err, "a copy cannot be written as JSON")
	}
	sum := digest.NewSHA256()
	_, _ = sum.Write([]byte(strings.Join([]string{string(r.Kind), r.ID, string(r.Version)}, "\n"))) // a hash never fails to write
	return record.Record{Kind: record.KindConflict, ID: hex.EncodeToString(sum.Sum(nil)[:16]), Version: r.Version, Body: body}, nil
}

// Restore makes a copy the newest state of its record, everywhere, and removes it. fault.NotFound when it is gone.
func (r *Replica) Restore(ctx context.Context, id string) error {
	return r.settle(ctx, id, true)
}

// Discard removes a copy everywhere. fault.NotFound when it is gone.
func (r *Replica) Discard(ctx context.Context, id string) error {
	return r.settle(ctx, id, false)
}

func (r *Replica) settle(ctx context.Context, id string, restore bool) error {
	for range maxTries {
		err := r.trySettle(ctx, id, restore)
		if fault.CodeOf(err) != fault.Conflict {
			return err
		}
	}
	return fault.New(fault.Conflict, "the record changes too often to be restored").WithRemedy("try again in a moment")
}

func (r *Replica) trySettle(ctx context.Context, id string, restore bool) error {
	found, err := r.opt.Store.Get(ctx, record.Key{Kind: record.KindConflict, ID: id})
	if err != nil {
		return err
	}
	kept := found[0]
	if kept.Version == "" || kept.Deleted {
		return fault.New(fault.NotFound, "this copy was restored or removed already").WithField("id")
	}
	version, err := r.stamp(kept.Version)
	if err != nil {
		return err
	}
	batch := []store.Write{store.PutIf(record.Record{Kind: record.KindConflict, ID: id, Version: version, Deleted: true}, kept.Version)}
	if restore {
		back, err := r.restored(ctx, kept)
		if err != nil {
			return err
		}
		batch = append(batch, back)
	}
	_, err = r.opt.Store.Apply(ctx, batch...)
	return err
}

// restored is the write that puts a copy's text back.
func (r *Replica) restored(ctx context.Context, kept record.Record) (store.Write, error) {
	var c Copy
	if err := json.Unmarshal(kept.Body, &c); err != nil {
		return store.Write{}, fault.Wrap(fault.Internal, err, "the copy cannot be read")
	}
	now, err := r.opt.Store.Get(ctx, c.Of)
	if err != nil {
		return store.Write{}, err
	}
	version, err := r.stamp(now[0].Version)
	if err != nil {
		return store.Write{}, err
	}
	return store.PutIf(record.Record{Kind: c.Of.Kind, ID: c.Of.ID, Version: version, Body: c.Body}, now[0].Version), nil
}
