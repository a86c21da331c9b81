// Package life keeps who a store is among those that it exchanges with, and which lives it has had.
//
// It stands apart from shared/replica because a store may be brought to agreement by another program, yet must begin its
// lives itself, before it writes anything in them. Imports shared/{store,record,fault}.
package life

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// selfID is the id of the record that says who a store is.
const selfID = "self"

// maxTries bounds how often an edit is made anew because somebody else's came between.
const maxTries = 32

// Self is the body of that record.
type Self struct {
	ID    string `json:"id"`
	Floor uint64 `json:"floor,omitempty"` // deletions up to here may be forgotten
	Eras  Eras   `json:"eras"`
}

// Begin begins a life of a store that has exchanged before; one that never has is left alone. It comes before the life's
// first write: what is written before it would pass for the life before, which a copy of the store may have gone on with.
func Begin(ctx context.Context, s store.Store, life string) error {
	held, err := s.Get(ctx, record.Key{Kind: record.KindReplica, ID: selfID})
	if err != nil || held[0].Version == "" {
		return err
	}
	_, err = Live(ctx, s, life, nil)
	return err
}

// Live reads who a store is. The first time it becomes somebody, by a new id, and in each life it begins an era.
func Live(ctx context.Context, s store.Store, life string, newID func() string) (Self, error) {
	me, err := Edit(ctx, s, life, newID, func(*Self) {})
	if err != nil || me.Eras.Lived(life) {
		return me, err
	}
	head, err := s.Apply(ctx)
	if err != nil {
		return Self{}, err
	}
	return Edit(ctx, s, life, newID, func(me *Self) {
		if !me.Eras.Lived(life) {
			me.Eras = me.Eras.Begin(life, head.Seq)
		}
	})
}

// Edit changes the record of who a store is.
func Edit(ctx context.Context, s store.Store, life string, newID func() string, edit func(*Self)) (Self, error) {
	for range maxTries {
		me, err := tryEdit(ctx, s, life, newID, edit)
		if fault.CodeOf(err) != fault.Conflict {
			return me, err
		}
	}
	return Self{}, fault.New(fault.Conflict, "the record of this replica changes too often").WithRemedy("try again in a moment")
}

func tryEdit(ctx context.Context, s store.Store, life string, newID func() string, edit func(*Self)) (Self, error) {
	found, err := s.Get(ctx, record.Key{Kind: record.KindReplica, ID: selfID})
	if err != nil {
		return Self{}, err
	}
	held, me := found[0], Self{}
	if held.Version != "" {
		if err := json.Unmarshal(held.Body, &me); err != nil {
			return me, Unreadable(err)
		}
	}
	if edit(&me); me.ID == "" {
		me.ID = newID()
	}
	body, err := json.Marshal(me)
	if err != nil || bytes.Equal(body, held.Body) {
		return me, err
	}
	_, err = s.Apply(ctx, Write(selfID, body, held.Version, life))
	return me, err
}

// Write is the write of a state over the version that is known. States are counted, not stamped: they are compared with
// nothing but themselves, and must be written also while a clock is wrong.
func Write(id string, body []byte, held record.Version, life string) store.Write {
	count := uint64(0)
	if len(held) > 17 { // wall and counter, in hex, are one number here
		wall, _ := strconv.ParseUint(string(held[:12]), 16, 64)
		counter, _ := strconv.ParseUint(string(held[13:17]), 16, 64)
		count = wall<<16 | counter
	}
	count++
	version := record.Version(fmt.Sprintf("%012x-%04x-%s", count>>16, count&0xffff, life))
	return store.PutIf(record.Record{Kind: record.KindReplica, ID: id, Version: version, Body: body}, held)
}

// Unreadable is what a damaged state answers.
func Unreadable(err error) error {
	return fault.Wrap(fault.Internal, err, "the record of an exchange cannot be read")
}
