package anthropic_test

import (
	"embed"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/anthropic"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/servicetest"
)

// The answers were written after the published API (version 2023-06-01): no account that tests could use exists.
//
//go:embed testdata
var published embed.FS

func only(t testing.TB, route, name string) map[string]servicetest.Answer {
	return map[string]servicetest.Answer{route: servicetest.Recorded(t, published, name)}
}

const modelsRoute = "GET /v1/models?limit=1000"

func TestConnector(t *testing.T) {
	servicetest.Run(t, servicetest.Fixture{
		Definition: anthropic.Definition(exchange.DefaultLimits()),
		Ready:      only(t, modelsRoute, "models"),
		NoModels:   only(t, modelsRoute, "models_empty"),
		Model:      "claude-sonnet-4-5",
		ChatRoute:  "POST /v1/messages",
		Chat:       servicetest.Recorded(t, published, "chat"),
		Text:       "Hello there, how can I help you?",
		NoModel:    servicetest.Recorded(t, published, "chat_no_model"),
	})
}

// chat sends r against an answer and returns the deltas with what was asked.
func chat(t *testing.T, a servicetest.Answer, r service.ChatRequest) (got []service.ChatDelta, result service.ChatResult, asked *service.Request, err error) {
	transport := servicetest.New(map[string]servicetest.Answer{"POST /v1/messages": a})
	c := anthropic.New(service.Spec{URL: "https://api.anthropic.com", Key: "sk-ant"}, transport, exchange.DefaultLimits())
	result, err = c.Chat(t.Context(), r, func(d service.ChatDelta) error { got = append(got, d); return nil })
	if all := transport.Asked(); len(all) > 0 {
		asked = &all[len(all)-1]
	}
	return got, result, asked, err
}

func TestChatSendsItsOwnShape(t *testing.T) {
	warm := 0.5
	_, result, asked, err := chat(t, servicetest.Recorded(t, published, "chat"), service.ChatRequest{
		Model: "m", Temperature: &warm, TopP: &warm, Stop: []string{"END"}, Tools: []service.Tool{{Name: "f", Description: "does", Parameters: `{"type":"object"}`}, {Name: "g"}},
		Messages: []service.ChatMessage{
			{Role: "system", Content: "Be brief."},
			{Role: "user", Content: "look", Images: []string{"/9j/abc"}},
			{Role: "assistant", Content: "I call.", ToolCalls: []service.ToolCall{{ID: "c1", Name: "f", Arguments: `{"a":1}`}, {ID: "c2", Name: "g"}}},
			{Role: "tool", Content: "one", ToolName: "f", ToolCallID: "c1"},
			{Role: "tool", Content: "two", ToolName: "g", ToolCallID: "c2"},
		},
	})
	require.NoError(t, err)
	assert.Equal(t, service.ChatResult{Reason: "stop", PromptTokens: 25, Tokens: 15}, service.ChatResult{Reason: result.Reason, PromptTokens: result.PromptTokens, Tokens: result.Tokens})
	assert.Equal(t, "sk-ant", asked.Header["x-api-key"])
	assert.Equal(t, "2023-06-01", asked.Header["anthropic-version"])
	assert.Empty(t, asked.Header["authorization"])
	assert.JSONEq(t, `{"model":"m","max_tokens":4096,"system":"Be brief.","temperature":0.5,"stop_sequences":["END"],"stream":true,
		"tools":[{"name":"f","description":"does","input_schema":{"type":"object"}},{"name":"g","input_schema":{"type":"object"}}],
		"messages":[
			{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"/9j/abc"}},{"type":"text","text":"look"}]},
			{"role":"assistant","content":[{"type":"text","text":"I call."},{"type":"tool_use","id":"c1","name":"f","input":{"a":1}},{"type":"tool_use","id":"c2","name":"g","input":{}}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"one"},{"type":"tool_result","tool_use_id":"c2","content":"two"}]}
		]}`, string(asked.Body))
}

