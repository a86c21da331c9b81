package nativeport_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/wasm/nativeport"
)

func TestEachWayForAPortToCloseHasItsOwnFaultAndRemedy(t *testing.T) {
	for reason, want := range map[string]fault.Code{
		"absent: Specified native messaging host not found.":                     fault.NotFound,
		"absent: native messaging was not found in this browser":                 fault.NotFound,
		"forbidden: Access to the specified native messaging host is forbidden.": fault.Forbidden,
		"exited: Native host has exited.":                                        fault.Unavailable,
		"failed: Error when communicating with the native messaging host.":       fault.Unavailable,
		"something new": fault.Unavailable,
		"":              fault.Unavailable,
	} {
		err := nativeport.Closed(reason)
		require.Equal(t, want, fault.CodeOf(err), reason)
		require.NotEmpty(t, fault.Public(err).Remedy, reason)
	}
}
