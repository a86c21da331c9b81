package ollama_test

import (
	"embed"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/ollama"
	"github.com/kindos/kai/shared/service/servicetest"
)

//go:embed testdata
var recorded embed.FS

func answers(t testing.TB, routes map[string]string) map[string]servicetest.Answer {
	out := map[string]servicetest.Answer{}
	for route, name := range routes {
		out[route] = servicetest.Recorded(t, recorded, name)
	}
	return out
}

func connect(t testing.TB, routes map[string]string) (*ollama.Connector, *servicetest.Transport) {
	transport := servicetest.New(answers(t, routes))
	return ollama.New(service.Spec{URL: "http://localhost:11434"}, transport, exchange.DefaultLimits()), transport
}

func TestConnector(t *testing.T) {
	servicetest.Run(t, servicetest.Fixture{
		Definition: ollama.Definition(exchange.DefaultLimits()),
		Ready:      answers(t, map[string]string{"GET /api/version": "version", "GET /api/tags": "tags"}),
		NoModels:   answers(t, map[string]string{"GET /api/version": "version", "GET /api/tags": "tags_empty"}),
		Model:      "scripted:latest",
		ChatRoute:  "POST /api/chat",
		Chat:       servicetest.Recorded(t, recorded, "chat"),
		Text:       "Hello there, how can I help you?",
		NoModel:    servicetest.Recorded(t, recorded, "chat_no_model"),
	})
}

func TestProbeOfARealAnswer(t *testing.T) {
	c, _ := connect(t, map[string]string{"GET /api/version": "version", "GET /api/tags": "tags"})
	health, err := c.Probe(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "0.17.4", health.Version)
	assert.Equal(t, []service.Model{{Name: "scripted:latest", Size: 616493, Family: "llama", Parameters: "152K"}}, health.Models)

	c, _ = connect(t, map[string]string{"GET /api/version": "forbidden"})
	health, err = c.Probe(t.Context())
	require.NoError(t, err)
	assert.Equal(t, service.StateForbidden, health.State)
	assert.Contains(t, health.Detail, "OLLAMA_ORIGINS")
}

// chat sends r against a recorded answer and returns the deltas with what was asked.
func chat(t *testing.T, answer string, r service.ChatRequest) ([]service.ChatDelta, service.ChatResult, string, error) {
	c, transport := connect(t, map[string]string{"POST /api/chat": answer})
	var got []service.ChatDelta
	result, err := c.Chat(t.Context(), r, func(d service.ChatDelta) error { got = append(got, d); return nil })
	asked := ""
	for _, r := range transport.Asked() {
		asked = string(r.Body)
	}
	return got, result, asked, err
}

