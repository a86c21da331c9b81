package app_test

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/host"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// An extension that this kai is too old for is told so, by name; others are served meanwhile.
func TestANewerExtensionIsToldThatKaiMustBeUpdated(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	conn, err := new(net.Dialer).DialContext(t.Context(), "unix", host.SocketPath(dir))
	require.NoError(t, err)
	newer := protocol.NewPeer(protocol.NewFramedConn(conn, conn, protocol.FrameLimits{}),
		protocol.Options{Hello: protocol.Hello{App: "kai-runtime", Version: "9.0.0", Min: 7, Max: 9}})
	ended := make(chan struct{})
	go func() { defer close(ended); _ = newer.Run(context.Background()) }() // Partner tells what matters
	_, err = newer.Partner(t.Context())
	<-ended
	f := fault.Public(err)
	assert.Equal(t, fault.Unsupported, f.Code)
	assert.Equal(t, "the kai program 1.2.3 is older: it speaks protocol version 1, and the kAI extension 9.0.0 needs versions 7 to 9", f.Message)
	assert.Equal(t, "update the kai program", f.Remedy)
	_, err = hosted(t, dir).Partner(t.Context())
	assert.NoError(t, err)
}
