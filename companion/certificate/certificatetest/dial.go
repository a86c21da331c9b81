package certificatetest

import (
	"context"
	"net"
)

// to dials one address, whichever is asked for; "" dials what is asked for.
func to(at string) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if at != "" {
			address = at
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
}
