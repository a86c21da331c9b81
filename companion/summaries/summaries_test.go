package summaries_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/queue/local"
	"github.com/kindos/kai/companion/summaries"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// modelStandIn stands for the gateway to model servers. What it is asked waits for a word of the test.
type modelStandIn struct {
	service.Gateway
	mu     sync.Mutex // guards asked
	asked  []service.ChatRequest
	keys   []service.Secret
	answer func(ctx context.Context, n int) (string, error) // n counts from 1
}

func (m *modelStandIn) Chat(ctx context.Context, s service.Spec, r service.ChatRequest, emit func(service.ChatDelta) error) (service.ChatResult, error) {
	m.mu.Lock()
	m.asked, m.keys = append(m.asked, r), append(m.keys, s.Key)
	n := len(m.asked)
	m.mu.Unlock()
	text, err := m.answer(ctx, n)
	if err != nil {
		return service.ChatResult{}, err
	}
	return service.ChatResult{Reason: "stop"}, emit(service.ChatDelta{Text: text})
}

func (m *modelStandIn) questions() []service.ChatRequest {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]service.ChatRequest(nil), m.asked...)
}

// waiting writes nothing until nobody waits for it.
func waiting(ctx context.Context, _ int) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

// desk is a keeper with a queue.
type desk struct {
	t     *testing.T
	dir   string
	model *modelStandIn
	queue queue.Queue
	keep  *summaries.Keeper
	kept  chan assistant.SummaryEnd // what kai's own conversations were given
}

func newDesk(t *testing.T, answer func(ctx context.Context, n int) (string, error)) *desk {
	t.Helper()
	d := &desk{t: t, dir: t.TempDir(), model: &modelStandIn{answer: answer}, kept: make(chan assistant.SummaryEnd, 10)}
	d.start()
	t.Cleanup(func() { _ = d.queue.Close(context.Background()) })
	return d
}

