package assistant

import (
	"context"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// measureEvery is how often used space is looked at, so that a filling disk is told before it is full.
const measureEvery = 5 * time.Minute

// nearlyFull is the used part of the quota, in percent, from which a person is warned.
const nearlyFull = 95

// writeFailed tells every view that records do not reach the store. Faults of the request itself say nothing about it.
func (a *Assistant) writeFailed(ctx context.Context, err error) {
	switch fault.CodeOf(err) {
	case fault.Invalid, fault.Conflict, fault.Canceled, fault.NotFound:
		return
	}
	a.deps.Log.Error("a write failed", "error", err)
	f := fault.Wrap(fault.CodeOf(err), err, "kAI cannot keep what happens now: writing to "+a.backend()+" failed").
		WithRemedy("%s", storageRemedy(err))
	a.editStorage(ctx, func(s *StorageState) { s.Fault = fault.Public(f) })
}

// writeWorked takes a reported fault back, once; what the host said of the store stays.
func (a *Assistant) writeWorked(ctx context.Context) {
	a.editStorage(ctx, func(s *StorageState) {
		if s.Fault != nil && !full(*s) {
			s.Fault = a.hostFault
		}
	})
}

// StorageChanged takes what the host knows of the store (its engine, whether it is durable), and tells the views.
func (a *Assistant) StorageChanged(ctx context.Context, state StorageState) {
	a.editStorage(ctx, func(s *StorageState) {
		a.hostFault = state.Fault
		*s = state
	})
}

// editStorage changes the state of the store, with mu held, and publishes it when it became another one.
func (a *Assistant) editStorage(ctx context.Context, edit func(*StorageState)) {
	a.mu.Lock()
	before := a.storage
	edit(&a.storage)
	after := a.storage
	a.mu.Unlock()
	if after.Backend != before.Backend || after.Durable != before.Durable || !sameFault(after.Fault, before.Fault) {
		a.publish(ctx, NewsData{Storage: &after})
	}
}

func sameFault(x, y *fault.Fault) bool {
	if x == nil || y == nil {
		return x == y
	}
	return x.Code == y.Code && x.Message == y.Message
}

func (a *Assistant) backend() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.storage.Backend == "" {
		return "the store"
	}
	return a.storage.Backend
}

func storageRemedy(err error) string {
	switch fault.CodeOf(err) {
	case fault.Exhausted:
		return "free space on this computer or delete old conversations; export first what you want to keep"
	case fault.Fenced:
		return "another window of this browser took over; reload this page"
	default:
		return "export your conversations, then restart the browser"
	}
}

func full(s StorageState) bool { return s.Quota > 0 && s.Bytes >= s.Quota/100*nearlyFull }

// measure looks at used space now and then.
func (a *Assistant) measure(ctx context.Context) {
	for {
		if usage, err := a.usage(ctx); err == nil {
			a.measured(ctx, usage)
		}
		select {
		case <-time.After(measureEvery):
		case <-ctx.Done():
			return
		}
	}
}

func (a *Assistant) measured(ctx context.Context, u store.Usage) {
	a.editStorage(ctx, func(s *StorageState) {
		s.Backend, s.Durable, s.Bytes, s.Quota = u.Backend, u.Durable, u.Bytes, u.Quota
		if full(*s) && s.Fault == nil {
			s.Fault = fault.New(fault.Exhausted, "the space for conversations is nearly used up").
				WithRemedy("delete old conversations, or free space on this computer")
		}
	})
}

func (a *Assistant) usage(ctx context.Context) (store.Usage, error) {
	if a.deps.Measure != nil {
		return a.deps.Measure(ctx)
	}
	if m, ok := a.deps.Store.(store.Measurer); ok {
		return m.Measure(ctx)
	}
	usage := store.Usage{Records: map[record.Kind]int64{}}
	for _, spec := range store.Schema() {
		count := func(kept[struct{}]) bool { usage.Records[spec.Kind]++; return true }
		if err := each(ctx, a, store.Query{Kind: spec.Kind, Limit: store.MaxPage}, count); err != nil {
			return usage, err
		}
	}
	return usage, nil
}

func (a *Assistant) storageUsage(ctx context.Context, _ Empty) (store.Usage, error) {
	usage, err := a.usage(ctx)
	if err != nil {
		return usage, fault.Wrap(fault.CodeOf(err), err, "the used space cannot be measured")
	}
	a.measured(ctx, usage)
	return usage, nil
}
