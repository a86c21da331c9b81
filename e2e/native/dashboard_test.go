package native_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/metrics"
	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
	"github.com/kindos/kai/shared/run/runtest"
	"github.com/kindos/kai/shared/service"
)

// What a real model server is asked shows on the dashboard, in a page that is already open, and so does that kai has gone.
func TestTheDashboardCountsARealQuestion(t *testing.T) {
	server := model.Shared()
	inBare(t, func(t *testing.T, b harness.Browser) {
		url, link, stop := stoppable(t)
		stranger := b.Open(t, url+"/dashboard")
		stranger.Shows("Is it you?")
		stranger.Close()

		p := b.Open(t, link)
		p.Shows("Not running") // the list of services moves while it is being made
		p.Click("button", "Add another service")
		p.Fill("textbox", "Address", model.NewLine(t, server).URL)
		p.Click("button", "Save")
		p.Locate("textbox", "Message")

		d := b.Open(t, url+"/dashboard")
		d.Shows("Nothing was asked in this time.")
		d.Shows("No answer was made in this time.")
		d.Until("the memory", picture("Memory: now [0-9]+ MB"))
		d.Until("the storage", picture("Storage: now [0-9.]+ [KM]B"))
		d.Until("a part of kai", picture("Records: Up now, up 100 % of the time"))
		d.Audit("a dashboard without a question")

		p.Front()
		p.Fill("textbox", "Message", "hello kai")
		p.Press("Enter")
		p.Shows(model.Answer("hello kai"))
		d.Front()
		d.Until("the question to be counted", picture("Requests: 1 request in the last hour, at most 1 each minute"))
		d.Until("the speed of the answer", picture(`Speed: [0-9.,]+ tokens/s on average`))
		d.Hides("Nothing was asked in this time.")
		d.Eval(`document.querySelector("summary[aria-label='Requests, as a table']").focus()`, nil)
		d.Press("Enter")
		d.Until("the table", `[...document.querySelectorAll("tbody tr")].some((row) => row.cells[1].textContent === "1")`)
		d.Screenshot("dashboard-table-" + b.Name())
		d.Press("Enter")
		d.Click("radio", "Last day")
		d.Until("the day", picture("Requests: 1 request in the last day, at most 1 every 10 minutes"))
		d.Screenshot("dashboard-" + b.Name())

		stop()
		d.Shows("kai does not answer: what you see is from")
		d.Until("what was known to stay", picture("Requests: 1 request"))
		d.Audit("a dashboard without its kai")
		d.Screenshot("dashboard-away-" + b.Name())
	})
}

// picture is an expression that is true when a picture says what a pattern means to whoever does not see it.
func picture(pattern string) string {
	return `[...document.querySelectorAll("[role=img]")].some((e) => new RegExp(` + strconv.Quote(pattern) + `).test(e.getAttribute("aria-label")))`
}

// aDay is what a keeper tells of a day that passed in a moment: questions come and go, one service is away for a while, and
// the computer sleeps for an hour.
func aDay(t *testing.T) (series string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		now, told := metrics.Sample{Memory: 34 << 20, Storage: 3 << 20}, atomic.Pointer[metrics.Sample]{}
		chance := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same pictures each time
		var asleep atomic.Int64
		k := metrics.New(metrics.Options{Sample: func(context.Context) metrics.Sample { return *told.Load() }, Now: func() time.Time { return time.Now().Add(time.Duration(asleep.Load())) }})
		ctx, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); k.Run(ctx) }()
		for minute := range 23*60 - 20 {
			busy := 1 + math.Sin(float64(minute)/200)
			for range int(chance.ExpFloat64() * busy * busy * 0.7) {
				answered(ctx, k, chance)
			}
			away := driver.StepHealth{Step: driver.StepComfyUI, State: driver.StateDegraded, Detail: "nobody answers at localhost:8188; start ComfyUI"}
			if minute%700 < 660 {
				away = driver.StepHealth{Step: driver.StepComfyUI, State: driver.StateReady}
			}
			now.Steps = append(steps(), away)
			now.Waiting, now.Running, now.Dead = int(busy*chance.ExpFloat64()*2), int(busy), minute/600
			now.Memory += int64(chance.NormFloat64() * (1 << 17))
			now.Storage += chance.Int64N(40 << 10)
			moment := now
			told.Store(&moment)
			if minute == 600 {
				asleep.Store(int64(time.Hour))
			}
			time.Sleep(time.Minute) // passes at once: the bubble's clock
			synctest.Wait()
		}
		text, err := json.Marshal(k.Series(ctx, 0))
		require.NoError(t, err)
		series = string(text)
		end()
		<-done
	})
	return series
}

// steps are the parts of a kai that is well, and a service that is there.
func steps() (list []driver.StepHealth) {
	for _, s := range driver.Steps(mode.Standalone) {
		if s.Name != driver.StepComfyUI && s.Name != driver.StepChroma && s.Name != driver.StepA1111 {
			list = append(list, driver.StepHealth{Step: s.Name, State: driver.StateReady})
		}
	}
	return list
}

// answered has a question answered, at some speed, or not.
func answered(ctx context.Context, k *metrics.Keeper, chance *rand.Rand) {
	g := runtest.NewGateway()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = k.Counts(g).Chat(ctx, service.Spec{}, service.ChatRequest{}, func(service.ChatDelta) error { return nil })
	}()
	tokens := 40 + chance.IntN(400)
	result, err := service.ChatResult{Tokens: tokens, Took: time.Duration(float64(tokens) / (38 + 4*chance.NormFloat64()) * float64(time.Second))}, error(nil)
	if chance.IntN(12) == 0 {
		result, err = service.ChatResult{}, fault.New(fault.Unavailable, "the model server is gone")
	}
	(<-g.Chats).End(result, err)
	<-done
}

func TestScreensOfTheDashboard(t *testing.T) {
	t.Parallel()
	b := harness.StartChromium(t, harness.Options{Bare: true})
	url, link := standalone(t)
	p := b.Open(t, link)
	p.Shows("Not running")
	p.Click("button", "Settings")
	p.ClickText("Dashboard")
	p.Until("the dashboard", "location.pathname === '/dashboard'")
	p.Shows("Nothing was asked in this time.")
	p.Shoot("dashboard-empty")

	d := b.Open(t, url+"/dashboard")
	d.Shows("Nothing was asked in this time.")
	d.Eval(`(() => { const real = fetch, day = `+strconv.Quote(aDay(t))+`;
	  globalThis.fetch = (url, more) => String(url).startsWith("/api/v1/metrics") ? Promise.resolve(new Response(day)) : real(url, more); })()`, nil)
	d.Hides("Nothing was asked in this time.")
	d.Shoot("dashboard-hour")
	d.Click("radio", "Last day")
	d.Shoot("dashboard-day")
}
