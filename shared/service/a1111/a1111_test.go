package a1111_test

import (
	"testing"

	"github.com/kindos/kai/shared/service/a1111"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/servicetest"
)

func TestConnector(t *testing.T) {
	servicetest.RunProbe(t, servicetest.Fixture{
		Definition: a1111.Definition(exchange.DefaultLimits()),
		// Written after the web UI's own API: the program itself could not be had.
		Ready: map[string]servicetest.Answer{
			"GET /sdapi/v1/sd-models": {Body: `[{"title":"sd15.safetensors [6ce0161689]","model_name":"sd15","hash":"6ce0161689","filename":"/x/sd15.safetensors","config":null}]`},
		},
		NoModels: map[string]servicetest.Answer{"GET /sdapi/v1/sd-models": {Body: `[]`}},
		Model:    "sd15",
	})
}
