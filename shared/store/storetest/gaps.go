package storetest

import (
	"context"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Power names something that a backend may lack.
type Power string

// The powers. The first five are the optional interfaces; a backend lacks one by not having the method or by answering
// fault.Unsupported. LargeBodies is a body of 5 MB, ManyRecords is Options.Records of them: a backend without answers
// fault.Unsupported or fault.Exhausted and keeps what it had. Upgrades is having layouts that change.
const (
	TextSearch  Power = "text search"
	BulkLoad    Power = "bulk load"
	Measure     Power = "measure"
	Blobs       Power = "blobs"
	Sweep       Power = "sweep"
	LargeBodies Power = "large bodies"
	ManyRecords Power = "many records"
	Upgrades    Power = "upgrades"
)

// powers says how each optional interface is tried.
func powers() map[Power]func(context.Context, store.Store) error {
	return map[Power]func(context.Context, store.Store) error{
		TextSearch: func(ctx context.Context, s store.Store) error {
			searcher, ok := s.(store.TextSearcher)
			if !ok {
				return lacks(TextSearch)
			}
			_, err := searcher.SearchText(ctx, store.TextQuery{Kind: record.KindMessage, Words: "x"})
			return err
		},
		BulkLoad: func(ctx context.Context, s store.Store) error {
			loader, ok := s.(store.BulkLoader)
			if !ok {
				return lacks(BulkLoad)
			}
			return loader.LoadBulk(ctx, []record.Record{setting("bulk", 1, `{}`)})
		},
		Measure: func(ctx context.Context, s store.Store) error {
			measurer, ok := s.(store.Measurer)
			if !ok {
				return lacks(Measure)
			}
			_, err := measurer.Measure(ctx)
			return err
		},
		Blobs: func(ctx context.Context, s store.Store) error {
			blobs, err := store.Blobs(s)
			if err != nil {
				return err
			}
			_, err = blobs.ListBlobs(ctx, "", 0)
			return err
		},
		Sweep: func(ctx context.Context, s store.Store) error {
			sweeper, ok := s.(store.Sweeper)
			if !ok {
				return lacks(Sweep)
			}
			return sweeper.Sweep(ctx)
		},
	}
}

func lacks(power Power) error { return fault.New(fault.Unsupported, "this store has no %s", power) }

func (s suite) gaps(t *testing.T) {
	st := s.open(t)
	for power, use := range powers() {
		err := use(context.Background(), st)
		switch reason, claimed := s.Gaps[power]; {
		case claimed && reason == "":
			t.Errorf("the gap %q is claimed without a reason", power)
		case claimed:
			wantCode(t, err, fault.Unsupported)
		case err != nil:
			t.Errorf("%s is not claimed as a gap but answers %v", power, err)
		}
	}
}

// refusesOver checks what a backend answers to more than it can hold.
func refusesOver(t *testing.T, err error) {
	t.Helper()
	if code := fault.CodeOf(err); code != fault.Unsupported && code != fault.Exhausted {
		t.Fatalf("a claimed limit answers %q (%v), want unsupported or exhausted", code, err)
	}
}
