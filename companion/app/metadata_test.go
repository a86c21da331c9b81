package app_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
)

// A cloud's metadata service is no service, however it is written: it is refused when it is added, with the reason, and not
// only when it is asked (companion/api, companion/transport).
func TestAMetadataServiceIsNotKept(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	p := newProgram(t, a, dir)
	at := func(url string) map[string]any { return map[string]any{"kind": "openai", "url": url} }
	fine := read[assistant.ServiceView](p, http.StatusCreated, "POST", "/api/v1/services", at("http://169.254.1.1:8080/v1"))
	for _, url := range []string{
		"http://169.254.169.254/latest", " HTTP://169.254.169.254:80/ ", "https://2852039166", "http://0251.0376.0251.0376/v1",
		"http://[fd00:ec2::254]/", "http://[::ffff:169.254.169.254]:80/v1", "http://METADATA.google.internal./v1",
	} {
		for method, path := range map[string]string{"POST": "/api/v1/services", "PUT": "/api/v1/services/" + fine.ID} {
			refused := read[openapi.Problem](p, http.StatusBadRequest, method, path, at(url))
			assert.Equal(t, "url", refused.Field, url)
			assert.Contains(t, refused.Detail, "is a cloud's metadata service", url)
		}
		err := view(t, a, dir).Call(t.Context(), assistant.MethodServiceAdd, assistant.PutService{Kind: "ollama", URL: url}, nil)
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), "a view is told the same")
	}
	type services struct {
		Services []assistant.ServiceView `json:"services"`
	}
	listed := read[services](p, http.StatusOK, "GET", "/api/v1/services", nil)
	require.Len(t, listed.Services, 1)
	assert.Equal(t, fine.URL, listed.Services[0].URL)
}
