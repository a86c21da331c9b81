package keys_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/keys"
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/connectors"
)

// shelf is a vault of one key.
type shelf struct{}

func (shelf) Secret(context.Context, string) (config.Secret, error) { return "from the vault", nil }

// Each key that is used is told first, as it is, so that no log holds it.
func TestKeysAreToldBeforeTheyAreUsed(t *testing.T) {
	var seen []string
	var sent string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = r.Header.Get("Authorization")
		assert.Len(t, seen, 1, "it is told before")
		_, _ = io.WriteString(w, `{"object":"list","data":[]}`)
	}))
	t.Cleanup(server.Close)
	g := keys.New(service.NewLocal(transport.New("kAI/test"), connectors.Definitions(), "kai"), shelf{}, func(k ...string) { seen = append(seen, k...) })
	_, err := g.Models(t.Context(), service.Spec{ID: "s", Kind: "openai", URL: server.URL, Key: "vault:openai"})
	require.NoError(t, err)
	assert.Equal(t, []string{"from the vault"}, seen)
	assert.Equal(t, "Bearer from the vault", sent)
}
