package native_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// start runs kai by itself and waits until it is ready.
func (c *companion) start() *exec.Cmd {
	c.t.Helper()
	cmd := exec.Command(harness.Built(c.t, "kai"), "--data", c.data, "run", "--port", "0", "--set", "services.ollama=false")
	cmd.Env, cmd.Stderr = append(os.Environ(), "HOME="+c.home), os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(c.t, err)
	require.NoError(c.t, cmd.Start())
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "Stop with") {
			return cmd
		}
	}
	c.t.Fatal("kai did not become ready")
	return nil
}

// api asks the running kai over HTTP.
func (c *companion) api(method, path, body string, out any) {
	c.t.Helper()
	var status struct{ Process struct{ URL string } }
	require.NoError(c.t, json.Unmarshal([]byte(c.kai("status", "--json")), &status))
	r, err := http.NewRequestWithContext(c.t.Context(), method, status.Process.URL+"/api/v1"+path, bytes.NewReader([]byte(body)))
	require.NoError(c.t, err)
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(c.kai("token")))
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(c.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	require.Less(c.t, resp.StatusCode, 300, string(text))
	require.NoError(c.t, json.Unmarshal(text, out))
}

// task is what the test wants to know of one.
type task struct {
	ID       int64
	State    string
	Tries    int
	Progress *struct{ Done int }
}

// taskUntil waits for a task to be as wanted.
func (c *companion) taskUntil(id int64, wanted func(task) bool) (found task) {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		found = task{} // what is absent stays
		require.NoError(c.t, json.Unmarshal([]byte(c.kai("tasks", "show", strconv.FormatInt(id, 10), "--json")), &found))
		return wanted(found)
	}, harness.Patience, 50*time.Millisecond)
	return found
}

// Killed in the middle of a scheduled prompt, kai asks it again when it is back: one conversation, with the whole answer.
func TestAScheduledPromptSurvivesAKill(t *testing.T) {
	t.Parallel()
	l := model.NewLine(t, model.Shared())
	c := newCompanion(t)
	first := c.start()
	c.api(http.MethodPost, "/services", `{"kind":"ollama","name":"Ollama","url":"`+l.URL+`"}`, &struct{}{})
	c.kai("schedule", "add", "0 8 * * *", "tell me a story", "--name", "story")
	l.Hold(5)
	var added task
	require.NoError(t, json.Unmarshal([]byte(c.kai("schedule", "run", "story", "--json")), &added))
	c.taskUntil(added.ID, func(found task) bool { return found.Progress != nil && found.Progress.Done > 0 })
	require.NoError(t, first.Process.Kill())
	require.Error(t, first.Wait())
	l.Open()

	c.start() // c stops it
	found := c.taskUntil(added.ID, func(found task) bool { return found.State == "done" })
	require.Equal(t, 2, found.Tries)
	var all struct{ Conversations []struct{ ID string } }
	c.api(http.MethodGet, "/conversations", "", &all)
	require.Len(t, all.Conversations, 1)
	var page struct{ Messages []struct{ Role, Text string } }
	c.api(http.MethodGet, "/messages?conversation="+all.Conversations[0].ID, "", &page)
	require.Len(t, page.Messages, 2)
	require.Equal(t, []string{"tell me a story", model.Answer("tell me a story")}, []string{page.Messages[0].Text, page.Messages[1].Text})
	require.Contains(t, c.kai("schedule", "list"), "last: task "+strconv.FormatInt(added.ID, 10))
}
