package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/federation"
	"github.com/kindos/kai/shared/assistant"
)

// How many may come to a kai before they prove who they are; see api.
const strangers = 32

// Another kai that has proven who it is takes no stranger's place, and strangers take none of its: as many of them as may come
// do so beside it, one more is refused, and the two go on.
func TestStrangersKeepNobodyOutWhoIsKnown(t *testing.T) {
	for name, meet := range map[string]func(t *testing.T) (host *kin, path string, goesOn func()){
		"who exchanges": func(t *testing.T) (*kin, string, func()) {
			one, two := newKin(t), newKin(t)
			two.allows(one, "Laptop")
			two.runs("")
			one.dials(two, "Server")
			one.runs("")
			one.says()
			one.agrees(two, 1)
			two.device("Laptop", func(d assistant.SyncDevice) bool { return d.Connected })
			return two, api.SyncPath, func() { one.says(); one.agrees(two, 2) }
		},
		"who asks": func(t *testing.T) (*kin, string, func()) {
			one, mine := federated(t)
			two, theirs := federated(t)
			at := strings.Replace(two.app.URL(), "http", "ws", 1)
			two.lets(theirs, one, "Laptop", federation.Change{})
			one.lets(mine, two, "Server", federation.Change{URL: &at})
			connected := func(s federation.State) bool { return s.Connected }
			two.kinState(connected)
			return two, api.KLPPath, func() { two.kinState(connected) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			host, path, goesOn := meet(t)
			come := func() int {
				conn, answer, err := websocket.Dial(t.Context(), strings.Replace(host.app.URL(), "http", "ws", 1)+path, nil) //nolint:bodyclose // Dial closes it
				if err == nil {
					t.Cleanup(func() { _ = conn.CloseNow() })
				}
				require.NotNil(t, answer, "%v", err)
				return answer.StatusCode
			}
			for range strangers {
				require.Equal(t, http.StatusSwitchingProtocols, come())
			}
			assert.Equal(t, http.StatusServiceUnavailable, come())
			goesOn()
		})
	}
}
