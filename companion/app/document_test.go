package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/files"
	"github.com/kindos/kai/companion/metrics"
	"github.com/kindos/kai/companion/painter/paintertest"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/run"
)

// program calls a kai as other programs do.
type program struct {
	t     *testing.T
	url   string
	token string
	check *contract // of each answer; nil for none
}

func newProgram(t *testing.T, a *app.App, dir string) *program {
	t.Helper()
	opened, err := datadir.Open(dir)
	require.NoError(t, err)
	token, err := opened.Token()
	require.NoError(t, err)
	return &program{t: t, url: a.URL(), token: token}
}

// call sends a request, with a body unless that is nil, and wants a status. It gives the body of the answer.
func (p *program) call(want int, method, path string, body any) []byte {
	p.t.Helper()
	var text []byte
	if body != nil {
		var err error
		text, err = json.Marshal(body)
		require.NoError(p.t, err)
	}
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, bytes.NewReader(text))
	require.NoError(p.t, err)
	r.Header.Set("Authorization", "Bearer "+p.token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	require.NoError(p.t, err)
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	require.Equal(p.t, want, resp.StatusCode, "%s %s: %s", method, path, got)
	if p.check != nil {
		p.check.holds(p.t, resp, got)
	}
	return got
}

// read is call with the answer decoded.
func read[T any](p *program, want int, method, path string, body any) (out T) {
	p.t.Helper()
	require.NoError(p.t, json.Unmarshal(p.call(want, method, path, body), &out))
	return out
}

// The document is valid OpenAPI 3.1, and everything in it answers as it says, errors too.
func TestTheDocumentIsTrue(t *testing.T) {
	hold := make(chan struct{})
	dir := t.TempDir()
	comfyui := paintertest.NewComfyUI()
	t.Cleanup(comfyui.Stop)
	a, _ := painting(t, dir, withComfyUI(comfyui))
	p := newProgram(t, a, dir)
	p.check = newContract(t, p.call(http.StatusOK, "GET", "/openapi.json", nil))
	var all []string
	for _, step := range slices.Concat(library(p), pictures(p), images(p), steps(p, ollama(t, hold), hold)) {
		all = append(all, step.id)
		t.Run(step.id, func(t *testing.T) { p.t = t; step.do() })
	}
	p.t = t
	assert.ElementsMatch(t, p.check.operations(t), all, "each operation of the document is called here, and no other")
	select {
	case <-a.Quit():
	case <-time.After(10 * time.Second):
		t.Fatal("stop did nothing")
	}
}

type step struct {
	id string // of the operation
	do func()
}

