package api_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/rest"
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/connectors"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

// metadataAttacks would have kai read the keys of a cloud's computer for somebody who holds a token (SSRF).
func metadataAttacks() (out []attack) {
	for _, host := range []string{
		"169.254.169.254", "169.254.169.254:80", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "0xa9.254.43518",
		"[fd00:ec2::254]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "metadata.google.internal", "METADATA.GOOGLE.INTERNAL.",
	} {
		body := `{"kind":"openai","url":"http://` + host + `/latest","key":"k"}`
		out = append(out, attack{host, "POST /api/v1/services/test HTTP/1.1\nHost: {host}\nAuthorization: Bearer {token}\nContent-Type: application/json\n" +
			"Content-Length: " + strconv.Itoa(len(body)) + "\n\n" + body, "200"})
	}
	return out
}

func TestNoCallerReachesMetadataServices(t *testing.T) {
	gateway := service.NewLocal(transport.New("kAI/test"), connectors.Definitions(), "kai")
	a := assistant.New(assistant.Deps{
		Store: memstore.New(store.Schema()), Clock: record.NewClock("attacked", time.Now), Gateway: gateway, Kinds: connectors.Definitions(),
		Runners: func() (here, companion run.Runner) { return nil, nil },
	})
	require.NoError(t, a.Start(t.Context()))
	t.Cleanup(func() { assert.NoError(t, a.Close(context.Background())) })
	x := newTarget(t)
	x.server = serve(t, func(o *api.Options) {
		o.Areas = []api.Area{rest.Area(a, func() config.Standalone { return config.Standalone{} }, func() (queue.Queue, error) { return x.tasks, nil })}
	})
	x.words = strings.NewReplacer("{host}", address(x.server), "{token}", token)
	for _, at := range metadataAttacks() {
		t.Run(at.name, func(t *testing.T) {
			status, answer := x.fire(t, at)
			assert.Equal(t, "200", status, answer)
			assert.Contains(t, answer, `"state":"error"`)
			assert.Contains(t, answer, "metadata service, which kai does not ask")
		})
	}
}
