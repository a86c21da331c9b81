package chatapi

import (
	"encoding/json"

	"github.com/kindos/kai/shared/service"
)

// chunks writes the pieces of a streamed answer. All begin alike, so that beginning is written once: a piece costs little
// more than its text.
type chunks struct {
	head  []byte // up to the choices
	text  []byte // of the piece being written
	usage bool
	begun bool
	calls int
}

// delta is what a piece adds.
type delta struct {
	Role             string `json:"role,omitempty"`
	Content          string `json:"content,omitempty"`
	ReasoningContent string `json:"reasoning_content,omitempty"`
	ToolCalls        []Call `json:"tool_calls,omitempty"`
}

func newChunks(head Completion, usage bool) *chunks {
	text, _ := json.Marshal(struct { // plain data
		ID      string `json:"id"`
		Object  string `json:"object"`
		Created int64  `json:"created"`
		Model   string `json:"model"`
	}{head.ID, "chat.completion.chunk", head.Created, head.Model})
	return &chunks{head: text[:len(text)-1], usage: usage}
}

// each hands on the piece that a delta is.
func (c *chunks) each(d service.ChatDelta, send func([]byte) error) error {
	one := delta{Content: d.Text, ReasoningContent: d.Thinking, ToolCalls: callsOf(d.ToolCalls)}
	for i := range one.ToolCalls {
		at := c.calls
		one.ToolCalls[i].Index = &at
		c.calls++
	}
	if !c.begun {
		c.begun, one.Role = true, "assistant"
	}
	text, err := c.piece(one, "null")
	if err != nil {
		return err
	}
	return send(text)
}

// piece writes one; it holds until the next.
func (c *chunks) piece(d delta, reason string) ([]byte, error) {
	text, err := json.Marshal(d)
	c.text = append(append(c.text[:0], c.head...), `,"choices":[{"index":0,"delta":`...)
	c.text = append(append(c.text, text...), `,"logprobs":null,"finish_reason":`...)
	c.text = append(append(c.text, reason...), `}]}`...)
	return c.text, err
}

// last are the pieces after the last delta: why it ended, and what it took.
func (c *chunks) last(r service.ChatResult) [][]byte {
	reason, _ := json.Marshal(r.Reason)          // text
	end, _ := c.piece(delta{}, string(reason))   // plain data
	out := [][]byte{append([]byte(nil), end...)} // piece writes over it
	if c.usage {
		used, _ := json.Marshal(usageOf(r)) // plain data
		text := append(append([]byte(nil), c.head...), `,"choices":[],"usage":`...)
		out = append(out, append(append(text, used...), '}'))
	}
	return out
}
