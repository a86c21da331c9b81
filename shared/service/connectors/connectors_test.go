package connectors_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/connectors"
)

func TestEveryKindTellsAPersonWhatItIs(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range connectors.Definitions() {
		assert.False(t, seen[d.Kind], "%s is listed twice", d.Kind)
		seen[d.Kind] = true
		assert.NotEmpty(t, d.Name)
		assert.Contains(t, d.Get, "https://")
		tidy, err := service.Address(d.DefaultURL)
		require.NoError(t, err)
		assert.Equal(t, tidy, d.DefaultURL)
		assert.Contains(t, d.New(service.Spec{URL: tidy}, nil).Capabilities(), service.CanChat)
	}
}
