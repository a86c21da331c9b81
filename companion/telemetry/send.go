package telemetry

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// sendTime bounds one sending, whatever the endpoint does.
const sendTime = 10 * time.Second

// Send sends a payload to the endpoint. Nothing of the answer is read but whether it was taken, and no redirect followed.
func Send(ctx context.Context, endpoint string, payload []byte) error {
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(payload))
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "counters can't be sent there")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "kAI")
	client := http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10},
	}
	resp, err := client.Do(r)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "the endpoint of telemetry does not answer")
	}
	_ = resp.Body.Close() // nothing of it is read
	if resp.StatusCode/100 != 2 {
		return fault.New(fault.Unavailable, "the endpoint of telemetry answers %s", resp.Status)
	}
	return nil
}
