package assistant

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
)

// asked gives what the model was asked in a run, as "role text" lines.
func (w *world) asked(id string) (out []string) {
	synctest.Wait()
	for _, m := range w.here.spec(id).Chat.Messages {
		out = append(out, m.Role+" "+m.Content)
	}
	return out
}

func TestAnEditedQuestionStandsBesideTheFirst(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		one := w.answered(Send{Text: "one"}, "uno")
		id := one.Conversation.ID
		two := w.answered(Send{Text: "two", Conversation: id}, "due")
		rather := w.answered(Send{Text: "zwei", Conversation: id, Edit: two.Message.ID}, "2")
		assert.Equal(t, []string{"user one", "assistant uno", "user zwei"}, w.asked(rather.Run))
		assert.Equal(t, two.Message.Parent, rather.Message.Parent)
		assert.Equal(t, one.Answer.ID, rather.Message.Parent)
		assert.Equal(t, rather.Message.ID, rather.Conversation.Branch)
		assert.Len(t, w.messages(id), 6, "nothing is lost")

		on := w.answered(Send{Text: "three", Conversation: id}, "drei")
		assert.Equal(t, []string{"user one", "assistant uno", "user zwei", "assistant 2", "user three"}, w.asked(on.Run))

		ask[Conversation](w, MethodConversationBranch, ChooseBranch{id, two.Message.ID})
		page := ask[MessagePage](w, MethodMessageList, ListMessages{Conversation: id})
		assert.Equal(t, two.Message.ID, page.Conversation.Branch)
		back := w.answered(Send{Text: "tre?", Conversation: id}, "si")
		assert.Equal(t, []string{"user one", "assistant uno", "user two", "assistant due", "user tre?"}, w.asked(back.Run))

		first := w.answered(Send{Text: "eins", Conversation: id, Edit: one.Message.ID}, "1")
		assert.Equal(t, []string{"user eins"}, w.asked(first.Run))
		assert.Equal(t, First, first.Message.Parent)
	})
}

func TestAnotherAnswerStandsBesideTheFirst(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		one := w.answered(Send{Text: "one"}, "uno")
		id := one.Conversation.ID
		other := ask[Sent](w, MethodRunRetry, Retry{ID: one.Answer.ID, Another: true})
		w.here.say(other.Run, "ein")
		w.here.end(other.Run, run.StateDone)
		assert.Equal(t, []string{"user one"}, w.asked(other.Run))
		assert.Equal(t, one.Answer.Parent, other.Answer.Parent)
		assert.Equal(t, one.Message.ID, other.Message.ID)
		assert.Equal(t, []string{"one", "uno", "ein"}, texts(w.messages(id)))

		on := w.answered(Send{Text: "two", Conversation: id}, "zwei")
		assert.Equal(t, []string{"user one", "assistant ein", "user two"}, w.asked(on.Run))
		_, err := try[Sent](w, MethodRunRetry, Retry{ID: one.Message.ID, Another: true})
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), "a question is no answer")
		_, err = try[Sent](w, MethodRunRetry, Retry{ID: one.Answer.ID})
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), "a whole answer is not replaced")
	})
}

func texts(messages []Message) (out []string) {
	for _, m := range messages {
		out = append(out, m.Text)
	}
	return out
}

func TestAConversationOfBeforeBranchesCanBeBranched(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		one := w.answered(Send{Text: "one"}, "uno")
		id := one.Conversation.ID
		two := w.answered(Send{Text: "two", Conversation: id}, "due")
		w.orphan(one.Message.ID, one.Answer.ID, two.Message.ID, two.Answer.ID)
		rather := w.answered(Send{Text: "zwei", Conversation: id, Edit: two.Message.ID}, "2")
		assert.Equal(t, []string{"user one", "assistant uno", "user zwei"}, w.asked(rather.Run))
		assert.Equal(t, one.Answer.ID, rather.Message.Parent)
		first := w.answered(Send{Text: "eins", Conversation: id, Edit: one.Message.ID}, "1")
		assert.Equal(t, First, first.Message.Parent)
		ask[Conversation](w, MethodConversationBranch, ChooseBranch{id, two.Answer.ID})
		on := w.answered(Send{Text: "three", Conversation: id}, "tre")
		assert.Equal(t, []string{"user one", "assistant uno", "user two", "assistant due", "user three"}, w.asked(on.Run))
	})
}

// orphan makes messages be as they were written before there were branches.
func (w *world) orphan(ids ...string) {
	require.NoError(w.t, w.a.lock(w.t.Context()))
	defer w.a.unlock()
	for _, id := range ids {
		m, err := get[Message](w.t.Context(), w.a, record.KindMessage, id)
		require.NoError(w.t, err)
		m.Body.Parent = ""
		_, err = w.a.commit(w.t.Context(), NewsData{}, draft{record.KindMessage, id, m.Body, m.Version})
		require.NoError(w.t, err)
	}
}

