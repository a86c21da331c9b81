package update_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/update"
	"github.com/kindos/kai/shared/fault"
)

// note keeps the last note of a task.
type note struct{ text json.RawMessage }

func (n *note) KeepProgress(int64, queue.Progress) {}
func (n *note) KeepNote(_ context.Context, _ int64, text json.RawMessage) error {
	n.text = text
	return nil
}

// The daily task installs when nobody waits for an answer; what stands in the way is noted, and is no failure of the task.
func TestTheDailyLookWaitsUntilKaiIsIdle(t *testing.T) {
	h := newHouse(t)
	idle, told, kept := false, 0, &note{}
	look := func() error {
		return chores.Updates{
			Updater:   func() (update.Updater, error) { return h.updater, nil },
			Idle:      func(context.Context) (bool, error) { return idle, nil },
			Installed: func() { told++ },
		}.Kind().Do(t.Context(), queue.NewWork(queue.Task{}, kept))
	}
	require.NoError(t, look())
	assert.Contains(t, string(kept.text), `"problem":"the server of updates answers 404`)
	assert.NotEmpty(t, h.state().Problem)
	h.publish(h.store.key)
	assert.Equal(t, fault.Unavailable, fault.CodeOf(look()), "it is tried again")
	assert.Equal(t, "1.0.0", h.version())
	idle = true
	require.NoError(t, look())
	assert.JSONEq(t, `{"verdict":"available","version":"1.1.0","installed":true}`, string(kept.text))
	assert.Equal(t, []any{"1.1.0", 1}, []any{h.version(), told})
	h.updater.Version = "1.1.0"
	require.NoError(t, look())
	assert.JSONEq(t, `{"verdict":"current","version":"1.1.0"}`, string(kept.text))
	assert.Equal(t, 1, told)
}
