package driver_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/mode"
)

func TestEveryModeHasStepsThatCanBeOrdered(t *testing.T) {
	for _, info := range mode.All() {
		steps := driver.Steps(info.Mode)
		require.NotEmpty(t, steps, info.Mode)
		ordered, err := driver.Order(steps)
		require.NoError(t, err, info.Mode)
		up := map[string]bool{}
		for _, s := range ordered {
			assert.NotEmpty(t, s.About, s.Name)
			for _, need := range s.Needs {
				assert.True(t, up[need], "%s: %s starts before %s", info.Mode, s.Name, need)
			}
			up[s.Name] = true
		}
	}
}

// A built step that needs one that is not would never start.
func TestBuiltStepsNeedOnlyBuiltSteps(t *testing.T) {
	for _, info := range mode.All() {
		built := map[string]bool{}
		for _, s := range driver.Steps(info.Mode) {
			built[s.Name] = s.Built
		}
		for _, s := range driver.Steps(info.Mode) {
			for _, need := range s.Needs {
				assert.True(t, !s.Built || built[need], "%s: %s", info.Mode, s.Name)
			}
		}
	}
}

func TestOrderRefusesCirclesAndStrangers(t *testing.T) {
	_, err := driver.Order([]driver.Step{{Name: "a", Needs: []string{"b"}}, {Name: "b", Needs: []string{"a"}}})
	assert.Error(t, err)
	_, err = driver.Order([]driver.Step{{Name: "a", Needs: []string{"nobody"}}})
	assert.Error(t, err)
}

func TestOneOptionalStepOnlyDegrades(t *testing.T) {
	for name, c := range map[string]struct {
		steps []driver.StepHealth
		want  driver.State
	}{
		"all well":          {[]driver.StepHealth{{State: driver.StateReady}, {State: driver.StateReady, Optional: true}}, driver.StateReady},
		"an optional fails": {[]driver.StepHealth{{State: driver.StateReady}, {State: driver.StateFailed, Optional: true}}, driver.StateDegraded},
		"a needed fails":    {[]driver.StepHealth{{State: driver.StateFailed}, {State: driver.StateReady}}, driver.StateFailed},
		"still starting":    {[]driver.StepHealth{{State: driver.StateStarting}, {State: driver.StateReady}}, driver.StateStarting},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, driver.Summarize(mode.Standalone, c.steps).State)
		})
	}
}

func TestModesThatRunToday(t *testing.T) {
	assert.True(t, driver.Runs(mode.Standalone))
	assert.True(t, driver.Runs(mode.Browser))
	for _, m := range []mode.Mode{mode.Embedded, mode.Server, mode.Cluster, "nonsense"} {
		assert.False(t, driver.Runs(m), m)
	}
}
