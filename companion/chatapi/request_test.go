package chatapi

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

func TestAQuestionIsPassedOnWhole(t *testing.T) {
	in, err := parse[Chat]([]byte(`{"model":"m","temperature":0.5,"top_p":0.9,"seed":7,"stop":"END","max_completion_tokens":9,
		"reasoning_effort":"low","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}},
		"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}}],
		"messages":[{"role":"developer","content":"be kind"},
			{"role":"user","content":[{"type":"text","text":"what is "},{"type":"text","text":"this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},
			{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},
			{"role":"tool","tool_call_id":"c1","content":"ok"}]}`))
	require.NoError(t, err)
	got, err := in.request()
	require.NoError(t, err)
	half, nine, seven, yes := 0.5, 0.9, int64(7), true
	assert.Equal(t, service.ChatRequest{
		Temperature: &half, TopP: &nine, Seed: &seven, Stop: []string{"END"}, MaxTokens: 9, Think: &yes, Format: `{"type":"object"}`,
		Tools: []service.Tool{{Name: "f", Description: "d", Parameters: `{"type":"object"}`}},
		Messages: []service.ChatMessage{
			{Role: "system", Content: "be kind"},
			{Role: "user", Content: "what is this?", Images: []string{"AAAA"}},
			{Role: "assistant", ToolCalls: []service.ToolCall{{ID: "c1", Name: "f", Arguments: "{}"}}},
			{Role: "tool", Content: "ok", ToolName: "f", ToolCallID: "c1"},
		},
	}, got)
}

// What a service would not be told is refused by name, never left out in silence.
func TestWhatCannotBeDoneIsRefused(t *testing.T) {
	const hello = `"model":"m","messages":[{"role":"user","content":"hello"}]`
	for text, want := range map[string]struct {
		code  fault.Code
		field string
	}{
		`{"model":"m"}`:                            {fault.Invalid, "messages"},
		`{` + hello + `,"n":2}`:                    {fault.Unsupported, "n"},
		`{` + hello + `,"logprobs":true}`:          {fault.Unsupported, "logprobs"},
		`{` + hello + `,"presence_penalty":1}`:     {fault.Unsupported, "frequency_penalty"},
		`{` + hello + `,"tool_choice":"required"}`: {fault.Unsupported, "tool_choice"},
		`{` + hello + `,"tool_choice":{"type":"function","function":{"name":"f"}}}`:                                                       {fault.Unsupported, "tool_choice"},
		`{` + hello + `,"max_tokens":-1}`:                                                                                                 {fault.Invalid, "max_tokens"},
		`{"model":"m","messages":[{"role":"boss","content":"hello"}]}`:                                                                    {fault.Invalid, "messages[0].role"},
		`{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://169.254.169.254/latest"}}]}]}`: {fault.Unsupported, "messages"},
		`{"model":"m","messages":[{"role":"user","content":[{"type":"input_audio"}]}]}`:                                                   {fault.Unsupported, "messages"},
		`{`:           {fault.Invalid, ""},
		`{"model":1}`: {fault.Invalid, ""},
	} {
		in, err := parse[Chat]([]byte(text))
		if err == nil {
			_, err = in.request()
		}
		f := fault.Public(err)
		require.NotNil(t, f, text)
		assert.Equal(t, want.code, f.Code, text)
		assert.Equal(t, want.field, f.Field, text)
		assert.NotEmpty(t, f.Remedy, text)
	}
}

func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"x"}]}],"stop":["a"],"tools":[{}]}`))
	f.Add([]byte(`{"messages":[{"role":"tool","tool_call_id":"x"}],"response_format":{"type":"json_schema"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		in, err := parse[Chat](text)
		if err != nil {
			assert.NotEqual(t, fault.Internal, fault.CodeOf(err))
			return
		}
		out, err := in.request()
		if err == nil {
			assert.Len(t, out.Messages, len(in.Messages))
		}
	})
}
