package assistant

import (
	"context"
	"fmt"

	"github.com/kindos/kai/shared/fault"
)

// The assistant's own tools. What people and models are told of them is in extension/views/kit/tools/own.ts.
const (
	toolTime   = "current_time"
	toolSearch = "search_conversations"
)

const foundByTool = 10 // hits of a search, which a model has to read

// own calls one of the assistant's own tools.
func (a *Assistant) own(ctx context.Context, name string, given map[string]any) (string, error) {
	switch name {
	case toolTime:
		return a.deps.Now().Local().Format("Monday, 2 January 2006, 15:04:05 MST (UTC-07:00)"), nil
	case toolSearch:
		words, _ := given["words"].(string)
		return a.searchForModel(ctx, words)
	}
	return "", fault.New(fault.NotFound, "there is no tool %.80q", name)
}

// searchForModel puts hits into lines.
func (a *Assistant) searchForModel(ctx context.Context, words string) (string, error) {
	found, err := a.search(ctx, Search{Words: words, Limit: foundByTool})
	out := ""
	for i := range found.Hits {
		h := &found.Hits[i]
		out += fmt.Sprintf("%.10s %q %s: %s\n", h.Conversation.Updated, h.Conversation.Title, h.Role, oneLine(h.Snippet))
	}
	if out == "" {
		out = "Nothing was found. All words must occur in one message: try fewer."
	}
	return out, err
}
