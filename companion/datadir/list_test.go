package datadir_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/datadir"
)

// Commands that change a list at the same moment lose nothing of each other's: peers.json, federation.json, clients.json.
func TestTwoWhoChangeAListAtOnceLoseNothing(t *testing.T) {
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	const many = 16
	done := make(chan error, many)
	for n := range many {
		go func() {
			list := datadir.List[int]{Dir: dir, File: "numbers.json", Lost: func(err error) error { return err }}
			done <- list.Change(func(all []int) ([]int, error) { return append(all, n), nil })
		}()
	}
	for range many {
		require.NoError(t, <-done)
	}
	all, err := datadir.List[int]{Dir: dir, File: "numbers.json"}.Read()
	require.NoError(t, err)
	assert.Len(t, all, many)
}
