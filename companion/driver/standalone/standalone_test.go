package standalone_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/driver/standalone"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/driver/drivertest"
	"github.com/kindos/kai/shared/fault"
)

// diary notes what the parts do, in order.
type diary struct{ lines []string }

// part makes a part that notes its starts and stops.
func (d *diary) part(step string, fails error) standalone.Part {
	return standalone.Part{
		Step:  step,
		Start: func(context.Context) error { d.lines = append(d.lines, "start "+step); return fails },
		Stop:  func(context.Context) error { d.lines = append(d.lines, "stop "+step); return nil },
	}
}

// build makes a driver of these parts.
func build(parts ...standalone.Part) *standalone.Driver {
	return standalone.New(parts, nil, slog.New(slog.DiscardHandler), time.Now)
}

func TestDriver(t *testing.T) {
	drivertest.Run(t, func(*testing.T) driver.Driver {
		var d diary
		return build(d.part(driver.StepStorage, nil), d.part(driver.StepServices, nil), d.part(driver.StepEngine, nil))
	})
}

func TestStepsFollowTheirDependenciesUpAndDown(t *testing.T) {
	var d diary
	m := build(d.part(driver.StepAPI, nil), d.part(driver.StepEngine, nil), d.part(driver.StepAssistant, nil), d.part(driver.StepServices, nil), d.part(driver.StepStorage, nil))
	require.NoError(t, m.Start(t.Context()))
	require.NoError(t, m.Stop(t.Context()))
	assert.Equal(t, []string{
		"start storage", "start services", "start engine", "start assistant", "start api",
		"stop api", "stop assistant", "stop engine", "stop services", "stop storage",
	}, d.lines)
}

func TestAHalfStartedModeIsTakenDown(t *testing.T) {
	var d diary
	m := build(d.part(driver.StepStorage, nil), d.part(driver.StepServices, nil), d.part(driver.StepEngine, fault.New(fault.Unavailable, "no luck")), d.part(driver.StepAssistant, nil))
	assert.Equal(t, fault.Unavailable, fault.CodeOf(m.Start(t.Context())))
	assert.Equal(t, []string{"start storage", "start services", "start engine", "stop services", "stop storage"}, d.lines)
	health := m.Health(t.Context())
	assert.Equal(t, driver.StateFailed, health.State)
	for _, step := range health.Steps {
		if step.Step == driver.StepEngine {
			assert.Equal(t, "no luck", step.Detail)
		}
	}
}

func TestOneBrokenOptionalServiceStopsNothing(t *testing.T) {
	var d diary
	asked := make(chan struct{})
	ollama := standalone.Part{Step: driver.StepOllama, Watch: func(context.Context) (string, error) {
		defer close(asked)
		return "", fault.New(fault.Unavailable, "nobody answers at localhost:11434")
	}}
	m := standalone.New([]standalone.Part{d.part(driver.StepStorage, nil), d.part(driver.StepServices, nil), ollama},
		map[string]string{"chroma": "not built yet"}, slog.New(slog.DiscardHandler), time.Now)
	require.NoError(t, m.Start(t.Context()))
	<-asked
	require.Eventually(t, func() bool { return m.Health(t.Context()).State == driver.StateDegraded }, 5*time.Second, time.Millisecond)
	for _, s := range m.Health(t.Context()).Steps {
		if s.Step == "chroma" {
			assert.Equal(t, "not built yet", s.Detail)
		}
	}
	require.NoError(t, m.Stop(t.Context()))
	assert.Contains(t, d.lines, "stop storage")
}

func TestAStepThatDoesNotStopKeepsNoOtherFromStopping(t *testing.T) {
	var d diary
	stuck := d.part(driver.StepServices, nil)
	stuck.Stop = func(context.Context) error { return errors.New("stuck") }
	m := build(d.part(driver.StepStorage, nil), stuck)
	require.NoError(t, m.Start(t.Context()))
	require.ErrorContains(t, m.Stop(t.Context()), "stuck")
	assert.Contains(t, d.lines, "stop storage")
	assert.Equal(t, driver.StateStopped, m.Health(t.Context()).State)
}
