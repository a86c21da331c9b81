package api_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/openapi"
)

// Too many calls are answered with 429 and when to call again. Strangers use up only what is theirs.
func TestTooManyCallsAreSlowedDown(t *testing.T) {
	now := time.Unix(1e9, 0)
	s := serve(t, func(o *api.Options) {
		o.Rates = api.Rates{Near: api.Rate{Burst: 3, PerSecond: 0.5}}
		o.Now = func() time.Time { return now }
	})
	status := func(authorization string) (*http.Response, string) {
		return call(t, http.MethodGet, s.URL()+"/api/status", map[string]string{"Authorization": authorization})
	}
	for range 3 {
		resp, _ := status("Bearer wrong")
		assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	}
	resp, _ := status("Bearer wrong too")
	assert.Equal(t, http.StatusTooManyRequests, resp.StatusCode, "another wrong token is no new start")
	for range 3 {
		resp, _ := status("Bearer " + token)
		assert.Equal(t, http.StatusOK, resp.StatusCode, "the person is not held up by strangers")
	}
	resp, body := status("Bearer " + token)
	require.Equal(t, http.StatusTooManyRequests, resp.StatusCode)
	assert.Equal(t, "2", resp.Header.Get("Retry-After"), "seconds")
	var p openapi.Problem
	require.NoError(t, json.Unmarshal([]byte(body), &p))
	assert.Equal(t, openapi.Problem{
		Type: "urn:kai:fault:exhausted", Title: "Too Many Requests", Status: 429, Code: "exhausted",
		Detail: "too many calls in a short time", Remedy: "call again in 2 s",
	}, p)
	resp, _ = call(t, http.MethodGet, s.URL()+"/healthz", nil)
	assert.Equal(t, http.StatusOK, resp.StatusCode, "a supervisor is not counted")
	now = now.Add(2 * time.Second)
	resp, _ = status("Bearer " + token)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
}

// Over a network nobody makes more than 1,000 calls in any hour (definitions 2.7), however they are spread.
func TestANetworkHasAThousandCallsAnHour(t *testing.T) {
	far := api.DefaultRates().Far
	synctest.Test(t, func(t *testing.T) {
		bucket := rate.NewLimiter(rate.Limit(far.PerSecond), far.Burst)
		calls := 0
		for begin := time.Now(); time.Since(begin) < time.Hour; time.Sleep(100 * time.Millisecond) { //nolint:forbidigo // of a bubble of time
			for bucket.Allow() {
				calls++
			}
		}
		assert.LessOrEqual(t, calls, 1000)
		assert.Greater(t, calls, 990, "and not much fewer")
	})
}
