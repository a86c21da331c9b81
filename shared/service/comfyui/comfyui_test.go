package comfyui_test

import (
	"testing"

	"github.com/kindos/kai/shared/service/comfyui"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/servicetest"
)

func TestConnector(t *testing.T) {
	servicetest.RunProbe(t, servicetest.Fixture{
		Definition: comfyui.Definition(exchange.DefaultLimits()),
		// Written after ComfyUI's own server.py: the program itself could not be had.
		Ready: map[string]servicetest.Answer{
			"GET /system_stats":       {Body: `{"system":{"os":"posix","comfyui_version":"0.3.40","python_version":"3.12"},"devices":[]}`},
			"GET /models/checkpoints": {Body: `["sd15.safetensors"]`},
		},
		NoModels: map[string]servicetest.Answer{
			"GET /system_stats":       {Body: `{"system":{"comfyui_version":"0.3.40"},"devices":[]}`},
			"GET /models/checkpoints": {Body: `[]`},
		},
		Model: "sd15.safetensors",
	})
}