func TestChatSendsEverythingWhereOllamaReadsIt(t *testing.T) {
	yes, warm := true, 0.5
	_, _, asked, err := chat(t, "chat", service.ChatRequest{
		Model: "scripted", Think: &yes, Temperature: &warm, MaxTokens: 9, Context: 2048, KeepAlive: "5m", Format: `{"type":"object"}`,
		Messages: []service.ChatMessage{
			{Role: "system", Content: "be brief"},
			{Role: "user", Content: "look", Images: []string{"aGk="}},
			{Role: "assistant", ToolCalls: []service.ToolCall{{ID: "c1", Name: "f", Arguments: `{"a":1}`}, {Name: "g"}}},
			{Role: "tool", Content: "ok", ToolName: "f", ToolCallID: "c1"},
		},
		Tools: []service.Tool{{Name: "f", Description: "does f", Parameters: `{"type":"object"}`}},
	})
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"model":"scripted","stream":true,"think":true,"keep_alive":"5m","format":{"type":"object"},
		"options":{"temperature":0.5,"num_predict":9,"num_ctx":2048},
		"messages":[
			{"role":"system","content":"be brief"},
			{"role":"user","content":"look","images":["aGk="]},
			{"role":"assistant","content":"","tool_calls":[
				{"id":"c1","function":{"index":0,"name":"f","arguments":{"a":1}}},
				{"function":{"index":1,"name":"g","arguments":{}}}]},
			{"role":"tool","content":"ok","tool_name":"f","tool_call_id":"c1"}],
		"tools":[{"type":"function","function":{"name":"f","description":"does f","parameters":{"type":"object"}}}]}`, asked)
}

func TestChatKeepAliveAndFormat(t *testing.T) {
	for keep, want := range map[string]string{"-1": "-1", "0": "0", "10m": `"10m"`, "": ""} {
		_, _, asked, err := chat(t, "chat", service.ChatRequest{Model: "m", KeepAlive: keep, Format: "json"})
		require.NoError(t, err)
		var sent map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(asked), &sent))
		assert.Equal(t, want, string(sent["keep_alive"]))
		assert.Equal(t, `"json"`, string(sent["format"]))
	}
}

func TestChatRefusesWhatIsNotJSON(t *testing.T) {
	for field, r := range map[string]service.ChatRequest{
		"format":                   {Format: "{"},
		"tools[0].parameters":      {Tools: []service.Tool{{Name: "f", Parameters: "{"}}},
		"messages[0].toolCalls[0]": {Messages: []service.ChatMessage{{ToolCalls: []service.ToolCall{{Arguments: "[]"}}}}},
	} {
		r.Model = "m"
		_, _, asked, err := chat(t, "chat", r)
		assert.Equal(t, fault.Invalid, fault.CodeOf(err))
		assert.Equal(t, field, fault.Public(err).Field)
		assert.Empty(t, asked, "nothing is sent")
	}
}

func TestChatAnswers(t *testing.T) {
	request := service.ChatRequest{Model: "scripted"}

	got, result, _, err := chat(t, "chat_think", request)
	require.NoError(t, err)
	assert.Equal(t, []service.ChatDelta{{Thinking: "First I"}, {Thinking: " weigh the options."}, {Text: "The answer"}, {Text: " is 42!"}}, got)
	assert.Equal(t, "stop", result.Reason)
	assert.Equal(t, 7, result.Tokens)
	assert.Equal(t, 2, result.PromptTokens)
	assert.Positive(t, result.Took)

	got, result, _, err = chat(t, "chat_tools", request)
	require.NoError(t, err)
	assert.Equal(t, []service.ChatDelta{{ToolCalls: []service.ToolCall{{ID: "call_7x8am34k", Name: "set_lamp", Arguments: `{"room":"kitchen","on":true}`}}}}, got)
	assert.Equal(t, "tool_calls", result.Reason)

	_, result, _, err = chat(t, "chat_length", request)
	require.NoError(t, err)
	assert.Equal(t, "length", result.Reason)

	_, result, _, err = chat(t, "chat_load", request)
	require.NoError(t, err)
	assert.Equal(t, "load", result.Reason)
}

func TestAnErrorLineAfterStatus200KeepsWhatHadCome(t *testing.T) {
	transport := servicetest.New(map[string]servicetest.Answer{"POST /api/chat": {
		Body: `{"message":{"role":"assistant","content":"Hello"},"done":false}` + "\n" + `{"error":"an error was encountered while running the model: out of memory"}` + "\n",
	}})
	c := ollama.New(service.Spec{URL: "http://localhost:11434"}, transport, exchange.DefaultLimits())
	var text string
	_, err := c.Chat(t.Context(), service.ChatRequest{Model: "m"}, func(d service.ChatDelta) error { text += d.Text; return nil })
	assert.Equal(t, "Hello", text)
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	assert.Contains(t, fault.Public(err).Message, "out of memory")
}

func TestALineThatIsNotJSONAmongOthers(t *testing.T) {
	transport := servicetest.New(map[string]servicetest.Answer{"POST /api/chat": {
		Body: `{"message":{"content":"Hello"}}` + "\n" + "<html>oops\n" + `{"done":true}` + "\n",
	}})
	c := ollama.New(service.Spec{URL: "http://localhost:11434"}, transport, exchange.DefaultLimits())
	var text string
	_, err := c.Chat(t.Context(), service.ChatRequest{Model: "m"}, func(d service.ChatDelta) error { text += d.Text; return nil })
	assert.Equal(t, "Hello", text)
	assert.Equal(t, fault.Malformed, fault.CodeOf(err))
}

func TestModels(t *testing.T) {
	c, transport := connect(t, map[string]string{
		"POST /api/show": "show", "GET /api/ps": "ps", "DELETE /api/delete": "delete", "POST /api/embed": "embed",
	})
	model, err := c.Show(t.Context(), "scripted")
	require.NoError(t, err)
	assert.Equal(t, service.Model{Name: "scripted", Family: "llama", Parameters: "152K", Context: 8192, Capabilities: []string{"completion", "tools", "thinking"}}, model)

	running, err := c.Running(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []service.Model{{Name: "scripted:latest", Size: 722432, Family: "llama", Parameters: "152K", Context: 512, Until: "2026-11-23T00:07:11.412733926Z"}}, running)

	require.NoError(t, c.Delete(t.Context(), "scripted"))
	asked := transport.Asked()
	assert.JSONEq(t, `{"model":"scripted"}`, string(asked[len(asked)-1].Body))

	vectors, err := c.Embed(t.Context(), "scripted", []string{"a", "b"})
	require.NoError(t, err)
	assert.Len(t, vectors, 2)
	assert.Len(t, vectors[1], 128)
	_, err = c.Embed(t.Context(), "scripted", []string{"a", "b", "c"})
	assert.Equal(t, fault.Malformed, fault.CodeOf(err), "two vectors for three texts")
	none, err := c.Embed(t.Context(), "scripted", nil)
	require.NoError(t, err)
	assert.Empty(t, none)
}

func TestAModelStaysInMemoryAsLongAsItsServiceSays(t *testing.T) {
	for _, c := range []struct{ service, request, want string }{
		{"", "", ""}, {"30m", "", `"30m"`}, {"300", "", "300"}, {"-1", "", "-1"}, {"30m", "0", "0"},
	} {
		transport := servicetest.New(map[string]servicetest.Answer{
			"POST /api/chat":     {Body: `{"message":{"content":"Hi"}}` + "\n" + `{"done":true}`},
			"POST /api/embed":    {Body: `{"embeddings":[[1]]}`},
			"POST /api/generate": {Body: `{"done":true,"done_reason":"unload"}`},
		})
		o := ollama.New(service.Spec{URL: "http://localhost:11434", KeepAlive: c.service}, transport, exchange.DefaultLimits())
		_, err := o.Chat(t.Context(), service.ChatRequest{Model: "m", KeepAlive: c.request}, func(service.ChatDelta) error { return nil })
		require.NoError(t, err)
		assert.Equal(t, c.want, keepAliveOf(t, transport))
		if c.request == "" {
			_, err = o.Embed(t.Context(), "m", []string{"a"})
			require.NoError(t, err)
			assert.Equal(t, c.want, keepAliveOf(t, transport))
		}
		require.NoError(t, o.Unload(t.Context(), "m"))
		assert.Equal(t, "0", keepAliveOf(t, transport), "it leaves at once")
	}
}

// keepAliveOf is what the last request says of the model's stay.
func keepAliveOf(t *testing.T, transport *servicetest.Transport) string {
	t.Helper()
	asked := transport.Asked()
	var body struct {
		KeepAlive json.RawMessage `json:"keep_alive"`
	}
	require.NoError(t, json.Unmarshal(asked[len(asked)-1].Body, &body))
	return string(body.KeepAlive)
}

func TestAMissingModelIsNamedWithTheWayOut(t *testing.T) {
	c, _ := connect(t, map[string]string{"POST /api/show": "show_no_model", "DELETE /api/delete": "delete_no_model"})
	_, err := c.Show(t.Context(), "nope")
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	assert.Contains(t, fault.Public(err).Remedy, "ollama pull nope")
	assert.Equal(t, fault.NotFound, fault.CodeOf(c.Delete(t.Context(), "nope")))
}

// pull runs a download against a scripted answer.
func pull(t *testing.T, a servicetest.Answer) ([]service.Progress, error) {
	c := ollama.New(service.Spec{URL: "http://localhost:11434"}, servicetest.New(map[string]servicetest.Answer{"POST /api/pull": a}), exchange.DefaultLimits())
	var got []service.Progress
	err := c.Pull(t.Context(), "gemma3", func(p service.Progress) error { got = append(got, p); return nil })
	return got, err
}

func TestPullCountsBytesOverAllLayers(t *testing.T) {
	got, err := pull(t, servicetest.Answer{Body: `{"status":"pulling manifest"}
{"status":"pulling aaa","digest":"sha256:aaa","total":100}
{"status":"pulling aaa","digest":"sha256:aaa","total":100,"completed":60}
{"status":"pulling aaa","digest":"sha256:aaa","total":100,"completed":100}
{"status":"pulling bbb","digest":"sha256:bbb","total":10,"completed":5}
{"status":"verifying sha256 digest"}
{"status":"success"}
`})
	require.NoError(t, err)
	assert.Equal(t, []service.Progress{
		{Status: "pulling manifest"}, {Status: "downloading", Total: 100}, {Status: "downloading", Completed: 60, Total: 100},
		{Status: "downloading", Completed: 100, Total: 100}, {Status: "downloading", Completed: 105, Total: 110},
		{Status: "verifying sha256 digest", Completed: 105, Total: 110}, {Status: "success", Completed: 105, Total: 110},
	}, got)
}

func TestPullFaults(t *testing.T) {
	_, err := pull(t, servicetest.Recorded(t, recorded, "pull_failed"))
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	assert.Contains(t, fault.Public(err).Remedy, "internet")

	for line, want := range map[string]fault.Code{
		`{"error":"pull model manifest: file does not exist"}`:          fault.NotFound,
		`{"error":"write /models/x: no space left on device"}`:          fault.Exhausted,
		`{"error":"something else"}`:                                    fault.Unavailable,
		`{"status":"pulling manifest"}`:                                 fault.Unavailable,
		`{"status":"pulling aaa","digest":"sha256:aaa","total":100,"co`: fault.Unavailable,
	} {
		_, err := pull(t, servicetest.Answer{Body: line})
		assert.Equal(t, want, fault.CodeOf(err), line)
		assert.NotEmpty(t, fault.Public(err).Remedy, line)
	}

	c, _ := connect(t, map[string]string{"POST /api/pull": "pull_failed"})
	enough := errors.New("enough")
	assert.ErrorIs(t, c.Pull(t.Context(), "m", func(service.Progress) error { return enough }), enough)
}

