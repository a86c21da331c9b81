// Package syncbus spreads news of changes to every context of the extension over the BroadcastChannel "kai-sync".
//
// A message has exactly the fields of the specification: type, context, data, timestamp. It is news only; the truth is in the
// store. What arrives may come from another build or from anything else in the extension, so it is checked as
// untrusted. Imports shared/assistant, shared/fault, wasm/jsval.
package syncbus

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
)

// Channel is the BroadcastChannel's name.
const Channel = "kai-sync"

// TypeStateUpdate is the one type of message.
const TypeStateUpdate = "state_update"

// Limits on a message from elsewhere.
const (
	MaxBytes   = 4 << 20
	MaxChanges = 10_000
)

// Contexts lists who may have caused a change.
func Contexts() []string { return []string{"popup", "sidepanel", "tab", "runtime"} }

// Encode writes a message; it refuses one that Parse would refuse at the other end.
func Encode(news assistant.News) ([]byte, error) {
	if err := check(news); err != nil {
		return nil, err
	}
	text, err := json.Marshal(news)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "write a kai-sync message")
	}
	return text, nil
}

// Parse reads a message from JSON text. Anything but the specified shape answers fault.Malformed; unknown names inside
// data are let through, because a newer build may say more there.
func Parse(text []byte) (assistant.News, error) {
	var news assistant.News
	if len(text) > MaxBytes {
		return news, fault.New(fault.Malformed, "a kai-sync message of %d bytes is over the limit", len(text))
	}
	if err := exactFields(text); err != nil {
		return news, err
	}
	if err := json.Unmarshal(text, &news); err != nil {
		return assistant.News{}, fault.Wrap(fault.Malformed, err, "this is not a kai-sync message")
	}
	if err := check(news); err != nil {
		return assistant.News{}, err
	}
	return news, nil
}

// exactFields demands the four fields of the specification and no other.
func exactFields(text []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return fault.Wrap(fault.Malformed, err, "this is not a kai-sync message")
	}
	for _, name := range []string{"type", "context", "data", "timestamp"} {
		if len(fields[name]) == 0 {
			return fault.New(fault.Malformed, "a kai-sync message has a field %q", name)
		}
	}
	if len(fields) != 4 {
		return fault.New(fault.Malformed, "a kai-sync message has four fields, this one has %d", len(fields))
	}
	if !bytes.HasPrefix(fields["data"], []byte("{")) {
		return fault.New(fault.Malformed, "the data of a kai-sync message is an object")
	}
	return nil
}

func check(news assistant.News) error {
	switch {
	case news.Type != TypeStateUpdate:
		return fault.New(fault.Malformed, "the type of a kai-sync message is %q", TypeStateUpdate)
	case !slices.Contains(Contexts(), news.Context):
		return fault.New(fault.Malformed, "the context of a kai-sync message is one of %v", Contexts())
	case news.Timestamp <= 0:
		return fault.New(fault.Malformed, "the timestamp of a kai-sync message is milliseconds since 1970")
	case news.Data.ID == "" || news.Data.Origin == "":
		return fault.New(fault.Malformed, "a kai-sync message names itself and its origin")
	case len(news.Data.Changes) > MaxChanges:
		return fault.New(fault.Malformed, "a kai-sync message has at most %d changes", MaxChanges)
	}
	return nil
}
