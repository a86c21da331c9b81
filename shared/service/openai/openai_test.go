package openai_test

import (
	"embed"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/openai"
	"github.com/kindos/kai/shared/service/servicetest"
)

//go:embed testdata
var recorded embed.FS

func only(t testing.TB, route, name string) map[string]servicetest.Answer {
	return map[string]servicetest.Answer{route: servicetest.Recorded(t, recorded, name)}
}

func connect(address string, script map[string]servicetest.Answer) (*openai.Connector, *servicetest.Transport) {
	return connectKind(openai.Kind, address, script)
}

func connectKind(kind, address string, script map[string]servicetest.Answer) (*openai.Connector, *servicetest.Transport) {
	transport := servicetest.New(script)
	all := openai.Definitions(exchange.DefaultLimits())
	i := slices.IndexFunc(all, func(d service.Definition) bool { return d.Kind == kind })
	return all[i].New(service.Spec{URL: address, Key: "sk-1"}, transport).(*openai.Connector), transport
}

func TestConnectors(t *testing.T) {
	for _, d := range openai.Definitions(exchange.DefaultLimits()) {
		under := "/v1"
		if d.Kind == "open-webui" {
			under = "/api"
		}
		t.Run(d.Kind, func(t *testing.T) {
			servicetest.Run(t, servicetest.Fixture{
				Definition: d,
				Ready:      only(t, "GET "+under+"/models", "models"),
				NoModels:   only(t, "GET "+under+"/models", "models_empty"),
				Model:      "scripted:latest",
				ChatRoute:  "POST " + under + "/chat/completions",
				Chat:       servicetest.Recorded(t, recorded, "chat"),
				Text:       "Hello there, how can I help you?",
				NoModel:    servicetest.Recorded(t, recorded, "chat_no_model"),
			})
		})
	}
}

func TestOpenWebUIKeepsItsAPIElsewhere(t *testing.T) {
	for address, want := range map[string]string{
		"http://localhost:3000":          "http://localhost:3000/api/models",
		"http://localhost:3000/":         "http://localhost:3000/api/models",
		"http://localhost:3000/api":      "http://localhost:3000/api/models",
		"https://example.org/webui/api/": "https://example.org/webui/api/models",
	} {
		c, transport := connectKind("open-webui", address, nil)
		_, _ = c.Models(t.Context())
		assert.Equal(t, want, transport.Asked()[0].URL, address)
	}
}

func TestAddressWithAndWithoutVersion(t *testing.T) {
	for address, want := range map[string]string{
		"http://localhost:8000":             "http://localhost:8000/v1/models",
		"http://localhost:8000/":            "http://localhost:8000/v1/models",
		"http://localhost:8000/v1":          "http://localhost:8000/v1/models",
		"http://localhost:8000/v1/":         "http://localhost:8000/v1/models",
		"https://api.groq.com/openai/v1":    "https://api.groq.com/openai/v1/models",
		"https://example.org/v1beta/openai": "https://example.org/v1beta/openai/models",
		"http://v1.example.org":             "http://v1.example.org/v1/models",
		"http://localhost:3000/proxy":       "http://localhost:3000/proxy/v1/models",
	} {
		c, transport := connect(address, nil)
		_, _ = c.Models(t.Context())
		assert.Equal(t, want, transport.Asked()[0].URL, address)
		assert.Equal(t, "Bearer sk-1", transport.Asked()[0].Header["authorization"])
	}
}

func TestModelsInTheShapesThatServersUse(t *testing.T) {
	for body, want := range map[string][]service.Model{
		`{"object":"list","data":[{"id":"a"},{"id":""},{"id":"b","max_model_len":4096}]}`: {{Name: "a"}, {Name: "b", Context: 4096}},
		`[{"id":"a","context_length":8192}]`:                                              {{Name: "a", Context: 8192}},
		`{"data":[{"id":"a"}]}`:                                                           {{Name: "a"}},
		`{"object":"list"}`:                                                               {},
		`[]`:                                                                              {},
	} {
		c, _ := connect("http://localhost", map[string]servicetest.Answer{"*": {Body: body}})
		got, err := c.Models(t.Context())
		require.NoError(t, err, body)
		assert.Equal(t, want, got, body)
	}
}

