package mode_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
)

func TestTheFiveModesInTheSpecificationsOrder(t *testing.T) {
	var names []string
	for _, info := range mode.All() {
		names = append(names, string(info.Mode)+" "+info.Complexity)
		assert.NotEmpty(t, info.About)
		assert.NotEmpty(t, info.Use)
	}
	assert.Equal(t, []string{"standalone low", "browser low", "embedded medium", "server medium", "cluster high"}, names)
}

func TestParseTakesExactlyTheNames(t *testing.T) {
	for _, info := range mode.All() {
		got, err := mode.Parse(string(info.Mode))
		require.NoError(t, err)
		assert.Equal(t, info.Mode, got)
	}
	for _, wrong := range []string{"", "Standalone", " browser", "desktop", "cluster\n"} {
		_, err := mode.Parse(wrong)
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), "%q", wrong)
		assert.Contains(t, fault.Public(err).Remedy, "standalone, browser, embedded, server, cluster")
	}
}

func TestNobodyCanChangeAnothersList(t *testing.T) {
	mode.All()[0].About = "changed"
	assert.NotEqual(t, "changed", mode.All()[0].About)
}
