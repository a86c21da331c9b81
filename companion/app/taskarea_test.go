package app_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/queue"
)

type taskPage struct {
	Tasks []queue.Task `json:"tasks"`
	Next  int64        `json:"next"`
}

// Programs can do with tasks what kai tasks can, and every answer is as the document says.
func TestProgramsSeeRepeatAndCancelTasks(t *testing.T) {
	dir, hold := t.TempDir(), make(chan struct{})
	a := open(t, dir)
	connected(t, a, dir, ollama(t, hold))
	p := newProgram(t, a, dir)
	p.check = newContract(t, p.call(http.StatusOK, "GET", "/openapi.json", nil))
	peer, name := hosted(t, dir), planned(t, dir).Name
	first := call[queue.Task](t, peer, app.MethodSchedulesRun, app.ScheduleName{Name: name})
	taskUntil(t, dir, first.ID, func(t queue.Task) bool { return t.Progress != nil })
	one := fmt.Sprintf("/api/v1/tasks/%d", first.ID)

	running := read[taskPage](p, 200, "GET", "/api/v1/tasks?state=running&kind=prompt", nil)
	require.Len(t, running.Tasks, 1)
	assert.Empty(t, running.Tasks[0].Body, "a list tells no questions")
	assert.Contains(t, string(read[queue.Task](p, 200, "GET", one, nil).Body), daily)
	p.call(409, "POST", one+"/retry", nil)
	assert.True(t, read[queue.Task](p, 200, "POST", one+"/cancel", nil).Canceled)
	taskUntil(t, dir, first.ID, in(queue.Canceled))
	p.call(409, "POST", one+"/cancel", nil)
	close(hold)
	read[queue.Task](p, 200, "POST", one+"/retry", nil)
	taskUntil(t, dir, first.ID, in(queue.Done))

	second := call[queue.Task](t, peer, app.MethodSchedulesRun, app.ScheduleName{Name: name})
	newest := read[taskPage](p, 200, "GET", "/api/v1/tasks?kind=prompt&limit=1", nil)
	require.Len(t, newest.Tasks, 1)
	assert.Equal(t, []int64{second.ID, second.ID}, []int64{newest.Tasks[0].ID, newest.Next})
	last := read[taskPage](p, 200, "GET", fmt.Sprintf("/api/v1/tasks?kind=prompt&limit=1&before=%d", newest.Next), nil)
	require.Len(t, last.Tasks, 1)
	assert.Equal(t, []int64{first.ID, 0}, []int64{last.Tasks[0].ID, last.Next}, "nothing comes after the last page")
}
