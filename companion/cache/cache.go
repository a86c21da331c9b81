// Package cache keeps results for a short while: in this process, or in Redis (storage.cache).
//
// What is in a cache may be gone at any moment, so nothing is ever lost with it: a Redis that does not answer is replaced
// by memory until it is back. Imports shared/fault, shared/service and redigo.
package cache

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Cache keeps values by key. All methods may be called from anywhere at once, and none of them fails: what can't be kept is
// not there.
type Cache interface {
	// Get gives what is kept under a key and not older than it was to be kept.
	Get(ctx context.Context, key string) (value []byte, ok bool)
	// Put keeps a value for a time, in the place of an earlier one.
	Put(ctx context.Context, key string, value []byte, keep time.Duration)
	// Delete forgets a key.
	Delete(ctx context.Context, key string)
}

// maxEntries bounds a Memory; what would be forgotten soonest makes room.
const maxEntries = 1000

// Memory is a Cache in this process.
type Memory struct {
	now func() time.Time

	mu      sync.Mutex // guards entries
	entries map[string]entry
}

// entry is a value with its end.
type entry struct {
	value []byte
	ends  time.Time
}

// NewMemory makes an empty one.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, entries: map[string]entry{}}
}

// Get gives what is kept under a key.
func (m *Memory) Get(_ context.Context, key string) ([]byte, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[key]
	if !ok || !m.now().Before(e.ends) {
		return nil, false
	}
	return slices.Clone(e.value), true
}

// Put keeps a value for a time.
func (m *Memory) Put(_ context.Context, key string, value []byte, keep time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.entries[key]; !there && len(m.entries) >= maxEntries {
		m.makeRoom()
	}
	m.entries[key] = entry{value: slices.Clone(value), ends: m.now().Add(keep)}
}

// makeRoom forgets what would be forgotten soonest. The caller has mu.
func (m *Memory) makeRoom() {
	first := ""
	for key, e := range m.entries {
		if first == "" || e.ends.Before(m.entries[first].ends) {
			first = key
		}
	}
	delete(m.entries, first)
}

// Delete forgets a key.
func (m *Memory) Delete(_ context.Context, key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.entries, key)
}

// clear forgets everything.
func (m *Memory) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.entries)
}
