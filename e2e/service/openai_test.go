package service_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/e2e/model"
	"github.com/kindos/kai/shared/config"
)

// kai runs a whole kai that is connected to a model server, and gives its address and token.
func kai(t *testing.T, server string) (url, token string) {
	t.Helper()
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	c := config.DefaultStandalone()
	c.Networking.Port, c.Services.Ollama = 0, false
	out := transport.New("kAI/test")
	t.Cleanup(out.Close)
	a, err := app.New(app.Options{Dir: dir, Config: c, Transport: out, Version: "1.2.3", Log: slog.New(slog.DiscardHandler), Now: time.Now})
	require.NoError(t, err)
	require.NoError(t, a.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		assert.NoError(t, a.Stop(ctx))
	})
	token, err = dir.Token()
	require.NoError(t, err)
	connect(t, a.URL(), token, server)
	return a.URL(), token
}

// TestOpenAIsOwnClient has the client that OpenAI publishes use a real model through kai.
func TestOpenAIsOwnClient(t *testing.T) {
	server := model.Start(t)
	url, token := kai(t, server.URL)
	client := openai.NewClient(option.WithBaseURL(url+"/v1"), option.WithAPIKey(token), option.WithMaxRetries(0))
	for name, test := range map[string]func(*testing.T, openai.Client){
		"models are listed":                        listsModels,
		"an answer comes whole":                    answersWhole,
		"an answer comes in pieces":                answersInPieces,
		"a tool is called and answered":            callsATool,
		"texts become vectors":                     embeds,
		"what is wrong is told":                    tellsWhatIsWrong,
		"the model is let go when the client goes": letsGo,
	} {
		t.Run(name, func(t *testing.T) { test(t, client) })
	}
	t.Run("nobody else is served", func(t *testing.T) {
		stranger := openai.NewClient(option.WithBaseURL(url+"/v1"), option.WithAPIKey("wrong"), option.WithMaxRetries(0))
		_, err := stranger.Models.List(t.Context())
		var refused *openai.Error
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, http.StatusUnauthorized, refused.StatusCode)
	})
}

func question(text string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{Model: model.Scripted, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(text)}}
}

func listsModels(t *testing.T, client openai.Client) {
	page, err := client.Models.List(t.Context())
	require.NoError(t, err)
	require.Len(t, page.Data, 1)
	assert.Equal(t, model.Scripted+":latest", page.Data[0].ID)
	assert.Equal(t, "Ollama", page.Data[0].OwnedBy)
}

func answersWhole(t *testing.T, client openai.Client) {
	in := question("hello kai")
	got, err := client.Chat.Completions.New(t.Context(), in)
	require.NoError(t, err)
	require.Len(t, got.Choices, 1)
	assert.Equal(t, model.Answer("hello kai"), got.Choices[0].Message.Content)
	assert.Equal(t, "stop", got.Choices[0].FinishReason)
	assert.Positive(t, got.Usage.CompletionTokens)
	in = question("tell me a story")
	in.MaxTokens = openai.Int(3)
	got, err = client.Chat.Completions.New(t.Context(), in)
	require.NoError(t, err)
	assert.Equal(t, "length", got.Choices[0].FinishReason, "the limit is passed on")
	in = question("tell me a story")
	in.Stop = openai.ChatCompletionNewParamsStopUnion{OfString: openai.String("Sentence 2")}
	got, err = client.Chat.Completions.New(t.Context(), in)
	require.NoError(t, err)
	assert.Equal(t, "Sentence 1 of the story. ", got.Choices[0].Message.Content, "the word to stop at is passed on")
}

func answersInPieces(t *testing.T, client openai.Client) {
	in := question("think about it")
	in.ReasoningEffort = shared.ReasoningEffortLow
	in.StreamOptions.IncludeUsage = openai.Bool(true)
	stream := client.Chat.Completions.NewStreaming(t.Context(), in)
	var whole openai.ChatCompletionAccumulator
	pieces := 0
	for stream.Next() {
		require.True(t, whole.AddChunk(stream.Current()), "the pieces belong together")
		pieces++
	}
	require.NoError(t, stream.Err())
	assert.Greater(t, pieces, 3)
	assert.Equal(t, "The answer is 42!", whole.Choices[0].Message.Content)
	assert.Equal(t, "stop", whole.Choices[0].FinishReason)
	assert.Positive(t, whole.Usage.CompletionTokens)
}

func callsATool(t *testing.T, client openai.Client) {
	in := question("turn on the lamp")
	in.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
		Name: "set_lamp", Parameters: shared.FunctionParameters{"type": "object", "properties": map[string]any{"room": map[string]any{"type": "string"}, "on": map[string]any{"type": "boolean"}}},
	})}
	for _, streamed := range []bool{false, true} {
		said := complete(t, client, in, streamed)
		assert.Equal(t, "tool_calls", said.FinishReason)
		require.Len(t, said.Message.ToolCalls, 1)
		call := said.Message.ToolCalls[0]
		assert.Equal(t, "set_lamp", call.Function.Name)
		assert.JSONEq(t, `{"room":"kitchen","on":true}`, call.Function.Arguments)
		next := in
		next.Messages = append(next.Messages, said.Message.ToParam(), openai.ToolMessage("ok", call.ID))
		assert.Equal(t, model.Answer("<|toolresult|>"), complete(t, client, next, streamed).Message.Content)
	}
}

// complete has a question answered, in pieces or whole.
func complete(t *testing.T, client openai.Client, in openai.ChatCompletionNewParams, streamed bool) openai.ChatCompletionChoice {
	t.Helper()
	if !streamed {
		got, err := client.Chat.Completions.New(t.Context(), in)
		require.NoError(t, err)
		return got.Choices[0]
	}
	var whole openai.ChatCompletionAccumulator
	stream := client.Chat.Completions.NewStreaming(t.Context(), in)
	for stream.Next() {
		require.True(t, whole.AddChunk(stream.Current()))
	}
	require.NoError(t, stream.Err())
	return whole.Choices[0]
}

func embeds(t *testing.T, client openai.Client) {
	in := openai.EmbeddingNewParams{Model: model.Scripted, Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"hello kai", "turn on the lamp"}}}
	got, err := client.Embeddings.New(t.Context(), in)
	require.NoError(t, err)
	require.Len(t, got.Data, 2)
	assert.NotEmpty(t, got.Data[0].Embedding)
	assert.NotEqual(t, got.Data[0].Embedding, got.Data[1].Embedding)
	assert.Equal(t, int64(1), got.Data[1].Index)
}

func tellsWhatIsWrong(t *testing.T, client openai.Client) {
	in := question("hello kai")
	in.Model = "nope"
	_, err := client.Chat.Completions.New(t.Context(), in)
	var refused *openai.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, http.StatusNotFound, refused.StatusCode)
	assert.Equal(t, "not_found", refused.Code)
	assert.Equal(t, "model", refused.Param)
	assert.Contains(t, refused.Message, "nope")
}

func letsGo(t *testing.T, client openai.Client) {
	ctx, cancel := context.WithCancel(t.Context())
	stream := client.Chat.Completions.NewStreaming(ctx, question("count without end"))
	for range 5 {
		require.True(t, stream.Next(), stream.Err())
	}
	cancel()
	require.NoError(t, stream.Close())
	within, done := context.WithTimeout(t.Context(), 20*time.Second)
	defer done()
	got, err := client.Chat.Completions.New(within, question("hello kai"))
	require.NoError(t, err, "the endless answer no longer keeps the model busy")
	assert.Equal(t, model.Answer("hello kai"), got.Choices[0].Message.Content)
}
