package painter

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/companion/painter/paintertest"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
)

// Whatever a service sends or a task has kept is a picture or a fault with a remedy.
func FuzzJudge(f *testing.F) {
	whole := paintertest.Picture(16, 16)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(`{"image":"x","recipe":{"prompt":"a"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := judge(data, "it"); err != nil {
			assert.NotEmpty(t, fault.Public(err).Remedy)
		}
		if m, err := makingOf(queue.Task{Body: data}); err == nil {
			assert.EqualValues(t, 0, m.Task)
		}
	})
}
