package metrics_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/metrics"
	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/run/runtest"
	"github.com/kindos/kai/shared/service"
)

// kept runs a keeper inside a bubble, whose clock stands at a full minute. It ends with the test.
func kept(t *testing.T, sample func() metrics.Sample) *metrics.Keeper {
	t.Helper()
	k := metrics.New(metrics.Options{Sample: func(context.Context) metrics.Sample { return sample() }, Now: time.Now})
	ctx, end := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); k.Run(ctx) }()
	t.Cleanup(func() { end(); <-done })
	return k
}

// pass lets time go by in the bubble.
func pass(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // of a bubble of time
	synctest.Wait()
}

// chat answers a question with one piece and a result.
func chat(t *testing.T, k *metrics.Keeper, result service.ChatResult, fails error) {
	t.Helper()
	g := runtest.NewGateway()
	done := make(chan error)
	go func() {
		_, err := k.Counts(g).Chat(t.Context(), service.Spec{}, service.ChatRequest{}, func(service.ChatDelta) error { return nil })
		done <- err
	}()
	c := <-g.Chats
	c.Say("Hello")
	c.End(result, fails)
	require.ErrorIs(t, <-done, fails)
}

func TestAPointAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now atomic.Pointer[metrics.Sample]
		now.Store(&metrics.Sample{Waiting: 3, Running: 2, Dead: 1, Memory: 7, Storage: 9})
		k := kept(t, func() metrics.Sample { return *now.Load() })
		began := time.Now().Unix()
		chat(t, k, service.ChatResult{Tokens: 20, Took: 2 * time.Second}, nil)
		chat(t, k, service.ChatResult{}, errors.New("the model is gone"))
		pass(time.Minute)
		now.Store(&metrics.Sample{Running: 2, Dead: 1, Memory: 8, Storage: 9})
		chat(t, k, service.ChatResult{Tokens: 5, Took: time.Second}, nil)
		pass(10 * time.Second)

		s := k.Series(t.Context(), 0)
		assert.Equal(t, []int64{began, began + 60}, s.Times)
		assert.Equal(t, 60, s.Every)
		assert.Equal(t, []int64{2, 1}, s.Requests)
		assert.Equal(t, []int64{1, 0}, s.Failed)
		assert.Equal(t, []int64{21, 5}, s.Tokens, "of an answer that broke off the pieces count")
		assert.Equal(t, []int64{2000, 1000}, s.Millis)
		assert.Equal(t, []int32{3, 0}, s.Waiting)
		assert.Equal(t, []int32{2, 2}, s.Running)
		assert.Equal(t, []int32{1, 1}, s.Dead)
		assert.Equal(t, []int64{7, 8}, s.Memory)
		assert.Equal(t, []int64{9, 9}, s.Storage)
		assert.Equal(t, []int64{began + 60}, k.Series(t.Context(), began+1).Times, "only what is new")
	})
}

// Stopping an answer is the person's wish and no failure of the model server.
func TestAStoppedQuestionDidNotFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, g := kept(t, func() metrics.Sample { return metrics.Sample{} }), runtest.NewGateway()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := k.Counts(g).Chat(ctx, service.Spec{}, service.ChatRequest{}, func(service.ChatDelta) error { return nil })
			done <- err
		}()
		<-g.Chats
		stop()
		require.Error(t, <-done)
		s := k.Series(t.Context(), 0)
		assert.Equal(t, []int64{1}, s.Requests)
		assert.Equal(t, []int64{0}, s.Failed)
	})
}

func TestADayIsKeptAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := kept(t, func() metrics.Sample { return metrics.Sample{Memory: 1} })
		pass(26*time.Hour + 30*time.Second)
		s := k.Series(t.Context(), 0)
		assert.Len(t, s.Times, 24*60)
		assert.Equal(t, time.Now().Truncate(time.Minute).Unix(), s.Times[len(s.Times)-1])
		for i := range s.Times[1:] {
			require.Equal(t, int64(60), s.Times[i+1]-s.Times[i])
		}
	})
}

