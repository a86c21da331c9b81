package host_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/host"
	"github.com/kindos/kai/shared/fault"
)

const id = "abcdefghijklmnopabcdefghijklmnop"

func TestOnlyOurExtensionMayCall(t *testing.T) {
	require.NoError(t, host.CheckCaller([]string{"chrome-extension://" + id + "/"}, id))
	require.NoError(t, host.CheckCaller([]string{"chrome-extension://" + id + "/", "--parent-window=1"}, id), "as on Windows")
	require.NoError(t, host.CheckCaller([]string{"/home/x/org.kindos.kai.json", host.GeckoID}, id))
	for _, args := range [][]string{nil, {"chrome-extension://" + id}, {"chrome-extension://other/"}, {"/x/org.kindos.kai.json", "other@x"}, {host.GeckoID}} {
		require.Equal(t, fault.Unauthorized, fault.CodeOf(host.CheckCaller(args, id)), "%v", args)
	}
}
