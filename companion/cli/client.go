package cli

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
)

// askTime bounds one question to a running kai.
const askTime = 5 * time.Second

// running finds the kai that uses a data directory; fault.Unavailable when there is none.
func running(dir datadir.Dir) (datadir.Running, error) {
	r, ok := dir.Running()
	if !ok || !dir.Locked() {
		return datadir.Running{}, fault.New(fault.Unavailable, "kai is not running in %s", dir.Path()).WithRemedy("start it with kai run")
	}
	return r, nil
}

// ask calls a running kai with the token of its data directory and reads the answer into out.
func ask(ctx context.Context, dir datadir.Dir, r datadir.Running, method, path string, out any) error {
	token, err := dir.Token()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, r.URL+path, nil)
	if err != nil {
		return fault.New(fault.Malformed, "kai announced a wrong address %q: %w", r.URL, err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	client := http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}} // a proxy must not see the token
	resp, err := client.Do(req)
	if err != nil {
		return fault.New(fault.Unavailable, "kai does not answer at %s: %w", r.URL, err).WithRemedy("wait a moment, or stop process %d and start kai run again", r.PID)
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	return decodeAnswer(resp, out)
}

// decodeAnswer reads JSON, or the fault in its place.
func decodeAnswer(resp *http.Response, out any) error {
	const limit = 1 << 20
	dec := json.NewDecoder(io.LimitReader(resp.Body, limit))
	if resp.StatusCode == http.StatusOK {
		if err := dec.Decode(out); err != nil {
			return fault.New(fault.Malformed, "kai gave an answer that can't be read: %w", err)
		}
		return nil
	}
	var f fault.Fault
	if err := dec.Decode(&f); err != nil || f.Code == "" {
		return fault.New(fault.Malformed, "kai answered with HTTP status %d", resp.StatusCode)
	}
	return &f
}
