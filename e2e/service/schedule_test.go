package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/cli"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/e2e/model"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
)

// home is a data directory, with a clock that a test sets, and the kai that runs on it.
type home struct {
	t     *testing.T
	dir   string
	kai   *app.App
	out   *transport.Transport
	ahead atomic.Int64 // of the real clock, in nanoseconds
}

// at sets the clock.
func (h *home) at(now time.Time) { h.ahead.Store(int64(time.Until(now))) }

// run starts kai at a time.
func (h *home) run(now time.Time) {
	h.t.Helper()
	h.at(now)
	dir, err := datadir.Open(h.dir)
	require.NoError(h.t, err)
	c := config.DefaultStandalone()
	c.Networking.Port, c.Services.Ollama = 0, false
	h.kai, err = app.New(app.Options{
		Dir: dir, Config: c, Transport: h.out, Version: "1.2.3", Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) },
	})
	require.NoError(h.t, err)
	require.NoError(h.t, h.kai.Start(h.t.Context()))
}

func (h *home) stop() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	assert.NoError(h.t, h.kai.Stop(ctx))
}

// command runs a command line, as a person does, and gives what it printed.
func (h *home) command(args ...string) string {
	h.t.Helper()
	var out, errs bytes.Buffer
	p := cli.Here("1.2.3")
	p.Environ, p.Stdout, p.Stderr = append(os.Environ(), "KAI_DATA="+h.dir), &out, &errs
	require.Zero(h.t, cli.Main(p, append([]string{"--data", h.dir}, args...)), errs.String())
	return out.String()
}

// api asks kai over HTTP, as a program of this user does.
func (h *home) api(method, path string, in, out any) {
	h.t.Helper()
	body, err := json.Marshal(in)
	require.NoError(h.t, err)
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.kai.URL()+path, bytes.NewReader(body))
	require.NoError(h.t, err)
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(h.command("token")))
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(h.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(h.t, err)
	require.Less(h.t, resp.StatusCode, 300, "%s %s: %s", method, path, text)
	require.NoError(h.t, json.Unmarshal(text, out))
}

// done waits until so many prompts are done, and gives the newest.
func (h *home) done(n int) queue.Task {
	h.t.Helper()
	var tasks []queue.Task
	require.Eventually(h.t, func() bool {
		require.NoError(h.t, json.Unmarshal([]byte(h.command("tasks", "list", "--kind", "prompt", "--json")), &tasks))
		return len(tasks) == n && tasks[0].State == queue.Done
	}, time.Minute, 50*time.Millisecond, "%+v", tasks)
	return tasks[0]
}

// answers are the answers of all conversations, each of which has one.
func (h *home) answers() (out []string) {
	h.t.Helper()
	var all assistant.ConversationPage
	h.api(http.MethodGet, "/api/v1/conversations", nil, &all)
	for _, c := range all.Conversations {
		var page assistant.MessagePage
		h.api(http.MethodGet, "/api/v1/messages?conversation="+c.ID, nil, &page)
		require.Len(h.t, page.Messages, 2)
		assert.Equal(h.t, "hello kai", page.Messages[0].Text)
		out = append(out, page.Messages[1].Text)
	}
	return out
}

// Every morning at 8 kai asks, by itself: a person says so once, and finds the answers of a real model.
func TestAPromptIsAskedEveryMorning(t *testing.T) {
	line := model.NewLine(t, model.Start(t))
	h := &home{t: t, dir: filepath.Join(t.TempDir(), "data"), out: transport.New("kAI/test")}
	t.Cleanup(h.out.Close)
	today := time.Now()
	eight := time.Date(today.Year(), today.Month(), today.Day()+1, 8, 0, 0, 0, time.Local)

	h.run(eight.Add(-time.Hour))
	h.api(http.MethodPost, "/api/v1/services", assistant.PutService{Kind: "ollama", Name: "Ollama", URL: line.URL}, &assistant.ServiceView{})
	said := h.command("schedule", "add", "0 8 * * *", "hello kai", "--name", "morning")
	assert.Equal(t, "morning comes next at "+eight.Format("2006-01-02 15:04:05")+".\n", said)
	h.at(eight)
	h.command("tasks", "backup") // kai looks at the clock every half minute, and whenever there is something to do
	task := h.done(1)
	assert.WithinDuration(t, eight, task.Begun, time.Minute)
	assert.Equal(t, []string{model.Answer("hello kai")}, h.answers())
	assert.Contains(t, h.command("tasks", "show", strconv.FormatInt(task.ID, 10)), "morning")
	h.stop()

	h.run(eight.Add(3*24*time.Hour + time.Hour)) // three mornings are missed
	h.done(2)
	assert.Equal(t, []string{model.Answer("hello kai"), model.Answer("hello kai")}, h.answers())
	assert.Contains(t, h.command("schedule", "list"), "next: "+eight.AddDate(0, 0, 4).Format("2006-01-02 15:04:05"))
	h.stop()
}
