package assistant

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/tool"
)

func TestEveryFieldOfAMessageIsRead(t *testing.T) {
	full := Message{
		ID: "i", Conversation: "c", Parent: "p", Role: "assistant", Text: "a <b> & \"c\"\n\u2028 é 😀", Thinking: "t", Created: "now", Run: "r", Delta: 7,
		Attachments: []Attachment{{Type: "page", Title: "x"}}, Tools: []tool.Use{{}}, State: run.StateDone,
		Fault: fault.New(fault.Unavailable, "x"), Service: "s", Model: "m", Stats: &run.Stats{},
	}
	value := reflect.ValueOf(full)
	for i := range value.NumField() {
		require.False(t, value.Field(i).IsZero(), "%s is missing here", value.Type().Field(i).Name)
	}
	body, err := json.Marshal(full)
	require.NoError(t, err)
	var want, got Message
	require.NoError(t, json.Unmarshal(body, &want))
	require.NoError(t, readBody(body, &got))
	require.Equal(t, want, got)
}

// FuzzMessage compares the quick reader with encoding/json on every body that a store takes.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{`{}`, `{"id":"a","text":"\ud83d\ude00\ud83d\n"}`, `{"text":null,"delta":1e2}`, `{"id":7}`, `{"stats":[]}`, `{"text":"a","text":"b"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := record.Record{Kind: record.KindMessage, ID: "i", Version: "000000000001-0000-a", Body: []byte(body)}
		if store.NewKinds(store.Schema()).CheckRecord(r) != nil || foldedNames(r.Body) {
			return
		}
		var want, got Message
		wrong, err := json.Unmarshal(r.Body, &want), readBody(r.Body, &got)
		if (wrong == nil) != (err == nil) {
			t.Fatalf("%s: %v, encoding/json: %v", body, err, wrong)
		}
		if wrong == nil {
			require.Equal(t, want, got)
		}
	})
}

// foldedNames says whether a name would fit a field only in another case, which encoding/json lets pass.
func foldedNames(body json.RawMessage) (folded bool) {
	store.Members(body, func(name, _ []byte) {
		var m Message
		folded = folded || m.field(string(name)) == nil && json.Unmarshal([]byte(`{"`+string(name)+`":[[]]}`), &m) != nil
	})
	return folded
}
