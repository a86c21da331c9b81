package run

import (
	"encoding/binary"
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// Bounds of one answer. Past denseMarks deltas, further ones are gathered until they hold sparseBytes, so that the marks of
// a long answer stay small beside its text.
const (
	maxAnswer   = 8 << 20
	maxCalls    = 1024
	denseMarks  = 32 << 10
	sparseBytes = 256
	maxMarks    = denseMarks + maxAnswer/sparseBytes + 2
)

// tape is everything a run has said: the text whole, and for each delta a mark where it ended. A reader at any number can
// thus be given all that follows as one delta, which is how slow readers cost no memory.
type tape struct {
	text     strings.Builder
	thinking strings.Builder
	calls    []service.ToolCall
	marks    []mark
	loose    int // bytes that no mark covers yet
}

// mark is the length of each part after a delta.
type mark struct{ text, thinking, calls uint32 }

// n is the number of the newest delta.
func (t *tape) n() int64 { return int64(len(t.marks)) }

// add appends what a delta says and reports whether it became a delta of its own. fault.Exhausted when the answer is too
// long; it is then not added.
func (t *tape) add(d service.ChatDelta) (bool, error) {
	size := len(d.Text) + len(d.Thinking)
	for _, call := range d.ToolCalls {
		size += len(call.Name) + len(call.Arguments)
	}
	if size == 0 && len(d.ToolCalls) == 0 {
		return false, nil
	}
	if t.text.Len()+t.thinking.Len()+size > maxAnswer || len(t.calls)+len(d.ToolCalls) > maxCalls {
		return false, fault.New(fault.Exhausted, "the answer grew over %d MB and was stopped", maxAnswer>>20).
			WithRemedy("ask for less at a time")
	}
	t.text.WriteString(d.Text)
	t.thinking.WriteString(d.Thinking)
	t.calls = append(t.calls, d.ToolCalls...)
	t.loose += size
	if len(t.marks) >= denseMarks && t.loose < sparseBytes {
		return false, nil
	}
	t.mark()
	return true, nil
}

// mark ends a delta here.
func (t *tape) mark() {
	t.loose = 0
	t.marks = append(t.marks, t.end())
}

func (t *tape) end() mark {
	return mark{uint32(t.text.Len()), uint32(t.thinking.Len()), uint32(len(t.calls))} //nolint:gosec // bounded by maxAnswer
}

// after merges all deltas after from into one; its N is the newest. A from that is out of range gives no text.
func (t *tape) after(from int64) Delta {
	var start mark
	switch {
	case from > t.n():
		return Delta{N: t.n()}
	case from > 0:
		start = t.marks[from-1]
	}
	end := mark{}
	if len(t.marks) > 0 {
		end = t.marks[len(t.marks)-1]
	}
	return Delta{
		N:         t.n(),
		Text:      t.text.String()[start.text:end.text],
		Thinking:  t.thinking.String()[start.thinking:end.thinking],
		ToolCalls: t.calls[start.calls:end.calls:end.calls],
	}
}

// packMarks writes marks as differences, three unsigned varints each: about three bytes a delta.
func packMarks(marks []mark) []byte {
	out := make([]byte, 0, 3*len(marks))
	var last mark
	for _, m := range marks {
		out = binary.AppendUvarint(out, uint64(m.text-last.text))
		out = binary.AppendUvarint(out, uint64(m.thinking-last.thinking))
		out = binary.AppendUvarint(out, uint64(m.calls-last.calls))
		last = m
	}
	return out
}

// unpack makes the tape of a saved run. Marks that do not fit the text are dropped: the whole is then one delta with the
// saved number, and a reader in the middle gets the end only.
func unpack(s Saved) *tape {
	t := &tape{calls: s.Delta.ToolCalls}
	t.text.WriteString(s.Delta.Text)
	t.thinking.WriteString(s.Delta.Thinking)
	t.marks = unpackMarks(s.Marks, t.end())
	n := min(max(s.Delta.N, 0), maxMarks)
	if int64(len(t.marks)) != n {
		t.marks = make([]mark, n)
		for i := range t.marks {
			t.marks[i] = t.end()
		}
	}
	return t
}

func unpackMarks(packed []byte, end mark) (marks []mark) {
	var at [3]uint64
	limit := [3]uint64{uint64(end.text), uint64(end.thinking), uint64(end.calls)}
	for len(packed) > 0 {
		for i := range at {
			step, size := binary.Uvarint(packed)
			if size <= 0 || step > limit[i] || at[i]+step > limit[i] {
				return nil
			}
			packed, at[i] = packed[size:], at[i]+step
		}
		marks = append(marks, mark{uint32(at[0]), uint32(at[1]), uint32(at[2])}) //nolint:gosec // at most limit
	}
	if len(marks) > 0 && marks[len(marks)-1] != end {
		return nil
	}
	return marks
}
