package comfyui

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
)

// awayUntil is a ComfyUI that answers from a time on, with a job that has ended.
type awayUntil struct{ back time.Time }

// Do answers the history.
func (a awayUntil) Do(context.Context, *service.Request) (*service.Response, error) {
	if time.Now().Before(a.back) {
		return nil, fault.New(fault.Unavailable, "nobody listens there")
	}
	return &service.Response{Status: 200, Body: io.NopCloser(strings.NewReader(
		`{"mine":{"outputs":{"9":{"images":[{"filename":"a.png","subfolder":"","type":"output"}]}},"status":{"status_str":"success","completed":true,"messages":[]}}}`))}, nil
}

func TestComfyUIMayBeAwayForAMoment(t *testing.T) {
	for name, c := range map[string]struct {
		away  time.Duration
		fails bool
	}{"for half a minute": {30 * time.Second, false}, "for an hour": {time.Hour, true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // time passes at once
				began := time.Now()
				j := &job{
					client: New(service.Spec{URL: "http://localhost:8188"}, awayUntil{began.Add(c.away)}, exchange.DefaultLimits()).client, id: "mine",
					workflow: workflow{"9": {Class: "SaveImage"}}, report: func(service.Progress) {},
				}
				made, err := j.follow(t.Context(), nil)
				switch took := time.Since(began); {
				case c.fails && (fault.CodeOf(err) != fault.Unavailable || fault.Public(err).Remedy == "" || took > 2*time.Minute):
					t.Errorf("after %s: %v", took, err)
				case !c.fails && (err != nil || made.Name != "a.png" || took > c.away+2*time.Second):
					t.Errorf("after %s: %v, %v", took, made, err)
				}
			})
		})
	}
}