// steps call every operation, in an order in which each has what it needs.
func steps(p *program, address string, hold chan struct{}) []step {
	type object map[string]any
	var added assistant.ServiceView
	var sent assistant.Sent
	var file files.File
	v1 := func(format string, args ...any) string { return "/api/v1" + fmt.Sprintf(format, args...) }
	here := object{"kind": "ollama", "url": address, "name": "Tiny"}
	return []step{
		{"health", func() { p.call(200, "GET", "/healthz", nil) }},
		{"ready", func() { p.call(200, "GET", "/readyz", nil) }},
		{"status", func() { p.call(200, "GET", "/api/status", nil) }},
		{"socket", func() { p.call(426, "GET", "/api/ws", nil) }},
		{"device", func() { p.call(426, "GET", "/api/device", nil) }},
		{"copyOf", func() { p.call(200, "GET", "/api/copy", nil) }},
		{"sync", func() { p.call(404, "GET", "/sync", nil) }},
		{"loginByLink", func() { p.call(200, "GET", "/login", nil) }},
		{"loginByToken", func() { p.call(403, "POST", "/login", nil) }},
		{"askToBeLetIn", func() { p.call(403, "POST", "/login/ask", nil) }}, // what they do: TestABrowserIsLetInAndRevoked
		{"waitToBeLetIn", func() { p.call(401, "GET", "/login/wait", nil) }},
		{"loginLink", func() { p.call(200, "POST", "/api/login-link", nil) }},
		{"checkSession", func() { p.call(204, "GET", "/api/auth/session", nil) }},
		{"openSession", func() { p.call(501, "POST", "/api/auth/session", object{"password": "x"}) }},
		{"openapi", func() { p.call(200, "GET", "/openapi.json", nil) }},
		{"openapiOfPage", func() { p.call(200, "GET", "/api/openapi.json", nil) }},
		{"docs", func() { p.call(303, "GET", "/docs", nil) }},
		{"style", func() { p.call(200, "GET", "/api/docs.css", nil) }},
		{"page", func() {
			page := string(p.call(200, "GET", "/api/docs", nil))
			assert.Contains(p.t, page, "/api/v1/conversations/{id}")
			assert.NotContains(p.t, page, "://cdn", "nothing is loaded from elsewhere")
			assert.NotContains(p.t, page, "<script")
		}},
		{"debug", func() { p.call(303, "GET", "/debug", nil) }},
		{"debugPage", func() {
			page := string(p.call(200, "GET", "/api/debug", nil))
			assert.NotRegexp(p.t, `(src|href)="(http|//)`, page, "nothing is loaded from elsewhere")
		}},
		{"debugScript", func() { p.call(200, "GET", "/api/debug/page.js", nil) }},
		{"debugStyle", func() { p.call(200, "GET", "/api/debug/page.css", nil) }},
		{"debugState", func() {
			got := string(p.call(200, "GET", "/api/debug/state", nil))
			assert.Contains(p.t, got, `"step":"storage"`)
			assert.Contains(p.t, got, `"Configuration"`)
		}},
		{"debugTraces", func() { assert.Contains(p.t, string(p.call(200, "GET", "/api/debug/traces", nil)), `"exports":false`) }},
		{"debugTrace", func() { p.call(404, "GET", "/api/debug/traces/4bf92f3577b34da6a3ce929d0e0e4736", nil) }},
		{"debugProfiles", func() {
			assert.Contains(p.t, string(p.call(200, "GET", "/api/debug/pprof/goroutine?debug=1", nil)), "goroutine profile")
			p.call(404, "GET", "/api/debug/pprof/cmdline", nil)
		}},
		{"debugStats", func() {
			assert.Contains(p.t, string(p.call(200, "GET", "/api/debug/statsviz/", nil)), "<title>Statsviz</title>")
		}},
		{"debugStatsSocket", func() { p.call(400, "GET", "/api/debug/statsviz/ws", nil) }},
		{"metrics", func() {
			past := read[metrics.Series](p, 200, "GET", v1("/metrics?after=0"), nil)
			require.Len(p.t, past.Times, len(past.Memory))
			assert.Positive(p.t, past.Memory[len(past.Memory)-1])
			assert.Positive(p.t, past.Storage[len(past.Storage)-1])
			at := slices.IndexFunc(past.Steps, func(s metrics.Strip) bool { return s.Step == driver.StepStorage })
			require.NotEqual(p.t, -1, at)
			assert.Equal(p.t, driver.StateReady, past.Steps[at].State)
		}},
		{"getConfigSchema", func() { p.call(200, "GET", v1("/config/schema"), nil) }},
		{"getConfig", func() {
			assert.Contains(p.t, string(p.call(200, "GET", v1("/config"), nil)), `"bindAddress":"127.0.0.1"`)
		}},
		{"getSettings", func() { p.call(200, "GET", v1("/settings"), nil) }},
		{"setSettings", func() {
			p.call(422, "PUT", v1("/settings"), object{"theme": "pink"})
			assert.Equal(p.t, "dark", read[assistant.Settings](p, 200, "PUT", v1("/settings"), object{"theme": "dark"}).Theme)
		}},
		{"discoverServices", func() { p.call(200, "POST", v1("/services/discover"), nil) }},
		{"testService", func() { p.call(200, "POST", v1("/services/test"), here) }},
		{"addService", func() {
			added = read[assistant.ServiceView](p, 201, "POST", v1("/services"), here)
			p.call(409, "POST", v1("/services"), here)
			p.call(400, "POST", v1("/services"), object{"kind": "ollama", "url": "ftp://x"})
		}},
		{"probeService", func() { p.call(200, "POST", v1("/services/%s/probe", added.ID), nil) }},
		{"updateService", func() {
			here["key"] = "k-secret"
			changed := read[assistant.ServiceView](p, 200, "PUT", v1("/services/%s", added.ID), here)
			assert.True(p.t, changed.HasKey)
		}},
		{"listServices", func() { assert.NotContains(p.t, string(p.call(200, "GET", v1("/services"), nil)), "k-secret") }},
		{"listModels", func() { assert.Contains(p.t, string(p.call(200, "GET", v1("/models"), nil)), "tiny:latest") }},
		{"showModel", func() { p.call(502, "GET", v1("/models/show?service=%s&model=tiny:latest", added.ID), nil) }},
		{"listRunningModels", func() { p.call(502, "GET", v1("/services/%s/running", added.ID), nil) }},
		{"unloadModel", func() { p.call(404, "POST", v1("/models/unload?service=none&model=tiny:latest"), nil) }},
		{"deleteModel", func() { p.call(404, "DELETE", v1("/models?service=none&model=tiny:latest"), nil) }},
		{"listPulls", func() { assert.JSONEq(p.t, `{"pulls":[]}`, string(p.call(200, "GET", v1("/models/pulls"), nil))) }},
		{"cancelPull", func() { p.call(404, "DELETE", v1("/models/pulls?service=none&model=tiny:latest"), nil) }},
		{"pullModel", func() { p.call(404, "POST", v1("/models/pull?service=none&model=tiny:latest"), nil) }},
		{"createRun", func() {
			p.call(422, "POST", v1("/runs"), object{"text": "hello", "temprature": 1})
			p.call(400, "POST", v1("/runs"), object{"text": " "})
			p.call(404, "POST", v1("/runs"), object{"text": "hello", "conversation": "none"})
			sent = read[assistant.Sent](p, 201, "POST", v1("/runs"), object{"text": "hello", "service": added.ID, "model": "tiny:latest"})
		}},
		{"listRuns", func() { assert.Contains(p.t, string(p.call(200, "GET", v1("/runs"), nil)), sent.Run) }},
		{"stopRun", func() {
			events := p.open(v1("/runs/%s/deltas", sent.Run), nil)
			_, err := events.ReadString('\n')
			require.NoError(p.t, err)
			p.call(204, "POST", v1("/runs/%s/stop", sent.Run), nil)
			rest(p.t, events)
			require.Eventually(p.t, func() bool { // the message is written after its last piece
				messages := string(p.call(200, "GET", v1("/messages?conversation=%s", sent.Conversation.ID), nil))
				return !strings.Contains(messages, `"state":"running"`)
			}, time.Minute, time.Millisecond, "the answer has ended")
		}},
		{"retryMessage", func() {
			sent = read[assistant.Sent](p, 201, "POST", v1("/messages/%s/retry", sent.Answer.ID), object{})
			close(hold)
		}},
		{"followRun", func() {
			p.call(404, "GET", v1("/runs/none/deltas"), nil)
			p.call(422, "GET", v1("/runs/none/deltas?from=-1"), nil)
			assert.Equal(p.t, "Hello, Ada.", text(p, sent.Run))
		}},
		{"chooseBranch", func() {
			another := read[assistant.Sent](p, 201, "POST", v1("/messages/%s/retry", sent.Answer.ID), object{"another": true})
			assert.Equal(p.t, "Hello, Ada.", text(p, another.Run))
			assert.Equal(p.t, another.Answer.ID, another.Conversation.Branch)
			p.call(200, "PUT", v1("/conversations/%s/branch", sent.Conversation.ID), object{"message": sent.Answer.ID})
			p.call(404, "PUT", v1("/conversations/%s/branch", sent.Conversation.ID), object{"message": "none"})
		}},
		{"listMessages", func() {
			assert.Contains(p.t, string(p.call(200, "GET", v1("/messages?conversation=%s", sent.Conversation.ID), nil)), "Hello, Ada.")
		}},
		{"search", func() {
			assert.Contains(p.t, string(p.call(200, "GET", v1("/search?words=hello"), nil)), sent.Conversation.ID)
		}},
		{"listConversations", func() {
			p.call(200, "GET", v1("/conversations?limit=1"), nil)
			p.call(422, "GET", v1("/conversations?limit=x"), nil)
		}},
		{"getConversation", func() {
			p.call(200, "GET", v1("/conversations/%s", sent.Conversation.ID), nil)
			p.call(404, "GET", v1("/conversations/none"), nil)
		}},
		{"renameConversation", func() { p.call(200, "PUT", v1("/conversations/%s", sent.Conversation.ID), object{"title": "Greeting"}) }},
		{"tuneConversation", func() {
			id := v1("/conversations/%s", sent.Conversation.ID)
			tuned := read[assistant.Conversation](p, 200, "PATCH", id, object{"systemPrompt": "Be brief.", "parameters": object{"temperature": 0.5}, "archived": true})
			assert.Equal(p.t, "Be brief.", tuned.SystemPrompt)
			assert.Contains(p.t, string(p.call(200, "GET", v1("/conversations?archived=true"), nil)), sent.Conversation.ID)
			p.call(400, "PATCH", id, object{"parameters": object{"temperature": 3}})
			p.call(200, "PATCH", id, object{"archived": false, "parameters": object{}})
		}},
		{"deleteConversation", func() { p.call(200, "DELETE", v1("/conversations/%s", sent.Conversation.ID), nil) }},
		{"restoreConversation", func() { p.call(200, "POST", v1("/conversations/%s/restore", sent.Conversation.ID), nil) }},
		{"openaiModels", func() { assert.Contains(p.t, string(p.call(200, "GET", "/v1/models", nil)), `"owned_by":"Tiny"`) }},
		{"openaiChat", func() {
			chat := object{"model": "tiny", "messages": []object{{"role": "user", "content": "Who am I?"}}, "user": "ada"}
			assert.Contains(p.t, string(p.call(200, "POST", "/v1/chat/completions", chat)), `"content":"Hello, Ada."`)
			chat["stream"] = true
			assert.True(p.t, strings.HasSuffix(string(p.call(200, "POST", "/v1/chat/completions", chat)), "data: [DONE]\n\n"))
			p.traced("POST /v1/chat/completions", "HTTP POST")
			chat["n"] = 2
			p.call(501, "POST", "/v1/chat/completions", chat)
			p.call(400, "POST", "/v1/chat/completions", object{"model": "tiny", "messages": "hello"})
			p.call(404, "POST", "/v1/chat/completions", object{"model": "huge", "messages": chat["messages"]})
			p.untraced("GET /v1/models")
			p.joins("GET", "/v1/models", "GET /v1/models", nil)
		}},
		{"openaiEmbeddings", func() {
			p.call(502, "POST", "/v1/embeddings", object{"model": "tiny", "input": "hello"}) // this Ollama can't
			p.call(400, "POST", "/v1/embeddings", object{"model": "tiny", "input": []int{1, 2}})
		}},
		{"mcp", func() { // its answers are held to the protocol in e2e/service
			p.call(400, "POST", "/mcp", object{"jsonrpc": "2.0"})
			p.joins("POST", "/mcp", "POST /mcp", []byte(`{"jsonrpc":"2.0"}`))
		}},
		{"mcpStream", func() { p.call(405, "GET", "/mcp", nil) }},
		{"listTasks", func() {
			assert.JSONEq(p.t, `{"tasks":[]}`, string(p.call(200, "GET", v1("/tasks?state=dead"), nil)))
			p.call(422, "GET", v1("/tasks?state=asleep"), nil)
			p.call(422, "GET", v1("/tasks?limit=501"), nil)
		}},
		{"getTask", func() {
			p.call(404, "GET", v1("/tasks/999"), nil)
			p.call(422, "GET", v1("/tasks/x"), nil)
		}},
		{"cancelTask", func() { p.call(404, "POST", v1("/tasks/999/cancel"), nil) }}, // what they do: TestProgramsSeeRepeatAndCancelTasks
		{"retryTask", func() { p.call(404, "POST", v1("/tasks/999/retry"), nil) }},
		{"addFile", func() {
			p.call(400, "POST", v1("/files"), nil)
			file = read[files.File](p, 201, "POST", v1("/files?name=note.json"), object{"a": "b"})
			assert.Equal(p.t, "application/json", file.Type)
		}},
		{"listFiles", func() {
			assert.Contains(p.t, string(p.call(200, "GET", v1("/files?limit=1"), nil)), file.ID)
			p.call(422, "GET", v1("/files?limit=0"), nil)
			p.call(400, "GET", v1("/files?after=x"), nil)
		}},
		{"getFile", func() {
			assert.Equal(p.t, file, read[files.File](p, 200, "GET", v1("/files/%s", file.ID), nil))
			p.call(404, "GET", v1("/files/none"), nil)
		}},
		{"getFileContent", func() { // what else it does: TestAFileIsGivenAsNothingButBytes
			assert.Equal(p.t, `{"a":"b"}`, string(p.call(200, "GET", v1("/files/%s/content", file.ID), nil)))
			p.call(404, "GET", v1("/files/none/content"), nil)
		}},
		{"deleteFile", func() {
			p.call(204, "DELETE", v1("/files/%s", file.ID), nil)
			p.call(404, "DELETE", v1("/files/%s", file.ID), nil)
		}},
		{"removeService", func() { p.call(204, "DELETE", v1("/services/%s", added.ID), nil) }},
		{"endSession", func() { p.call(204, "DELETE", "/api/auth/session", nil) }},
		{"stop", func() { p.call(200, "POST", "/api/stop", nil) }},
	}
}

// text follows a run to its end and gives what it said.
func text(p *program, id string) (whole string) {
	p.t.Helper()
	for _, d := range deltas(p, id, 0) {
		whole += d.Text
	}
	return whole
}

// deltas follows a run from after a delta to its end.
func deltas(p *program, id string, from int64) (all []run.Delta) {
	p.t.Helper()
	got := p.call(http.StatusOK, "GET", fmt.Sprintf("/api/v1/runs/%s/deltas?from=%d", id, from), nil)
	for _, event := range strings.Split(strings.TrimSpace(string(got)), "\n\n") {
		lines := strings.Split(event, "\n")
		require.Len(p.t, lines, 3, event)
		require.Equal(p.t, "event: delta", lines[1])
		var d run.Delta
		require.NoError(p.t, json.Unmarshal([]byte(strings.TrimPrefix(lines[2], "data: ")), &d))
		require.Equal(p.t, fmt.Sprintf("id: %d", d.N), lines[0])
		all = append(all, d)
	}
	require.True(p.t, all[len(all)-1].State.Ended(), "the stream ends with the run")
	return all
}
