package assistant

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
)

// mirror is a view that knows only what news tells it.
type mirror struct {
	mu   sync.Mutex // guards held
	held map[record.Key]Change
}

func (m *mirror) apply(n News) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n.Data.Reset {
		m.held = map[record.Key]Change{}
	}
	for _, c := range n.Data.Changes {
		if c.Version > m.held[c.Key()].Version {
			m.held[c.Key()] = c
		}
	}
}

// bodies lists the bodies of a kind that are not deleted, by id.
func (m *mirror) bodies(kind record.Kind) map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]string{}
	for key, c := range m.held {
		if key.Kind == kind && !c.Deleted {
			out[key.ID] = string(c.Body)
		}
	}
	return out
}

// step is one thing that a person does in a view: which, to which of the conversations, after how long.
type step struct {
	Do, Which int
	After     time.Duration
}

// person acts in one view, on whatever conversations it sees at the moment.
func (w *world) person(m *mirror, steps []step) {
	for i, s := range steps {
		time.Sleep(s.After)
		page, err := try[ConversationPage](w, MethodConversationList, ListConversations{})
		if err != nil || len(page.Conversations) == 0 || s.Do == 0 {
			_, _ = try[Sent](w, MethodMessageSend, Send{Text: fmt.Sprint("question ", i)})
			continue
		}
		id := page.Conversations[s.Which%len(page.Conversations)].ID
		switch s.Do {
		case 1, 2:
			_, _ = try[Sent](w, MethodMessageSend, Send{Text: fmt.Sprint("more ", i), Conversation: id})
		case 3:
			_, _ = try[Conversation](w, MethodConversationRename, Rename{id, fmt.Sprint("name ", i)})
		case 4:
			_, _ = try[Conversation](w, MethodConversationDelete, ByID{id})
		case 5:
			for other := range m.bodies(record.KindConversation) {
				_, _ = try[Conversation](w, MethodConversationRestore, ByID{other})
			}
		case 6:
			w.oneRun(func(r RunRecord) { _, _ = try[Empty](w, MethodRunStop, ByID{r.ID}) })
		case 7:
			w.oneRun(func(r RunRecord) { w.here.say(r.ID, fmt.Sprint("word ", i, " ")) })
		case 8:
			w.oneRun(func(r RunRecord) { w.here.end(r.ID, run.StateFailed) })
		case 9:
			for answer := range m.bodies(record.KindMessage) {
				_, _ = try[Sent](w, MethodRunRetry, Retry{ID: answer, Another: i%2 == 0})
			}
		case 10:
			for message := range m.bodies(record.KindMessage) {
				_, _ = try[Sent](w, MethodMessageSend, Send{Text: fmt.Sprint("rather ", i), Conversation: id, Edit: message})
			}
		case 11:
			for message := range m.bodies(record.KindMessage) {
				_, _ = try[Conversation](w, MethodConversationBranch, ChooseBranch{id, message})
			}
		}
	}
}

func (w *world) oneRun(do func(RunRecord)) {
	if runs := w.a.going(); len(runs) > 0 {
		do(runs[0])
	}
}

// apart says where a view and the store differ, "" when nowhere.
func (w *world) apart(m *mirror) string {
	visible := map[string]string{}
	for id, body := range m.bodies(record.KindConversation) {
		var c Conversation
		_ = json.Unmarshal([]byte(body), &c)
		if c.Trashed == "" {
			visible[id] = body
		}
	}
	page := ask[ConversationPage](w, MethodConversationList, ListConversations{Limit: maxRows})
	if len(page.Conversations) != len(visible) {
		return fmt.Sprintf("the view has %d conversations, the store %d", len(visible), len(page.Conversations))
	}
	seen := m.bodies(record.KindMessage)
	for _, c := range page.Conversations {
		if text, _ := json.Marshal(c); string(text) != visible[c.ID] {
			return fmt.Sprintf("conversation %s\n%s", text, visible[c.ID])
		}
		for _, msg := range w.messages(c.ID) {
			if text, _ := json.Marshal(msg); string(text) != seen[msg.ID] {
				return fmt.Sprintf("message\n%s\n%s", text, seen[msg.ID])
			}
			delete(seen, msg.ID)
		}
	}
	if len(seen) > 0 {
		return fmt.Sprintf("the view has messages of no conversation: %v", seen)
	}
	return ""
}

// Two people act at once in two views of one assistant. In the end both views, told by news alone, show what the store
// holds, no answer is left hanging, and what was deleted has left nothing behind.
func TestTwoViewsEndInOneState(t *testing.T) {
	steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{
			Do: rapid.IntRange(0, 11).Draw(t, "do"), Which: rapid.IntRange(0, 9).Draw(t, "which"),
			After: time.Duration(rapid.IntRange(0, 40).Draw(t, "after")) * 10 * time.Millisecond,
		}
	}), 0, 25)
	rapid.Check(t, func(rt *rapid.T) {
		acts := [2][]step{steps.Draw(rt, "one"), steps.Draw(rt, "two")}
		wrong := ""
		synctest.Test(t, func(t *testing.T) { wrong = twoViews(t, acts) })
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

func twoViews(t *testing.T, acts [2][]step) string {
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var views [2]*mirror
	var group sync.WaitGroup
	for i := range views {
		m := &mirror{held: map[record.Key]Change{}}
		views[i] = m
		go func() {
			_, _ = w.a.serve(ctx, call{MethodWatch, nil, func(_ context.Context, n any) error {
				m.apply(n.(News))
				return nil
			}})
		}()
	}
	synctest.Wait()
	for i, m := range views {
		group.Go(func() { w.person(m, acts[i]) })
	}
	group.Wait()
	for _, r := range w.a.going() {
		w.here.end(r.ID, run.StateDone)
	}
	time.Sleep(2 * UndoWindow)
	synctest.Wait()
	for _, m := range views {
		if wrong := w.apart(m); wrong != "" {
			return wrong
		}
	}
	if n := len(w.a.going()); n > 0 {
		return fmt.Sprintf("%d answers are still being made", n)
	}
	return ""
}