// chat sends r against an answer and returns the deltas with what was asked.
func chat(t *testing.T, a servicetest.Answer, r service.ChatRequest) ([]service.ChatDelta, service.ChatResult, string, error) {
	c, transport := connect("http://localhost:8000", map[string]servicetest.Answer{"POST /v1/chat/completions": a})
	var got []service.ChatDelta
	result, err := c.Chat(t.Context(), r, func(d service.ChatDelta) error { got = append(got, d); return nil })
	asked := ""
	for _, r := range transport.Asked() {
		asked = string(r.Body)
	}
	return got, result, asked, err
}

// events makes an answer of server-sent events.
func events(data ...string) servicetest.Answer {
	return servicetest.Answer{Header: map[string]string{"content-type": "text/event-stream"}, Body: "data: " + strings.Join(data, "\n\ndata: ") + "\n\n"}
}

func TestChatSendsTheCommonShape(t *testing.T) {
	warm := 0.5
	_, _, asked, err := chat(t, servicetest.Recorded(t, recorded, "chat"), service.ChatRequest{
		Model: "m", Temperature: &warm, MaxTokens: 9, Format: `{"type":"object"}`, Context: 2048, KeepAlive: "5m",
		Messages: []service.ChatMessage{
			{Role: "user", Content: "look", Images: []string{"/9j/abc", "iVBORw0"}},
			{Role: "assistant", ToolCalls: []service.ToolCall{{ID: "c1", Name: "f", Arguments: `{"a":1}`}, {Name: "g"}}},
			{Role: "tool", Content: "ok", ToolName: "f", ToolCallID: "c1"},
			{Role: "tool", Content: "ok", ToolName: "g"},
		},
		Tools: []service.Tool{{Name: "f", Description: "does f", Parameters: `{"type":"object"}`}},
	})
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"model":"m","stream":true,"stream_options":{"include_usage":true},"temperature":0.5,"max_tokens":9,
		"response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type":"object"}}},
		"messages":[
			{"role":"user","content":[{"type":"text","text":"look"},
				{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,/9j/abc"}},
				{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0"}}]},
			{"role":"assistant","content":"","tool_calls":[
				{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
				{"index":1,"id":"call_1_1","type":"function","function":{"name":"g","arguments":"{}"}}]},
			{"role":"tool","content":"ok","tool_call_id":"c1"},
			{"role":"tool","content":"ok","tool_call_id":"call_1_1"}],
		"tools":[{"type":"function","function":{"name":"f","description":"does f","parameters":{"type":"object"}}}]}`, asked)
}

func TestRecordedAnswers(t *testing.T) {
	r := service.ChatRequest{Model: "scripted"}
	got, result, _, err := chat(t, servicetest.Recorded(t, recorded, "chat_think"), r)
	require.NoError(t, err)
	assert.Equal(t, []service.ChatDelta{{Thinking: "First I"}, {Thinking: " weigh the options."}, {Text: "The answer"}, {Text: " is 42!"}}, got)
	assert.Equal(t, 7, result.Tokens)
	assert.Positive(t, result.Took)

	got, result, _, err = chat(t, servicetest.Recorded(t, recorded, "chat_tools"), r)
	require.NoError(t, err)
	assert.Equal(t, []service.ChatDelta{{ToolCalls: []service.ToolCall{{ID: "call_yxxv4ind", Name: "set_lamp", Arguments: `{"room":"kitchen","on":true}`}}}}, got)
	assert.Equal(t, "tool_calls", result.Reason)

	_, result, _, err = chat(t, servicetest.Recorded(t, recorded, "chat_length"), r)
	require.NoError(t, err)
	assert.Equal(t, "length", result.Reason)

	got, result, _, err = chat(t, servicetest.Recorded(t, recorded, "chat_whole"), r)
	require.NoError(t, err, "a server that can't stream")
	assert.Equal(t, []service.ChatDelta{{Text: "Hello there, how can I help you?"}}, got)
	assert.Equal(t, "stop", result.Reason)
}

func TestToolCallsComeInPieces(t *testing.T) {
	piece := func(call string) string { return `{"choices":[{"delta":{"tool_calls":[` + call + `]}}]}` }
	got, result, _, err := chat(t, events(
		piece(`{"index":0,"id":"a","function":{"name":"f","arguments":""}}`),
		piece(`{"index":0,"function":{"arguments":"{\"x\""}}`),
		piece(`{"index":1,"id":"b","function":{"name":"g"}}`),
		piece(`{"index":0,"function":{"arguments":":1}"}}`),
		piece(`{"id":"c","function":{"name":"h","arguments":"{}"}}`), // a server that numbers none
		`{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}`, "[DONE]",
	), service.ChatRequest{Model: "m"})
	require.NoError(t, err)
	assert.Equal(t, []service.ChatDelta{{ToolCalls: []service.ToolCall{
		{ID: "a", Name: "f", Arguments: `{"x":1}`}, {ID: "b", Name: "g", Arguments: "{}"}, {ID: "c", Name: "h", Arguments: "{}"},
	}}}, got)
	assert.Equal(t, "tool_calls", result.Reason)

	_, _, _, err = chat(t, events(piece(`{"index":5,"id":"a"}`)), service.ChatRequest{Model: "m"})
	assert.Equal(t, fault.Malformed, fault.CodeOf(err), "a call that was never begun")
	_, _, _, err = chat(t, events(piece(`{"index":-1,"id":"a"}`)), service.ChatRequest{Model: "m"})
	assert.Equal(t, fault.Malformed, fault.CodeOf(err))
}

func TestEndsOfAStream(t *testing.T) {
	hello := `{"choices":[{"delta":{"content":"Hello"}}]}`
	for name, c := range map[string]struct {
		answer servicetest.Answer
		want   fault.Code
	}{
		"done":                               {events(hello, "[DONE]"), ""},
		"a finish reason without done":       {events(hello, `{"choices":[{"delta":{},"finish_reason":"stop"}]}`), ""},
		"neither":                            {events(hello), fault.Unavailable},
		"an error in the stream":             {events(hello, `{"error":{"message":"overloaded"}}`), fault.Unavailable},
		"an error in words":                  {events(hello, `{"error":"overloaded"}`), fault.Unavailable},
		"an event called error":              {servicetest.Answer{Body: "data: " + hello + "\n\nevent: error\ndata: overloaded\n\n"}, fault.Unavailable},
		"an event that is not JSON":          {events(hello, `<html>`), fault.Malformed},
		"done in the last line, no newline":  {servicetest.Answer{Body: "data: " + hello + "\r\n\r\ndata: [DONE]"}, ""},
		"cut inside a character of an event": {servicetest.Answer{Body: "data: " + hello + "\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\xf0\x9f"}, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, _, err := chat(t, c.answer, service.ChatRequest{Model: "m"})
			assert.Equal(t, c.want, fault.CodeOf(err), "%v", err)
			assert.Equal(t, []service.ChatDelta{{Text: "Hello"}}, got, "what had come is kept")
		})
	}
}

func TestEmbed(t *testing.T) {
	c, _ := connect("http://localhost:8000", only(t, "POST /v1/embeddings", "embeddings"))
	vectors, err := c.Embed(t.Context(), "m", []string{"a", "b"})
	require.NoError(t, err)
	assert.Len(t, vectors, 2)
	assert.Len(t, vectors[1], 128)

	for _, body := range []string{`{"data":[]}`, `{"data":[{"index":7,"embedding":[1]},{"index":0,"embedding":[1]}]}`, `{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}`} {
		c, _ := connect("http://localhost:8000", map[string]servicetest.Answer{"*": {Body: body}})
		_, err := c.Embed(t.Context(), "m", []string{"a", "b"})
		assert.Equal(t, fault.Malformed, fault.CodeOf(err), body)
	}
}

func FuzzChat(f *testing.F) {
	for _, name := range []string{"chat", "chat_tools", "chat_whole", "chat_think"} {
		f.Add(servicetest.Recorded(f, recorded, name).Body, name == "chat_whole")
	}
	f.Fuzz(func(t *testing.T, body string, whole bool) {
		kind := "text/event-stream"
		if whole {
			kind = "application/json"
		}
		c, _ := connect("http://localhost", map[string]servicetest.Answer{"*": {Body: body, Header: map[string]string{"content-type": kind}}})
		_, _ = c.Chat(t.Context(), service.ChatRequest{Model: "m"}, func(service.ChatDelta) error { return nil })
		_, err := c.Probe(t.Context())
		assert.NoError(t, err)
	})
}
