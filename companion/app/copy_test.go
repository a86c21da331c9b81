package app_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
)

// The copy that a web app keeps is a device, and no more: it can ask how the exchange goes, and nothing else of kai.
func TestAWebAppsCopyMayOnlyExchange(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	peer := dialed(t, a, dir, "/api/device")
	var state assistant.SyncState
	require.NoError(t, peer.Call(t.Context(), assistant.MethodSyncState, assistant.Empty{}, &state))
	for _, method := range []string{assistant.MethodSnapshot, assistant.MethodMessageList, assistant.MethodServiceTest, assistant.MethodClientsState, "run.list", "tasks.list", "kai.stop"} {
		assert.Equal(t, fault.Unsupported, fault.CodeOf(peer.Call(t.Context(), method, assistant.Empty{}, nil)), method)
	}
}
