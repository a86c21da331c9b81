package assistant

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// download is a download whose steps a test speaks; a nil step lets it fail.
func download(w *world) (steps chan<- *service.Progress, begun *int) {
	said, n := make(chan *service.Progress), 0
	w.gateway.pull = func(ctx context.Context, _ service.Spec, _ string, report func(service.Progress) error) error {
		n++
		for {
			select {
			case p := <-said:
				if p == nil {
					return fault.New(fault.Unavailable, "the registry is away")
				}
				if err := report(*p); err != nil {
					return err
				}
				if p.Status == "success" {
					return nil
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return said, &n
}

// watch follows a download as a view does, until the view is closed.
func watch(w *world, ref ModelRef) (seen *[]service.Progress, end func(), err *error) {
	seen, err = new([]service.Progress), new(error)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, *err = w.a.pullModel(ctx, ref, func(p service.Progress) error {
			*seen = append(*seen, p)
			return nil
		})
	}()
	return seen, func() { cancel(); <-done }, err
}

func TestADownloadOutlivesItsView(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		ref := ModelRef{ask[Snapshot](w, MethodSnapshot, Empty{}).Services[0].ID, "big"}
		steps, begun := download(w)
		_, end, _ := watch(w, ref)
		steps <- &service.Progress{Status: "pulling", Completed: 1, Total: 4}
		synctest.Wait()
		end()
		steps <- &service.Progress{Status: "pulling", Completed: 2, Total: 4}
		synctest.Wait()
		pulls := ask[Pulls](w, MethodModelPulls, Empty{}).Pulls
		require.Len(t, pulls, 1)
		assert.EqualValues(t, 2, pulls[0].Completed)

		seen, end, err := watch(w, ref)
		synctest.Wait()
		assert.Equal(t, []service.Progress{{Status: "pulling", Completed: 2, Total: 4}}, *seen, "a view that comes later sees how far it is")
		steps <- &service.Progress{Status: "success"}
		synctest.Wait()
		end()
		require.NoError(t, *err)
		assert.Equal(t, 1, *begun, "the second view has joined")
		assert.Empty(t, ask[Pulls](w, MethodModelPulls, Empty{}).Pulls)
	})
}

func TestADownloadIsCanceledByThePersonAlone(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		ref := ModelRef{ask[Snapshot](w, MethodSnapshot, Empty{}).Services[0].ID, "big"}
		_, begun := download(w)
		_, end, err := watch(w, ref)
		synctest.Wait()
		ask[Empty](w, MethodPullCancel, ref)
		synctest.Wait()
		assert.Equal(t, fault.Canceled, fault.CodeOf(*err), "whoever watches is told")
		end()
		assert.Empty(t, ask[Pulls](w, MethodModelPulls, Empty{}).Pulls)
		_, gone := try[Empty](w, MethodPullCancel, ref)
		assert.Equal(t, fault.NotFound, fault.CodeOf(gone))
		_, end, _ = watch(w, ref)
		synctest.Wait()
		end()
		assert.Equal(t, 2, *begun, "it can be begun again")
		ask[Empty](w, MethodPullCancel, ref)
	})
}

func TestADownloadThatFailedUnseenIsTold(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		ref := ModelRef{ask[Snapshot](w, MethodSnapshot, Empty{}).Services[0].ID, "big"}
		steps, begun := download(w)
		_, end, _ := watch(w, ref)
		synctest.Wait()
		end()
		steps <- nil
		synctest.Wait()
		pulls := ask[Pulls](w, MethodModelPulls, Empty{}).Pulls
		require.Len(t, pulls, 1)
		assert.True(t, pulls[0].Ended)
		assert.Contains(t, pulls[0].Wrong, "registry is away")
		_, end, _ = watch(w, ref)
		synctest.Wait()
		assert.Equal(t, 2, *begun, "asked for again, it goes on")
		end()
		ask[Empty](w, MethodPullCancel, ref)
	})
}

func TestOnlySomeModelsAreDownloadedAtOnce(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		id := ask[Snapshot](w, MethodSnapshot, Empty{}).Services[0].ID
		download(w)
		for n := range maxPulls + 1 {
			_, end, err := watch(w, ModelRef{id, string(rune('a' + n))})
			synctest.Wait()
			end()
			if n == maxPulls {
				assert.Equal(t, fault.Exhausted, fault.CodeOf(*err))
			}
		}
		for _, p := range ask[Pulls](w, MethodModelPulls, Empty{}).Pulls {
			ask[Empty](w, MethodPullCancel, p.ModelRef)
		}
	})
}

func TestDownloadsThatFailedMakeRoom(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		id := ask[Snapshot](w, MethodSnapshot, Empty{}).Services[0].ID
		w.gateway.pull = func(context.Context, service.Spec, string, func(service.Progress) error) error {
			return fault.New(fault.Unavailable, "the registry is away")
		}
		for n := range 2 * maxPulls {
			_, err := try[Empty](w, MethodModelPull, ModelRef{id, string(rune('a' + n))})
			assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
		}
		assert.Len(t, ask[Pulls](w, MethodModelPulls, Empty{}).Pulls, maxPulls, "and no more of them are remembered")
	})
}
