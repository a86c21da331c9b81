package assistant

import (
	"context"
	"fmt"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/tool"
)

// The assistant's own tools. What people and models are told of them is in extension/views/kit/tools/own.ts.
const (
	toolTime      = "current_time"
	toolSearch    = "search_conversations"
	toolCalculate = "calculate"
	toolKnowledge = "search_knowledge"
)

const (
	foundByTool = 10  // hits of a search, which a model has to read
	citedText   = 300 // bytes of a passage that a view shows with its number
)

// own calls one of the assistant's own tools. Passages that it finds go into found, numbered from the one after cited on.
func (a *Assistant) own(ctx context.Context, name string, given map[string]any, cited int, found *[]string) (string, error) {
	switch name {
	case toolCalculate:
		expression, _ := given["expression"].(string)
		return tool.Calculate(expression)
	case toolKnowledge:
		words, _ := given["words"].(string)
		return a.passagesForModel(ctx, words, cited, found)
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

// passagesForModel finds passages in the person's documents, each with the number that it is cited by: the first one's is the one
// after cited. What a number stands for is in the list, since a document may hold any text.
func (a *Assistant) passagesForModel(ctx context.Context, words string, cited int, passages *[]string) (string, error) {
	if a.deps.Find == nil {
		return "", fault.New(fault.Unsupported, "no documents are kept here")
	}
	found, err := a.deps.Find(ctx, library.FindPassages{Words: words})
	out := ""
	for i := range found.Passages {
		p := &found.Passages[i]
		title := oneLine(p.Title + " " + p.Place)
		out += fmt.Sprintf("[%d] %s\n%s\n\n", cited+i+1, title, p.Text)
		*passages = append(*passages, p.ID+" "+title+"\n"+cutText(p.Text, citedText))
	}
	if out == "" {
		out = "Nothing was found in the person's documents. "
	}
	return out + found.Notice, err
}

// citedBefore counts the passages that have a number before a call of an answer, the last of the messages.
func citedBefore(messages []Message, call int) (n int) {
	last := len(messages) - 1
	if last > 0 {
		for _, at := range messages[last-1].Attachments {
			if at.Type == attachedPassage {
				n++
			}
		}
	}
	for i := range call {
		n += len(messages[last].Tools[i].Passages)
	}
	return n
}
