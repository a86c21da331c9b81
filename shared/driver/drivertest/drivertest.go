// Package drivertest is the whole test of a driver: what every mode promises about starting, health and stopping.
//
// Used by tests only. Imports shared/driver, shared/fault and testify.
package drivertest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
)

// Make builds a fresh driver over fresh storage; nothing has started yet.
type Make func(t *testing.T) driver.Driver

// Run holds a driver to the contract.
func Run(t *testing.T, fresh Make) {
	for _, c := range []struct {
		name string
		test func(*testing.T, driver.Driver)
	}{
		{"a new driver is stopped and does nothing", isStopped},
		{"start makes every needed step ready", startsReady},
		{"start twice is refused and harms nothing", startsOnce},
		{"stop may be repeated and needs no start", stopsAnyTime},
		{"start with an ended context leaves nothing running", respectsContext},
		{"every step of the health is in the mode's table", knowsItsSteps},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, fresh(t)) })
	}
}

func isStopped(t *testing.T, d driver.Driver) {
	assert.Equal(t, driver.StateStopped, d.Health(t.Context()).State)
	assert.NotEmpty(t, d.Mode())
}

func startsReady(t *testing.T, d driver.Driver) {
	require.NoError(t, d.Start(t.Context()))
	defer stop(t, d)
	for _, s := range d.Health(t.Context()).Steps {
		if !s.Optional {
			assert.Equal(t, driver.StateReady, s.State, "%s: %s", s.Step, s.Detail)
		}
	}
}

func startsOnce(t *testing.T, d driver.Driver) {
	require.NoError(t, d.Start(t.Context()))
	defer stop(t, d)
	assert.Equal(t, fault.Conflict, fault.CodeOf(d.Start(t.Context())))
	assert.NotEqual(t, driver.StateStopped, d.Health(t.Context()).State)
}

func stopsAnyTime(t *testing.T, d driver.Driver) {
	stop(t, d)
	require.NoError(t, d.Start(t.Context()))
	stop(t, d)
	stop(t, d)
	assert.Equal(t, driver.StateStopped, d.Health(t.Context()).State)
}

func respectsContext(t *testing.T, d driver.Driver) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, d.Start(ended))
	assert.NotEqual(t, driver.StateReady, d.Health(t.Context()).State)
	stop(t, d)
}

func knowsItsSteps(t *testing.T, d driver.Driver) {
	require.NoError(t, d.Start(t.Context()))
	defer stop(t, d)
	known := map[string]bool{}
	for _, s := range driver.Steps(d.Mode()) {
		known[s.Name] = true
	}
	for _, s := range d.Health(t.Context()).Steps {
		assert.True(t, known[s.Step], s.Step)
	}
}

// stop stops within a bound.
func stop(t *testing.T, d driver.Driver) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
	defer cancel()
	require.NoError(t, d.Stop(ctx))
}
