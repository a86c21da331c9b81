package assistant

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/service"
)

func blobNamed(digit string) string { return "sha256:" + strings.Repeat(digit, 64) }

// gallery answers blob.get for what it has, in base64 by name.
type gallery map[string]string

func (g gallery) serve(_ context.Context, _ string, in json.RawMessage) (json.RawMessage, error) {
	var ask ByID
	if err := json.Unmarshal(in, &ask); err != nil {
		return nil, err
	}
	if data, ok := g[ask.ID]; ok {
		return json.Marshal(map[string]string{"data": data})
	}
	return nil, fault.New(fault.NotFound, "not here")
}

func shows(a, b string) []service.ChatMessage {
	return []service.ChatMessage{{Role: "user", Images: []string{a}}, {Role: "assistant"}, {Role: "user", Images: []string{b}}}
}

// What goes to a model of the pictures of a conversation, whose question has one and whose earlier turn has another.
func TestPicturesGoToAModelThatSees(t *testing.T) {
	here, gone := blobNamed("a"), blobNamed("b")
	all := gallery{here: "aGVyZQ=="}
	large := gallery{here: strings.Repeat("A", maxShown-100), gone: strings.Repeat("B", 200)}
	for name, c := range map[string]struct {
		kept  gallery
		sees  []string
		turns []service.ChatMessage
		want  [][]string // of each turn; nil: fails
		code  fault.Code
	}{
		"both":                           {all, []string{"completion", "vision"}, shows(here, here), [][]string{{"aGVyZQ=="}, nil, {"aGVyZQ=="}}, ""},
		"nothing is known of the model":  {all, nil, shows(here, here), [][]string{{"aGVyZQ=="}, nil, {"aGVyZQ=="}}, ""},
		"an earlier one is not here":     {all, nil, shows(gone, here), [][]string{nil, nil, {"aGVyZQ=="}}, ""},
		"the question's is not here":     {all, nil, shows(here, gone), nil, fault.NotFound},
		"the model sees nothing":         {all, []string{"completion"}, shows(here, here), nil, fault.Unsupported},
		"only earlier ones are not seen": {all, []string{"completion"}, shows(here, here)[:2], [][]string{nil, nil}, ""},
		"the newest have room first":     {large, nil, shows(gone, here), [][]string{nil, nil, {large[here]}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			show := func(context.Context, service.Spec, string) (service.Model, error) {
				return service.Model{Capabilities: c.sees}, nil
			}
			a := New(Deps{Gateway: &fakeGateway{show: show}, Blobs: c.kept.serve, Log: logs.Discard()})
			turns := slices.Clone(c.turns)
			err := a.showPictures(t.Context(), target{model: "m"}, turns)
			require.Equal(t, c.code, fault.CodeOf(err))
			for i, want := range c.want {
				assert.Equal(t, want, turns[i].Images, "turn %d", i)
			}
		})
	}
}

func TestAPictureIsNamedByWhatKeptIt(t *testing.T) {
	in := Send{Text: "look", Attachments: []Attachment{{Type: "image", Title: "a\nb.png", URL: "x", Text: "y", Blob: blobNamed("c")}}}
	require.NoError(t, checkSend(&in))
	assert.Equal(t, Attachment{Type: "image", Title: "a b.png", Blob: blobNamed("c")}, in.Attachments[0])
	bad := Send{Text: "look", Attachments: []Attachment{{Type: "image", Blob: "picture"}}}
	assert.Equal(t, "attachments[0].blob", fault.Public(checkSend(&bad)).Field)
	page := Send{Attachments: []Attachment{{Type: "page", Text: "x", Blob: blobNamed("c")}}}
	require.NoError(t, checkSend(&page))
	assert.Empty(t, page.Attachments[0].Blob, "a page is no picture")
}

func TestAPictureIsNoTextOfTheQuestion(t *testing.T) {
	m := Message{ID: "m", Role: "user", Text: "What is this?", Attachments: []Attachment{{Type: "image", Title: "a.png", Blob: blobNamed("c")}}}
	turns := turnsOf([]Message{m})
	assert.Equal(t, []service.ChatMessage{{Role: "user", Content: "What is this?", Images: []string{blobNamed("c")}}}, turns)
	assert.Equal(t, tokens("What is this?")+PictureTokens, turnTokens(turns[0]))
	assert.Empty(t, systemPrompt("", []Message{m}), "no rule about pages")
}

// Services take pictures of questions alone. Answers have some where they were imported.
func TestPicturesOfAnswersAreNotAsked(t *testing.T) {
	m := Message{ID: "m", Role: "assistant", Text: "Here it is.", Attachments: []Attachment{{Type: "image", Blob: blobNamed("c")}}}
	assert.Equal(t, []service.ChatMessage{{Role: "assistant", Content: "Here it is."}}, turnsOf([]Message{m}))
}

// Pictures of a conversation that can still be restored stay; those of one that cannot are looked for, and those of all.
func TestWhatIsErasedTakesItsPicturesAlong(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		var swept []time.Time
		w.a.deps.Blobs = func(_ context.Context, method string, in json.RawMessage) (json.RawMessage, error) {
			var sweep SweepBlobs
			require.Equal(t, BlobSweep, method)
			require.NoError(t, json.Unmarshal(in, &sweep))
			swept = append(swept, time.UnixMilli(sweep.Before))
			return nil, nil
		}
		sent := w.answered(Send{Text: "go"}, "y")
		ask[Conversation](w, MethodConversationDelete, ByID{sent.Conversation.ID})
		synctest.Wait()
		assert.Empty(t, swept)
		time.Sleep(UndoWindow + time.Second)
		synctest.Wait()
		require.Len(t, swept, 1)
		assert.False(t, swept[0].After(time.Now().Add(-UndoWindow)), "a picture put since may wait for its record")
		ask[Empty](w, MethodDataDeleteAll, Empty{})
		synctest.Wait()
		require.Len(t, swept, 2)
		assert.False(t, swept[1].Before(time.Now()), "no picture outlives everything")
	})
}
