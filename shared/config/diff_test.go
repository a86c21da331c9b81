package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/config"
)

func TestDiffListsWhatDiffersAndHidesSecrets(t *testing.T) {
	before, err := config.Resolve(config.DefaultServer(), parse(t, `{"celery_broker": "redis://:hunter2@localhost"}`))
	require.NoError(t, err)
	after, err := config.Resolve(config.DefaultServer(), parse(t, `{"celery_broker": "redis://:hunter3@localhost", "log_retention_days": 7, "scaling": {"max_workers": 8}}`))
	require.NoError(t, err)
	var lines []string
	for _, c := range config.Diff(before.Trace, after.Trace) {
		lines = append(lines, c.String())
	}
	assert.Equal(t, []string{
		`celery_broker: "redis://:***@localhost" -> "redis://:***@localhost" (the hidden part differs)`,
		"log_retention_days: 30 -> 7",
		"scaling.max_workers: 4 -> 8",
	}, lines)
	assert.Empty(t, config.Diff(after.Trace, after.Trace))
	cluster, err := config.Resolve(config.DefaultCluster())
	require.NoError(t, err)
	others := config.Diff(before.Trace, cluster.Trace)
	assert.Equal(t, `db_url: "postgresql://kai:***@localhost/kos" -> (not set)`, others[0].String())
	assert.Equal(t, `networking.load_balancer: (not set) -> "envoy"`, others[len(others)-1].String())
}
