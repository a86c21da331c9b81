package model_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/model"
)

type line struct {
	Message struct {
		Content   string `json:"content"`
		Thinking  string `json:"thinking"`
		ToolCalls []struct {
			Function struct {
				Name string `json:"name"`
			} `json:"function"`
		} `json:"tool_calls"`
	} `json:"message"`
	Done  bool   `json:"done"`
	Error string `json:"error"`
}

// ask streams one answer of the real server.
func ask(t *testing.T, s *model.Server, body map[string]any) (text, thinking, tool string) {
	t.Helper()
	raw, err := json.Marshal(body)
	require.NoError(t, err)
	resp, err := http.Post(s.URL+"/api/chat", "application/json", bytes.NewReader(raw))
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	scan := bufio.NewScanner(resp.Body)
	for scan.Scan() {
		var l line
		require.NoError(t, json.Unmarshal(scan.Bytes(), &l), scan.Text())
		require.Empty(t, l.Error)
		text, thinking = text+l.Message.Content, thinking+l.Message.Thinking
		for _, call := range l.Message.ToolCalls {
			tool = call.Function.Name
		}
	}
	return text, thinking, tool
}

func chat(text string, extra map[string]any) map[string]any {
	body := map[string]any{"model": model.Scripted, "messages": []map[string]string{{"role": "user", "content": text}}}
	for k, v := range extra {
		body[k] = v
	}
	return body
}

func TestScriptedModel(t *testing.T) {
	s := model.Start(t)
	for _, trigger := range []string{"hello kai", "show me markdown", "say it in unicode", "tell me a story"} {
		t.Run(trigger, func(t *testing.T) {
			text, _, _ := ask(t, s, chat("Some page text. "+trigger, nil))
			require.Equal(t, model.Answer(trigger), text)
		})
	}
	t.Run("unknown text gets the fallback", func(t *testing.T) {
		text, _, _ := ask(t, s, chat("what is this?", nil))
		require.Equal(t, model.Fallback, text)
	})
	t.Run("thinking is told apart", func(t *testing.T) {
		text, thinking, _ := ask(t, s, chat("think about it", map[string]any{"think": true}))
		require.Equal(t, "The answer is 42!", text)
		require.Contains(t, thinking, "weigh the options")
	})
	t.Run("a tool is called", func(t *testing.T) {
		tools := []map[string]any{{"type": "function", "function": map[string]any{"name": "set_lamp", "parameters": map[string]any{"type": "object"}}}}
		_, _, tool := ask(t, s, chat("turn on the lamp", map[string]any{"tools": tools}))
		require.Equal(t, "set_lamp", tool)
	})
}
