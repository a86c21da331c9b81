package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/cache/redistest"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
)

// A Redis that goes and comes back is told of in the status; kai serves all the while.
func TestALostRedisDegradesAndRecovers(t *testing.T) {
	server := redistest.Start(t)
	a := open(t, t.TempDir(), func(o *app.Options) { o.Config.Storage.Cache, o.Redis = config.CacheRedis, server.Address() })
	state := func() driver.StepHealth { return stepOf(t, a.Health(t.Context()), driver.StepCache) }
	require.Eventually(t, func() bool { return state().State == driver.StateReady }, 10*time.Second, time.Millisecond)
	server.Kill()
	require.NoError(t, a.LookAtRedis(t.Context()), "as the driver does now and then")
	assert.Equal(t, driver.StateDegraded, state().State)
	assert.Contains(t, state().Detail, "kept in memory")
	assert.Contains(t, state().Detail, "start redis-server")
	assert.Equal(t, driver.StateDegraded, a.Health(t.Context()).State, "degraded, and serving")
	server.Restart()
	require.NoError(t, a.LookAtRedis(t.Context()))
	assert.Equal(t, []any{driver.StateReady, ""}, []any{state().State, state().Detail})
}

func TestWithoutRedisResultsAreInMemory(t *testing.T) {
	a := open(t, t.TempDir())
	assert.Equal(t, "in memory", stepOf(t, a.Health(t.Context()), driver.StepCache).Detail)
}
