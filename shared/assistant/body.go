package assistant

import (
	"encoding/json"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// readBody reads the body of a stored record. Messages are read by the hundred, and encoding/json takes longer for one than the
// store does, so they have a reader of their own.
func readBody(body json.RawMessage, out any) error {
	if m, ok := out.(*Message); ok {
		return m.read(body)
	}
	return json.Unmarshal(body, out)
}

// ReadMessage reads a message as it is stored.
func ReadMessage(r record.Record) (Message, error) {
	var m Message
	err := m.read(r.Body)
	return m, err
}

// read does what encoding/json does with a body that a store has checked.
func (m *Message) read(body json.RawMessage) (err error) {
	store.Members(body, func(name, value []byte) {
		field := m.field(string(name))
		if text, ok := field.(*string); ok && value[0] == '"' {
			*text = store.Unquote(value)
		} else if field != nil && err == nil {
			err = json.Unmarshal(value, field)
		}
	})
	return err
}

// field is where a member goes.
func (m *Message) field(name string) any {
	switch name {
	case "id":
		return &m.ID
	case "conversation":
		return &m.Conversation
	case "parent":
		return &m.Parent
	case "role":
		return &m.Role
	case "text":
		return &m.Text
	case "thinking":
		return &m.Thinking
	case "attachments":
		return &m.Attachments
	case "tools":
		return &m.Tools
	case "created":
		return &m.Created
	case "run":
		return &m.Run
	case "delta":
		return &m.Delta
	case "state":
		return (*string)(&m.State)
	case "fault":
		return &m.Fault
	case "service":
		return &m.Service
	case "model":
		return &m.Model
	case "stats":
		return &m.Stats
	}
	return nil
}
