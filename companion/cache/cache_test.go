package cache_test

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/cache"
	"github.com/kindos/kai/companion/cache/redistest"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// opened is a cache in that Redis.
func opened(t *testing.T, s *redistest.Server, now func() time.Time) *cache.Redis {
	t.Helper()
	r := cache.OpenRedis(s.Address(), now)
	t.Cleanup(func() { assert.NoError(t, r.Close()) })
	return r
}

// get is what a cache has under a key, "" for nothing.
func get(t *testing.T, c cache.Cache, key string) string {
	t.Helper()
	value, ok := c.Get(t.Context(), key)
	assert.Equal(t, ok, value != nil)
	return string(value)
}

func TestEveryCacheKeepsForAWhile(t *testing.T) {
	for name, c := range map[string]cache.Cache{"memory": cache.NewMemory(time.Now), "redis": opened(t, redistest.Start(t), time.Now)} {
		t.Run(name, func(t *testing.T) {
			assert.Empty(t, get(t, c, "a"))
			c.Put(t.Context(), "a", []byte("1"), time.Hour)
			c.Put(t.Context(), "b", []byte("2\x00\xff"), time.Hour)
			assert.Equal(t, "1", get(t, c, "a"))
			assert.Equal(t, "2\x00\xff", get(t, c, "b"))
			c.Put(t.Context(), "a", []byte("3"), time.Hour)
			assert.Equal(t, "3", get(t, c, "a"))
			c.Delete(t.Context(), "a")
			c.Delete(t.Context(), "a")
			assert.Empty(t, get(t, c, "a"))
			c.Put(t.Context(), "b", []byte("4"), time.Millisecond)
			assert.Eventually(t, func() bool { return get(t, c, "b") == "" }, 10*time.Second, time.Millisecond)
		})
	}
}

func TestMemoryIsBounded(t *testing.T) {
	m := cache.NewMemory(time.Now)
	for i := range 1100 {
		m.Put(t.Context(), fmt.Sprint(i), []byte("x"), time.Hour+time.Duration(i)*time.Second)
	}
	assert.Empty(t, get(t, m, "0"), "what would be forgotten first made room")
	assert.Empty(t, get(t, m, "99"))
	assert.Equal(t, "x", get(t, m, "100"))
}

// A Redis that dies is replaced by memory, and is taken up again when it is back, without what was forgotten meanwhile.
func TestALostRedisIsReplacedAndRecovers(t *testing.T) {
	s := redistest.Start(t)
	now := time.Now()
	r := opened(t, s, func() time.Time { return now })
	r.Put(t.Context(), "a", []byte("1"), time.Hour)
	r.Put(t.Context(), "b", []byte("1"), time.Hour)
	require.NoError(t, r.Err())
	s.Kill()
	assert.Empty(t, get(t, r, "a"), "what Redis had is out of reach")
	f := fault.Public(r.Err())
	assert.Equal(t, fault.Unavailable, f.Code)
	assert.Contains(t, f.Message, "kept in memory")
	assert.Contains(t, f.Remedy, "redis-server")
	r.Delete(t.Context(), "a")
	r.Put(t.Context(), "c", []byte("3"), time.Hour)
	assert.Equal(t, "3", get(t, r, "c"))

	s.Restart()
	assert.Equal(t, "3", get(t, r, "c"), "it is not asked again at once")
	require.Error(t, r.Err())
	now = now.Add(2 * time.Second)
	assert.Empty(t, get(t, r, "a"), "forgotten while Redis was away, and not back with it")
	require.NoError(t, r.Err())
	assert.Empty(t, get(t, r, "b"))
	r.Put(t.Context(), "d", []byte("4"), time.Hour)
	assert.Equal(t, "4", get(t, r, "d"))
}

// The look at the step finds out by itself, however short ago Redis was missed.
func TestCheckFindsOut(t *testing.T) {
	s := redistest.Start(t)
	r := opened(t, s, time.Now)
	require.NoError(t, r.Check(t.Context()))
	s.Kill()
	require.Error(t, r.Check(t.Context()))
	s.Restart()
	require.NoError(t, r.Check(t.Context()))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	r.Put(ended, "a", []byte("1"), time.Hour)
	require.NoError(t, r.Err(), "who gave up says nothing about Redis")
}

// shows is a gateway that counts how often a model was described.
type shows struct {
	service.Gateway
	n     int
	wrong error
}

func (g *shows) Show(_ context.Context, s service.Spec, model string) (service.Model, error) {
	g.n++
	return service.Model{Name: model, Family: s.URL + string(s.Key), Context: 4096}, g.wrong
}

func (g *shows) Pull(context.Context, service.Spec, string, func(service.Progress) error) error {
	return nil
}
func (g *shows) Unload(context.Context, service.Spec, string) error { return g.wrong }

func (g *shows) Delete(context.Context, service.Spec, string) error { return g.wrong }

func TestAModelIsDescribedOnce(t *testing.T) {
	s := redistest.Start(t)
	kept := opened(t, s, time.Now)
	below := &shows{}
	g := cache.NewModels(below, kept)
	show := func(spec service.Spec, model string) service.Model {
		t.Helper()
		m, err := g.Show(t.Context(), spec, model)
		require.NoError(t, err)
		return m
	}
	here, keyed := service.Spec{Kind: "ollama", URL: "http://a"}, service.Spec{Kind: "ollama", URL: "http://a", Key: "sk-secret"}
	first := show(here, "tiny")
	assert.Equal(t, first, show(here, "tiny"))
	assert.Equal(t, 1, below.n)
	assert.Equal(t, "http://ask-secret", show(keyed, "tiny").Family, "another key may see another model")
	show(here, "large")
	assert.Equal(t, 3, below.n)
	require.NoError(t, g.Pull(t.Context(), here, "tiny", nil))
	show(here, "tiny")
	assert.Equal(t, 4, below.n, "a pulled model is looked at anew")
	below.wrong = fault.New(fault.Unavailable, "no")
	require.Error(t, g.Delete(t.Context(), here, "tiny"))
	for range 2 {
		_, err := g.Show(t.Context(), here, "tiny")
		require.Error(t, err, "what went wrong is not remembered")
	}
	assert.Equal(t, 6, below.n)

	out, err := exec.Command("redis-cli", "-p", s.Port(), "--scan").Output() //nolint:gosec // our own words
	require.NoError(t, err)
	assert.NotContains(t, string(out), "secret")
	assert.Equal(t, 2, strings.Count(string(out), "kai:"), "%s", out)
}
