package app

import (
	"context"

	"github.com/kindos/kai/companion/cache"
	"github.com/kindos/kai/companion/driver/standalone"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
)

// redisAddress is where the specification has Redis (initializeStorage).
const redisAddress = "localhost:6379"

// openRedis prepares the cache that storage.cache names; nil for memory. A Redis that is not there stops nothing.
func openRedis(opt Options) *cache.Redis {
	if opt.Config.Storage.Cache != config.CacheRedis {
		return nil
	}
	if opt.Redis == "" {
		opt.Redis = redisAddress
	}
	return cache.OpenRedis(opt.Redis, opt.Now)
}

// cache is where short-lived results are kept.
func (a *App) cache() cache.Cache {
	if a.redis != nil {
		return a.redis
	}
	return cache.NewMemory(a.opt.Now)
}

// cachePart looks after Redis, where it is used.
func (a *App) cachePart() standalone.Part {
	if a.redis == nil {
		return standalone.Part{Step: driver.StepCache, Tell: func() (string, bool) { return "in memory", false }}
	}
	return standalone.Part{
		Step:  driver.StepCache,
		Stop:  func(context.Context) error { return a.redis.Close() },
		Watch: func(ctx context.Context) (string, error) { return "", a.redis.Check(ctx) },
		Tell:  func() (string, bool) { return standalone.Detail(a.redis.Err()), a.redis.Err() != nil },
	}
}
