// Package nativeport is the connection to the companion: a protocol.Conn over the native messaging port that the host
// page owns. Imports wasm/bridge, wasm/jsval, shared/*.
package nativeport

import (
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// MaxFrame is where frames towards the companion are cut: the cost of a native message grows with the square beyond it.
const MaxFrame = 64 << 10

// Closed turns the reason for a closed native port into a fault: NotFound when kai is not installed, Forbidden when its
// manifest does not name this extension, Unavailable when it was there and left. The host page begins every reason with
// one of four words and a colon; what follows is the browser's own text.
func Closed(reason string) error {
	word, said, _ := strings.Cut(reason, ":")
	said = strings.TrimSpace(said)
	switch word {
	case "absent":
		return fault.New(fault.NotFound, "kai is not installed on this computer").
			WithRemedy("install kai and run: kai native install")
	case "forbidden":
		return fault.New(fault.Forbidden, "kai does not know this extension").WithRemedy("run: kai native doctor")
	case "exited":
		return fault.New(fault.Unavailable, "the connection to kai ended").WithRemedy("kAI connects again by itself")
	default:
		return fault.New(fault.Unavailable, "there is no way to kai: %s", said).WithRemedy("run: kai native doctor")
	}
}
