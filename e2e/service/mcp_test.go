package service_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/model"
)

// bearer shows a token with every request.
type bearer string

// RoundTrip sends a request with the token.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// join connects the protocol's own client.
func join(t *testing.T, url, token string) (*mcp.ClientSession, error) {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	return client.Connect(t.Context(), &mcp.StreamableClientTransport{Endpoint: url + "/mcp", HTTPClient: &http.Client{Transport: bearer(token)}, MaxRetries: -1}, nil)
}

// uses calls a tool and reads its structured answer.
func uses[Out any](ctx context.Context, t *testing.T, s *mcp.ClientSession, tool string, in any) (out Out, result *mcp.CallToolResult) {
	t.Helper()
	result, err := s.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: in})
	require.NoError(t, err)
	text, err := json.Marshal(result.StructuredContent)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &out))
	return out, result
}

// TestAnotherAssistantUsesKai has the client of the protocol's own SDK ask, search and read, with a real model behind.
func TestAnotherAssistantUsesKai(t *testing.T) {
	server := model.Start(t)
	url, token := kai(t, server.URL)
	s, err := join(t, url, token)
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	listed, err := s.ListTools(t.Context(), nil)
	require.NoError(t, err)
	names := []string{}
	for _, tool := range listed.Tools {
		names = append(names, tool.Name)
	}
	assert.ElementsMatch(t, []string{"search", "read", "ask"}, names)

	asked, _ := uses[struct{ Answer, Conversation, Model string }](t.Context(), t, s, "ask", map[string]any{"text": "hello kai"})
	assert.Equal(t, model.Answer("hello kai"), asked.Answer)
	assert.Equal(t, model.Scripted+":latest", asked.Model)

	found, _ := uses[struct {
		Hits []struct{ Conversation, Title, Role, Snippet string }
	}](t.Context(), t, s, "search", map[string]any{"words": "hello kai"})
	require.NotEmpty(t, found.Hits)
	assert.Equal(t, asked.Conversation, found.Hits[0].Conversation)

	page, _ := uses[struct {
		Title    string
		Messages []struct{ Role, Text string }
	}](t.Context(), t, s, "read", map[string]any{"conversation": asked.Conversation})
	assert.Equal(t, "hello kai", page.Title)
	require.Len(t, page.Messages, 2)
	assert.Equal(t, "user", page.Messages[0].Role)
	assert.Equal(t, model.Answer("hello kai"), page.Messages[1].Text)

	wrong, err := s.CallTool(t.Context(), &mcp.CallToolParams{Name: "read", Arguments: map[string]any{"conversation": "none"}})
	require.NoError(t, err)
	assert.True(t, wrong.IsError, "a model reads what is wrong")
	assert.Contains(t, wrong.Content[0].(*mcp.TextContent).Text, "no such conversation")
}

// A caller that goes does not leave a model busy.
func TestAnotherAssistantThatGoesLetsTheModelGo(t *testing.T) {
	server := model.Start(t)
	line := model.NewLine(t, server)
	url, token := kai(t, line.URL)
	s, err := join(t, url, token)
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = s.CallTool(ctx, &mcp.CallToolParams{Name: "ask", Arguments: map[string]any{"text": "count without end"}})
	}()
	require.Eventually(t, func() bool {
		for _, seen := range line.Requests() {
			if seen.Path == "/api/chat" {
				return true
			}
		}
		return false
	}, 20*time.Second, 10*time.Millisecond)
	cancel()
	<-ended
	within, done := context.WithTimeout(t.Context(), 20*time.Second)
	defer done()
	asked, _ := uses[struct{ Answer string }](within, t, s, "ask", map[string]any{"text": "hello kai"})
	assert.Equal(t, model.Answer("hello kai"), asked.Answer)
}

// Who has no token is not told even which tools there are.
func TestNoOtherAssistantComesInWithoutTheToken(t *testing.T) {
	server := model.Start(t)
	url, _ := kai(t, server.URL)
	_, err := join(t, url, "wrong")
	require.Error(t, err)
	assert.Contains(t, err.Error(), "Unauthorized")
}
