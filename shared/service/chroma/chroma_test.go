package chroma_test

import (
	"testing"

	"github.com/kindos/kai/shared/service/chroma"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/servicetest"
)

func TestConnector(t *testing.T) {
	servicetest.RunProbe(t, servicetest.Fixture{
		Definition: chroma.Definition(exchange.DefaultLimits()),
		Ready: map[string]servicetest.Answer{ // recorded from Chroma 1.5.9
			"GET /api/v2/heartbeat": {Body: `{"nanosecond heartbeat":1795729194375596006}`},
			"GET /api/v2/version":   {Body: `"1.0.0"`},
		},
	})
}