func TestThinking(t *testing.T) {
	yes, warm := true, 1.5
	got, result, asked, err := chat(t, servicetest.Recorded(t, published, "chat_think"), service.ChatRequest{
		Model: "m", Think: &yes, Temperature: &warm, MaxTokens: 100, Messages: []service.ChatMessage{{Role: "user", Content: "x"}},
	})
	require.NoError(t, err)
	assert.Equal(t, []service.ChatDelta{{Thinking: "Let me see."}, {Text: "Yes."}}, got)
	assert.Equal(t, "length", result.Reason)
	assert.JSONEq(t, `{"model":"m","max_tokens":2148,"thinking":{"type":"enabled","budget_tokens":2048},"stream":true,"messages":[{"role":"user","content":[{"type":"text","text":"x"}]}]}`, string(asked.Body))
}

func TestToolCallsArriveWhole(t *testing.T) {
	got, result, _, err := chat(t, servicetest.Recorded(t, published, "chat_tools"), service.ChatRequest{Model: "m"})
	require.NoError(t, err)
	assert.Equal(t, "tool_calls", result.Reason)
	assert.Equal(t, []service.ToolCall{{ID: "toolu_1", Name: "get_weather", Arguments: `{"place": "Oslo"}`}, {ID: "toolu_2", Name: "now", Arguments: "{}"}}, got[len(got)-1].ToolCalls)
}

func TestWhatIsWrongIsTold(t *testing.T) {
	event := func(data ...string) servicetest.Answer {
		return servicetest.Answer{Header: map[string]string{"content-type": "text/event-stream"}, Body: "data: " + strings.Join(data, "\n\ndata: ") + "\n\n"}
	}
	const begun, text = `{"type":"message_start"}`, `{"type":"content_block_delta","delta":{"text":"Hel"}}`
	for name, c := range map[string]struct {
		answer servicetest.Answer
		code   fault.Code
	}{
		"overloaded in mid-answer": {event(begun, text, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`), fault.Unavailable},
		"ends in the middle":       {event(begun, text), fault.Unavailable},
		"another stream":           {event(`{"hello":"world"}`), fault.Malformed},
		"not JSON":                 {event(begun, "<html>"), fault.Malformed},
		"a piece of no call":       {event(begun, `{"type":"content_block_delta","index":3,"delta":{"partial_json":"{"}}`), fault.Malformed},
		"a flood of calls":         {event(append([]string{begun}, many(`{"type":"content_block_start","content_block":{"type":"tool_use"}}`, 129)...)...), fault.Malformed},
	} {
		_, _, _, err := chat(t, c.answer, service.ChatRequest{Model: "m"})
		assert.Equal(t, c.code, fault.CodeOf(err), name)
	}
	for _, r := range []service.ChatRequest{
		{}, {Model: "m", Format: "json"}, {Model: "m", Tools: []service.Tool{{Name: "f", Parameters: "{"}}},
		{Model: "m", Messages: []service.ChatMessage{{Role: "assistant", ToolCalls: []service.ToolCall{{Name: "f", Arguments: "{"}}}}},
	} {
		_, _, asked, err := chat(t, servicetest.Answer{}, r)
		require.Error(t, err)
		assert.NotEmpty(t, fault.Public(err).Field)
		assert.Nil(t, asked, "nothing is sent")
	}
}

func many(text string, n int) (out []string) {
	for range n {
		out = append(out, text)
	}
	return out
}

func FuzzChat(f *testing.F) {
	for _, name := range []string{"chat", "chat_think", "chat_tools"} {
		f.Add(servicetest.Recorded(f, published, name).Body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		answer := servicetest.Answer{Header: map[string]string{"content-type": "text/event-stream"}, Body: body}
		got, result, _, err := chat(t, answer, service.ChatRequest{Model: "m"})
		if err != nil && fault.Public(err).Message == "" {
			t.Fatalf("%v says nothing to a person", err)
		}
		if err == nil && result.Tokens < 0 {
			t.Fatalf("%d tokens in %v", result.Tokens, got)
		}
	})
}
