package nativeport

import (
	"context"
	"syscall/js"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/wasm/bridge"
	"github.com/kindos/kai/wasm/jsval"
)

// Dialer opens native ports of one host object (kaiHost.native).
type Dialer struct{ native js.Value }

// NewDialer takes kaiHost.native.
func NewDialer(native js.Value) *Dialer { return &Dialer{native: native} }

// Dial opens a port. Whether kai is installed shows only later, as the error with which Receive ends.
func (d *Dialer) Dial(ctx context.Context) (protocol.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if d.native.Type() != js.TypeObject {
		return nil, fault.New(fault.Unsupported, "this browser has no native messaging")
	}
	port := bridge.NewPort(Closed)
	native, err := jsval.Call(d.native, "open", port.Frame, port.Closed)
	if err != nil {
		_ = port.Close() // there is nothing to close but the two functions
		return nil, fault.Wrap(fault.Unavailable, err, "the companion's port cannot be opened")
	}
	port.Attach(native)
	return port, nil
}