func TestTheKeyTravelsInTheHeaderOnly(t *testing.T) {
	transport := servicetest.New(answers(t, map[string]string{"POST /api/chat": "chat"}))
	c := ollama.New(service.Spec{URL: "http://localhost:11434/", Key: "sk-1"}, transport, exchange.DefaultLimits())
	_, err := c.Chat(t.Context(), service.ChatRequest{Model: "m"}, func(service.ChatDelta) error { return nil })
	require.NoError(t, err)
	asked := transport.Asked()[0]
	assert.Equal(t, "http://localhost:11434/api/chat", asked.URL)
	assert.Equal(t, "Bearer sk-1", asked.Header["authorization"])
	assert.NotContains(t, string(asked.Body), "sk-1")
}

func FuzzChat(f *testing.F) {
	for _, name := range []string{"chat", "chat_tools", "chat_think", "pull_failed", "tags"} {
		f.Add(servicetest.Recorded(f, recorded, name).Body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		transport := servicetest.New(map[string]servicetest.Answer{"*": {Body: body}})
		c := ollama.New(service.Spec{URL: "http://localhost:11434"}, transport, exchange.DefaultLimits())
		_, _ = c.Chat(t.Context(), service.ChatRequest{Model: "m"}, func(service.ChatDelta) error { return nil })
		_ = c.Pull(t.Context(), "m", func(service.Progress) error { return nil })
		_, err := c.Probe(t.Context())
		assert.NoError(t, err)
		_, _ = c.Show(t.Context(), "m")
		_, _ = c.Embed(t.Context(), "m", []string{"a"})
	})
}
