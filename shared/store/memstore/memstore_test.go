package memstore_test

import (
	"testing"

	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
	"github.com/kindos/kai/shared/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, storetest.Options{
		Name: "memory",
		Open: func(testing.TB) store.Store { return memstore.New(store.Schema()) },
		Gaps: map[storetest.Power]string{storetest.Upgrades: "it keeps nothing that a later version could meet"},
	})
}

func BenchmarkMemory(b *testing.B) {
	storetest.Bench(b, func(testing.TB) store.Store { return memstore.New(store.Schema()) })
}
