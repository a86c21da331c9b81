package host

import (
	"slices"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// Name is what the extension asks the browser for.
const Name = "org.kindos.kai"

// GeckoID is the extension's id in Firefox.
const GeckoID = "kai@kindos.org"

// CheckCaller looks at how the browser started us, the only word on who is asking: Chromium passes the caller's origin,
// Firefox the manifest's path and the add-on's id. Anyone but our extension is refused with fault.Unauthorized.
func CheckCaller(args []string, chromiumID string) error {
	if len(args) >= 1 && args[0] == "chrome-extension://"+chromiumID+"/" {
		return nil
	}
	if len(args) >= 2 && strings.HasSuffix(args[0], Name+".json") && slices.Contains(args[1:], GeckoID) {
		return nil
	}
	return fault.New(fault.Unauthorized, "kai host speaks with the kAI extension only").
		WithRemedy("browsers start it; to check the connection run: kai native status")
}