func TestMinutesInOneStateAreOneSpan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var steps atomic.Pointer[[]driver.StepHealth]
		storage := driver.StepHealth{Step: "storage", State: driver.StateReady}
		steps.Store(&[]driver.StepHealth{{Step: "ollama", State: driver.StateReady}, storage})
		k := kept(t, func() metrics.Sample { return metrics.Sample{Steps: *steps.Load()} })
		began := time.Now().Unix()
		pass(3 * time.Minute)
		steps.Store(&[]driver.StepHealth{{Step: "ollama", State: driver.StateDegraded, Detail: "nobody answers"}, storage})
		pass(2 * time.Minute)
		steps.Store(&[]driver.StepHealth{storage}) // ollama is switched off
		pass(90 * time.Second)

		s := k.Series(t.Context(), time.Now().Unix())
		require.Len(t, s.Steps, 2, "the spans are those of the whole day, whatever was asked for")
		assert.Equal(t, metrics.Strip{Step: "ollama", Spans: []metrics.Span{
			{State: driver.StateReady, From: began, Until: began + 180}, {State: driver.StateDegraded, From: began + 180, Until: began + 300},
		}}, s.Steps[0])
		assert.Equal(t, metrics.Strip{Step: "storage", State: driver.StateReady, Spans: []metrics.Span{
			{State: driver.StateReady, From: began, Until: began + 420},
		}}, s.Steps[1])
	})
}

// Times always rise: a clock that was set back takes with it what would come twice.
func TestAClockThatIsSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Int64
		k := metrics.New(metrics.Options{
			Sample: func(context.Context) metrics.Sample { return metrics.Sample{} }, Now: func() time.Time { return time.Now().Add(-time.Duration(back.Load())) },
		})
		ctx, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); k.Run(ctx) }()
		pass(10 * time.Minute)
		back.Store(int64(5 * time.Minute))
		pass(3 * time.Minute)
		s := k.Series(t.Context(), 0)
		assert.True(t, slices.IsSorted(s.Times), s.Times)
		assert.Equal(t, s.Times, slices.Compact(slices.Clone(s.Times)))
		assert.Len(t, s.Times, 9)
		end()
		<-done
	})
}

// However many look at once, kai is measured once in a while.
func TestManyViewersCostOneSample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var samples atomic.Int32
		k := kept(t, func() metrics.Sample { samples.Add(1); return metrics.Sample{} })
		for range 100 {
			k.Series(t.Context(), 0)
		}
		assert.Equal(t, int32(1), samples.Load())
		pass(3 * time.Second)
		k.Series(t.Context(), 0)
		assert.Equal(t, int32(2), samples.Load())
	})
}

func TestTheOperation(t *testing.T) {
	k := metrics.New(metrics.Options{Sample: func(context.Context) metrics.Sample { return metrics.Sample{Memory: 5, Storage: 6} }, Now: time.Now})
	mux := http.NewServeMux()
	k.Area(openapi.New("1", humago.NewAdapter(mux, "")))
	ask := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		return w
	}
	var s metrics.Series
	w := ask("/api/v1/metrics")
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &s))
	assert.Equal(t, []int64{5}, s.Memory)
	assert.NotContains(t, w.Body.String(), "null", "an empty list is a list")
	for _, wrong := range []string{"?after=-1", "?after=x", "?before=1"} {
		assert.Equal(t, http.StatusUnprocessableEntity, ask("/api/v1/metrics"+wrong).Code, wrong)
	}
	w = ask("/api/v1/metrics?after=99999999999")
	require.Equal(t, http.StatusOK, w.Code)
	assert.NotContains(t, w.Body.String(), "null", "nothing new is an empty list, too")
}

func TestTheResidentMemoryIsTold(t *testing.T) {
	assert.Greater(t, metrics.Resident(), int64(1<<20))
}
