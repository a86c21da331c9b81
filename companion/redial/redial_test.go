package redial_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/companion/redial"
)

// paused is how long a pause took.
func paused(ctx context.Context, tries *redial.Tries) time.Duration {
	before := time.Now()
	tries.Pause(ctx)
	return time.Since(before)
}

func TestPausesGrowUntilSomebodyIsMet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := redial.New()
		for _, seconds := range []int{1, 2, 4, 8, 16, 32, 64, 120, 120} {
			assert.Equal(t, time.Duration(seconds)*time.Second, paused(t.Context(), tries))
		}
		tries.Met()
		assert.Equal(t, time.Second, paused(t.Context(), tries))
	})
}

func TestTheBellAndTheEndCutAPauseShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := redial.New()
		tries.Hurry()
		tries.Hurry()
		assert.Zero(t, paused(t.Context(), tries), "it rang before")
		assert.Equal(t, 2*time.Second, paused(t.Context(), tries), "it rings once")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.Zero(t, paused(ctx, tries))
	})
}

func TestTheSameReasonIsNewsOnce(t *testing.T) {
	tries := redial.New()
	assert.NoError(t, tries.Why())
	assert.True(t, tries.Failed(errors.New("away")))
	assert.False(t, tries.Failed(errors.New("away")))
	assert.True(t, tries.Failed(errors.New("refused")))
	assert.EqualError(t, tries.Why(), "refused")
	tries.Met()
	assert.NoError(t, tries.Why())
	assert.True(t, tries.Failed(errors.New("refused")))
}