func TestWhatIsNotInTheConversationCannotBeEditedOrChosen(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		one, other := w.answered(Send{Text: "one"}, "uno"), w.answered(Send{Text: "other"}, "altro")
		id := one.Conversation.ID
		for name, c := range map[string]struct {
			in    Send
			field string
		}{
			"an answer":                    {Send{Text: "x", Conversation: id, Edit: one.Answer.ID}, "edit"},
			"a question of elsewhere":      {Send{Text: "x", Conversation: id, Edit: other.Message.ID}, "edit"},
			"nothing":                      {Send{Text: "x", Conversation: id, Edit: "none"}, "edit"},
			"a question of nowhere":        {Send{Text: "x", Edit: one.Message.ID}, "conversation"},
			"a question before all others": {Send{Text: "x", Conversation: id, Edit: "0"}, "edit"},
		} {
			_, err := try[Sent](w, MethodMessageSend, c.in)
			assert.Equal(t, fault.NotFound, fault.CodeOf(err), name)
			assert.Equal(t, c.field, fault.Public(err).Field, name)
		}
		for _, message := range []string{other.Answer.ID, "none", ""} {
			_, err := try[Conversation](w, MethodConversationBranch, ChooseBranch{id, message})
			assert.Equal(t, fault.NotFound, fault.CodeOf(err), message)
			assert.Equal(t, "message", fault.Public(err).Field)
		}
		assert.Len(t, w.messages(id), 2)
	})
}

// A device that was away renames a conversation which another has gone on with: what it wrote of the branch is old by
// then, and must not hide what came after.
func TestAnOldChoiceHidesNothingThatFollowedIt(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		one := w.answered(Send{Text: "one"}, "uno")
		id := one.Conversation.ID
		ask[Conversation](w, MethodConversationBranch, ChooseBranch{id, one.Answer.ID})
		two := w.answered(Send{Text: "two", Conversation: id}, "due")
		three := ask[Sent](w, MethodMessageSend, Send{Text: "three", Conversation: id})
		assert.Equal(t, []string{"user one", "assistant uno", "user two", "assistant due", "user three"}, w.asked(three.Run))
		assert.Equal(t, two.Answer.ID, three.Message.Parent)
	})
}

// The path that is picked while reading backwards is the one that a person would draw with the whole tree on the table.
func TestThePathIsThatOfTheTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tree := drawTree(t)
		through, end := "", ""
		if rapid.Bool().Draw(t, "chosen") {
			through = rapid.SampledFrom(tree).Draw(t, "through").ID
		} else if rapid.Bool().Draw(t, "ends") {
			end = rapid.SampledFrom(tree).Draw(t, "end").ID
		}
		p := path{through: through, want: end}
		var got []string
		for _, m := range slices.Backward(tree) {
			got = append(got, texts(p.next(m))...)
		}
		got = append(got, texts(p.rest())...)
		slices.Reverse(got)
		want := drawnPath(tree, through, end)
		if !slices.Equal(want, got) {
			t.Fatalf("through %q, end %q: want %v, got %v of %+v", through, end, want, got, tree)
		}
	})
}

// drawTree makes messages in the order of their ids, of which the first few may be of before there were branches.
func drawTree(t *rapid.T) (tree []Message) {
	old := rapid.IntRange(0, 3).Draw(t, "old")
	for i := range rapid.IntRange(1, 12).Draw(t, "messages") {
		m := Message{ID: fmt.Sprintf("%02d", i), Text: fmt.Sprintf("%02d", i)}
		if i >= old {
			m.Parent = First
			if at := rapid.IntRange(-1, i-1).Draw(t, "parent"); at >= 0 {
				m.Parent = tree[at].ID
			}
		}
		tree = append(tree, m)
	}
	return tree
}

func drawnPath(tree []Message, through, end string) (out []string) {
	parents, newest := map[string]string{}, First
	for i, m := range tree {
		parents[m.ID] = m.Parent
		if m.Parent == "" && i > 0 {
			parents[m.ID] = tree[i-1].ID
		}
	}
	if end != "" {
		newest = end
	} else {
		for _, m := range tree {
			for up := m.ID; up != First && up != ""; up = parents[up] {
				if through == "" || up == through {
					newest = m.ID
				}
			}
		}
	}
	for up := newest; up != First && up != ""; up = parents[up] {
		out = append(out, up)
	}
	slices.Reverse(out)
	return out
}

func TestAMissingMessageIsPassedOver(t *testing.T) {
	p := path{through: "5"}
	var got []string
	for _, m := range []Message{{ID: "7", Parent: "6"}, {ID: "6", Parent: "4"}, {ID: "3", Parent: "2"}, {ID: "1", Parent: First}} {
		for _, on := range p.next(m) {
			got = append(got, on.ID)
		}
	}
	assert.Equal(t, []string{"7", "6", "3", "1"}, got)
}
