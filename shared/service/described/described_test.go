package described_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/described"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/servicetest"
)

// What each service answers where its health is asked, in the shape that its API's description gives it: these are stand-ins.
func answers() map[string]map[string]string {
	return map[string]map[string]string{
		"comfyui":   {"GET /system_stats": `{"system":{"os":"posix","comfyui_version":"0.3.40"},"devices":[]}`},
		"a1111":     {"GET /sdapi/v1/sd-models": `[]`},
		"chroma":    {"GET /api/v2/heartbeat": `{"nanosecond heartbeat":1795729194375596006}`},
		"qdrant":    {"GET /collections": `{"result":{"collections":[]},"status":"ok","time":0.00001}`},
		"milvus":    {"POST /v2/vectordb/collections/list": `{"code":0,"data":[]}`},
		"n8n":       {"GET /api/v1/workflows?limit=1": `{"data":[],"nextCursor":null}`},
		"civitai":   {"GET /api/v1/models?limit=1": `{"items":[],"metadata":{}}`},
		"dropbox":   {"POST /2/check/user": `{"result":"kai"}`},
		"reticulum": {"GET /status": `{"interfaces":[],"rxb":0,"txb":0}`},
	}
}

func TestEachServiceIsKnownByItsOwnAnswer(t *testing.T) {
	all := answers()
	for _, d := range described.Definitions(exchange.DefaultLimits()) {
		t.Run(d.Kind, func(t *testing.T) {
			require.Contains(t, all, d.Kind)
			ready := map[string]servicetest.Answer{}
			for route, body := range all[d.Kind] {
				ready[route] = servicetest.Answer{Body: body}
			}
			servicetest.RunProbe(t, servicetest.Fixture{Definition: d, Ready: ready, Silent: d.Kind == "reticulum"})
			assert.NotEqual(t, service.ForAnswers, d.Category, "it is never offered as a model")
		})
	}
}

func TestKeysGoWhereTheServiceReadsThem(t *testing.T) {
	for kind, header := range map[string]string{"qdrant": "api-key", "n8n": "x-n8n-api-key", "milvus": "authorization", "dropbox": "authorization"} {
		for _, d := range described.Definitions(exchange.DefaultLimits()) {
			if d.Kind != kind {
				continue
			}
			line := servicetest.New(nil)
			_, err := d.New(service.Spec{URL: "http://127.0.0.1:1", Key: "k1"}, line).Probe(t.Context())
			require.NoError(t, err)
			require.NotEmpty(t, line.Asked())
			sent := line.Asked()[0].Header
			assert.Contains(t, sent[header], "k1", kind)
			if header != "authorization" {
				assert.NotContains(t, sent, "authorization", "%s gets its key once", kind)
			}
		}
	}
}

func FuzzAnswer(f *testing.F) {
	for _, routes := range answers() {
		for _, body := range routes {
			f.Add(body)
		}
	}
	f.Fuzz(func(t *testing.T, body string) {
		for _, d := range described.Definitions(exchange.DefaultLimits()) {
			health, err := d.New(service.Spec{URL: "http://127.0.0.1:1"}, servicetest.New(map[string]servicetest.Answer{"*": {Body: body}})).Probe(t.Context())
			if err != nil || health.State != service.StateReady && health.State != service.StateWrong {
				t.Fatalf("%s: %v, %v", d.Kind, health, err)
			}
		}
	})
}