func (d *desk) start() {
	d.keep = summaries.New(summaries.Options{
		Dir: d.folder(), Queue: func() (queue.Queue, error) { return d.queue, nil }, Gateway: d.model, Now: time.Now,
		Spec: func(_ context.Context, id string) (service.Spec, error) {
			return service.Spec{ID: id, Key: "kai's own key"}, nil
		},
		Keep: func(_ context.Context, conversation, _ string, end assistant.SummaryEnd) error {
			if conversation == "gone" {
				return fault.New(fault.NotFound, "it was deleted")
			}
			d.kept <- end
			return nil
		},
	})
	var err error
	d.queue, err = local.Open(d.t.Context(), filepath.Join(d.dir, "tasks.db"), local.Options{Kinds: []queue.Kind{d.keep.Kind()}, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	require.NoError(d.t, err)
	require.NoError(d.t, d.queue.Start(d.t.Context()))
}

// restart is the end of a kai and the start of the next.
func (d *desk) restart() {
	require.NoError(d.t, d.queue.Close(context.Background()))
	d.start()
}

func (d *desk) folder() string { return filepath.Join(d.dir, "summaries") }

func (d *desk) files() []os.DirEntry {
	files, _ := os.ReadDir(d.folder())
	return files
}

// browser asks as a browser does.
func (d *desk) browser() *summaries.Caller { return &summaries.Caller{Methods: d.keep.Methods()} }

func (d *desk) follow(c *summaries.Caller, id string) (end assistant.SummaryEnd, told []service.Progress, err error) {
	err = c.Stream(d.t.Context(), assistant.SummaryWrite, assistant.SummaryJob{ID: id}, func(text json.RawMessage) error {
		var p service.Progress
		told = append(told, p)
		return json.Unmarshal(text, &told[len(told)-1])
	}, &end)
	return end, told, err
}

// begins has a summary written and does not wait for it, as a view that is closed at once. One of kai's own goes when it has
// come, which may be before it is followed.
func (d *desk) begins(c *summaries.Caller, job assistant.SummaryJob) error {
	ctx, cancel := context.WithCancel(d.t.Context())
	err := c.Stream(ctx, assistant.SummaryWrite, job, func(json.RawMessage) error { cancel(); return nil }, &assistant.SummaryEnd{})
	if cancel(); fault.CodeOf(err) == fault.Canceled || fault.CodeOf(err) == fault.NotFound {
		return nil
	}
	return err
}

// job is one that takes two questions.
func job() assistant.SummaryJob {
	long := strings.Repeat("word ", 1200)
	return assistant.SummaryJob{
		ID: "w1", Conversation: "c1", Service: service.Spec{ID: "s1", Kind: "ollama", URL: "http://localhost:1", Key: "browser's key"}, Model: "m", Context: 4096,
		Messages: []string{"user: the cat is Ada " + long, "assistant: yes " + long}, Upto: "m2", Total: 2,
	}
}

func TestABrowsersSummaryIsWrittenAndFetched(t *testing.T) {
	d := newDesk(t, func(_ context.Context, n int) (string, error) { return []string{"cat", "cat Ada"}[n-1], nil })
	c := d.browser()
	require.NoError(t, d.begins(c, job()))
	end, _, err := d.follow(c, "w1")
	require.NoError(t, err)
	assert.Equal(t, assistant.SummaryEnd{Summary: assistant.Summary{Text: "cat Ada", Upto: "m2"}}, end)
	asked := d.model.questions()
	require.Len(t, asked, 2)
	assert.Contains(t, asked[0].Messages[1].Content, "the cat is Ada")
	assert.Contains(t, asked[1].Messages[1].Content, "Notes of what came before:\ncat\n")
	assert.Equal(t, []service.Secret{"browser's key", "browser's key"}, d.model.keys)

	again, _, err := d.follow(c, "w1")
	require.NoError(t, err, "it waits until it is fetched")
	assert.Equal(t, end, again)
	require.NoError(t, c.Call(t.Context(), assistant.SummaryForget, assistant.ByID{ID: "w1"}, nil))
	assert.Empty(t, d.files())
	_, _, err = d.follow(c, "w1")
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
}

func TestAConversationOfKaisOwnGetsItsSummary(t *testing.T) {
	d := newDesk(t, func(context.Context, int) (string, error) { return "cat Ada", nil })
	own := d.keep.Own()
	require.NoError(t, d.begins(own, job()))
	assert.Equal(t, assistant.Summary{Text: "cat Ada", Upto: "m2"}, (<-d.kept).Summary)
	assert.Equal(t, service.Secret("kai's own key"), d.model.keys[0])
	require.Eventually(t, func() bool { return len(d.files()) == 0 }, 10*time.Second, time.Millisecond)

	gone := job()
	gone.Conversation = "gone"
	require.NoError(t, d.begins(own, gone))
	require.Eventually(t, func() bool { return len(d.files()) == 0 }, 10*time.Second, time.Millisecond, "one that was deleted leaves nothing")
}

func TestNoWordsAndNoKeysAreInTheQueue(t *testing.T) {
	d := newDesk(t, waiting)
	require.NoError(t, d.begins(d.browser(), job()))
	tasks, err := d.queue.List(t.Context(), queue.Filter{})
	require.NoError(t, err)
	require.Len(t, tasks, 1)
	assert.JSONEq(t, `{"writing":"w1"}`, string(tasks[0].Body))
	require.Len(t, d.files(), 1)
	text, err := os.ReadFile(filepath.Join(d.folder(), d.files()[0].Name()))
	require.NoError(t, err)
	assert.Contains(t, string(text), "Ada")
	assert.NotContains(t, string(text), "browser's key")
	info, err := d.files()[0].Info()
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestAKaiThatEndedGoesOnWhereItWas(t *testing.T) {
	second := make(chan struct{})
	d := newDesk(t, func(_ context.Context, n int) (string, error) {
		if n == 2 {
			close(second)
			return "", context.Canceled // kai ends in the middle of the second part
		}
		return "notes", nil
	})
	own := job()
	require.NoError(t, d.begins(d.keep.Own(), own))
	<-second
	d.restart()
	assert.Equal(t, "notes", (<-d.kept).Text)
	asked := d.model.questions()
	require.Len(t, asked, 3)
	assert.Contains(t, asked[2].Messages[1].Content, "assistant: yes", "the first part is not read again")
	assert.NotContains(t, asked[2].Messages[1].Content, "the cat is Ada")
}

func TestWhatFailedIsToldAndBegunAgain(t *testing.T) {
	d := newDesk(t, func(_ context.Context, n int) (string, error) {
		if n == 1 {
			return "", fault.New(fault.Invalid, "the model is too small")
		}
		return "cat Ada", nil
	})
	c := d.browser()
	require.NoError(t, d.begins(c, job()))
	end, _, err := d.follow(c, "w1")
	require.NoError(t, err)
	require.NotNil(t, end.Fault)
	assert.Equal(t, "the model is too small", end.Fault.Message)

	other := job()
	other.Model = "larger"
	require.NoError(t, d.begins(c, other))
	end, _, err = d.follow(c, "w1")
	require.NoError(t, err)
	assert.Equal(t, "cat Ada", end.Text)
	assert.Equal(t, "larger", d.model.questions()[1].Model)
	tasks, err := d.queue.List(t.Context(), queue.Filter{})
	require.NoError(t, err)
	assert.Len(t, tasks, 1, "it is the same task")
}

func TestAServerThatIsAwayIsTriedAgain(t *testing.T) {
	d := newDesk(t, func(_ context.Context, n int) (string, error) {
		if n == 1 {
			return "", errors.New("connection refused")
		}
		return "cat Ada", nil
	})
	c := d.browser()
	require.NoError(t, d.begins(c, job()))
	end, told, err := d.follow(c, "w1")
	require.NoError(t, err)
	assert.Equal(t, "cat Ada", end.Text)
	assert.Contains(t, told, service.Progress{Status: "again", Total: 2}, "whoever waits is told so")
}

func TestOneThatIsForgottenOrCanceledEnds(t *testing.T) {
	d := newDesk(t, waiting)
	c := d.browser()
	require.NoError(t, d.begins(c, job()))
	second := job()
	second.ID = "w2"
	require.NoError(t, d.begins(c, second))
	tasks, err := d.queue.List(t.Context(), queue.Filter{})
	require.NoError(t, err)
	require.NoError(t, c.Call(t.Context(), assistant.SummaryForget, assistant.ByID{ID: "w1"}, nil))
	_, err = d.queue.Cancel(t.Context(), tasks[0].ID) // the newest: w2, by kai tasks cancel
	require.NoError(t, err)
	end, _, err := d.follow(c, "w2")
	require.NoError(t, err)
	assert.Equal(t, fault.Canceled, end.Fault.Code)
	require.Eventually(t, func() bool {
		first, err := d.queue.Get(t.Context(), tasks[1].ID)
		return err == nil && first.State == queue.Canceled
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, c.Call(t.Context(), assistant.SummaryForget, assistant.ByID{ID: "unknown"}, nil))

	_, err = d.queue.Retry(t.Context(), tasks[1].ID)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		first, err := d.queue.Get(t.Context(), tasks[1].ID)
		return err == nil && first.State == queue.Dead && first.Fault.Code == fault.NotFound
	}, 10*time.Second, time.Millisecond, "nothing is left to do again, which is said")
}

func TestAKeyOfABrowserIsNotKeptOverARestart(t *testing.T) {
	d := newDesk(t, waiting)
	c := d.browser()
	require.NoError(t, d.begins(c, job()))
	require.Eventually(t, func() bool { return len(d.model.questions()) == 1 }, 10*time.Second, time.Millisecond)
	d.restart()
	end, _, err := d.follow(d.browser(), "w1")
	require.NoError(t, err)
	require.NotNil(t, end.Fault)
	assert.Equal(t, fault.Unauthorized, end.Fault.Code)
	assert.NotEmpty(t, end.Fault.Remedy)

	d.model.answer = func(context.Context, int) (string, error) { return "cat Ada", nil }
	require.NoError(t, d.begins(d.browser(), job()), "the browser asks again, and brings it along")
	end, _, err = d.follow(d.browser(), "w1")
	require.NoError(t, err)
	assert.Equal(t, "cat Ada", end.Text)
}

func TestBadJobsAreRefused(t *testing.T) {
	d := newDesk(t, func(context.Context, int) (string, error) { return "x", nil })
	for name, c := range map[string]struct {
		change func(*assistant.SummaryJob)
		field  string
	}{
		"no id":       {func(j *assistant.SummaryJob) { j.ID = "" }, "id"},
		"a long id":   {func(j *assistant.SummaryJob) { j.ID = strings.Repeat("x", 200) }, "id"},
		"no messages": {func(j *assistant.SummaryJob) { j.Messages = nil }, "messages"},
		"too much":    {func(j *assistant.SummaryJob) { j.Messages = []string{strings.Repeat("x", 33<<20)} }, "messages"},
	} {
		j := job()
		c.change(&j)
		err := d.begins(d.browser(), j)
		require.Error(t, err, name)
		assert.Equal(t, c.field, fault.Public(err).Field, name)
	}
	traversal := job()
	traversal.ID = "../../escaped"
	require.NoError(t, d.begins(d.browser(), traversal))
	_, _, err := d.follow(d.browser(), traversal.ID)
	require.NoError(t, err)
	assert.Len(t, d.files(), 1, "an id names no path")
}

func TestWhatNobodyFetchedGoesAfterAWeek(t *testing.T) {
	d := newDesk(t, func(context.Context, int) (string, error) { return "x", nil })
	require.NoError(t, d.begins(d.browser(), job()))
	_, _, err := d.follow(d.browser(), "w1")
	require.NoError(t, err)
	require.NoError(t, d.keep.Sweep())
	require.Len(t, d.files(), 1)
	old := time.Now().AddDate(0, 0, -8)
	require.NoError(t, os.Chtimes(filepath.Join(d.folder(), d.files()[0].Name()), old, old))
	require.NoError(t, d.keep.Sweep())
	assert.Empty(t, d.files())
}
