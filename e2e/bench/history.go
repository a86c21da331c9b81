package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

// A history of the usual size: that of the measurements of other products that the limits were taken from.
const (
	usualConversations = 1000
	perConversation    = 20
	messageCharacters  = 880
)

// historian makes up what a person and their models wrote. Equal calls give equal texts.
type historian struct {
	now    time.Time
	clock  *record.Clock
	random uint32
}

// history makes the records of so many conversations.
func history(s *stage, conversations int, services ...service.Spec) []record.Record {
	h := &historian{now: time.Now().Add(-time.Hour * 24 * 200).UTC(), random: 42}
	h.clock = record.NewClock("bench", func() time.Time { return h.now })
	out := h.settings(s, services)
	for i := range conversations {
		out = append(out, h.conversation(s, i, perConversation, h.text)...)
	}
	return out
}

// settings are those of a person who has seen the first run and asks the last of the services by default.
func (h *historian) settings(s *stage, services []service.Spec) []record.Record {
	settings := assistant.Settings{Theme: "system", Welcomed: true}
	var out []record.Record
	for _, spec := range services {
		settings.DefaultService, settings.DefaultModel = spec.ID, stubModel
		out = append(out, h.record(s, record.KindService, spec.ID, assistant.Service{Spec: spec, Created: h.at(), Model: stubModel}))
	}
	return append(out, h.record(s, record.KindSetting, "settings", settings))
}

// long makes the records of one conversation of so many messages, half of them with headings, lists and code.
func long(s *stage, messages int) (id string, records []record.Record) {
	h := &historian{now: time.Now().Add(-time.Hour * 24 * 200).UTC(), random: 42}
	h.clock = record.NewClock("bench", func() time.Time { return h.now })
	out := append(h.settings(s, nil), h.conversation(s, 0, messages, func(characters int) string {
		return "## " + h.text(20) + "\n\n" + h.text(characters/2) + "\n\n- " + h.text(40) + "\n- " + h.text(60) + "\n\n```go\nfunc " +
			strings.Fields(h.text(20))[0] + "() error {\n\treturn nil\n}\n```\n"
	})...)
	return out[len(out)-1].ID, out
}

func (h *historian) conversation(s *stage, number, messages int, answer func(characters int) string) []record.Record {
	c := assistant.Conversation{ID: h.id(), Title: fmt.Sprintf("Conversation %d about %s", number, h.text(24)), Created: h.at()}
	var out []record.Record
	for i := range messages {
		m := assistant.Message{ID: h.id(), Conversation: c.ID, Role: "user", Text: h.text(messageCharacters), Created: h.at()}
		if i%2 == 1 {
			m.Role, m.State, m.Model, m.Text = "assistant", "done", stubModel, answer(messageCharacters)
		}
		out = append(out, h.record(s, record.KindMessage, m.ID, m))
	}
	c.Updated = h.at()
	return append(out, h.record(s, record.KindConversation, c.ID, c))
}

func (h *historian) record(s *stage, kind record.Kind, id string, body any) record.Record {
	text, err := json.Marshal(body)
	require.NoError(s, err)
	return record.Record{Kind: kind, ID: id, Version: h.clock.Next(), Body: text}
}

func (h *historian) id() string {
	h.now = h.now.Add(time.Second)
	return record.NewID(h.now)
}

func (h *historian) at() string { return h.now.Format("2006-01-02T15:04:05.000Z") }

// text draws words until there are enough characters.
func (h *historian) text(characters int) string {
	words := strings.Fields("memory engine window answer little garden yellow reason planet silver market letter simple follow bridge summer")
	var b strings.Builder
	for b.Len() < characters {
		h.random = h.random*1664525 + 1013904223
		b.WriteString(words[h.random>>28] + " ")
	}
	return b.String()[:characters]
}

// export writes records as the file that kAI's import reads.
func export(s *stage, records []record.Record) []byte {
	all := memstore.New(store.Schema())
	require.NoError(s, store.Load(s.ctx, all, records))
	var out bytes.Buffer
	_, err := store.Export(s.ctx, all, store.Schema(), &out)
	require.NoError(s, err)
	return out.Bytes()
}
