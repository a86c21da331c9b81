package cache

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"github.com/gomodule/redigo/redis"

	"github.com/kindos/kai/shared/fault"
)

// How a Redis is asked. It is on this computer: one that takes longer is as good as none.
const (
	askTime  = 300 * time.Millisecond
	tryAgain = time.Second
	maxIdle  = 2
)

// Redis is a Cache in a Redis server, and in memory while that does not answer.
type Redis struct {
	address string
	pool    *redis.Pool
	memory  *Memory
	now     func() time.Time

	mu    sync.Mutex // guards what follows
	life  string     // begins the names of this life's keys
	fault error      // why it is in memory; nil while Redis answers
	tried time.Time
}

// OpenRedis prepares a cache in the Redis at an address ("localhost:6379"); it need not be there. Nobody is asked yet.
func OpenRedis(address string, now func() time.Time) *Redis {
	pool := &redis.Pool{
		MaxIdle: maxIdle,
		DialContext: func(ctx context.Context) (redis.Conn, error) {
			return redis.DialContext(ctx, "tcp", address, redis.DialConnectTimeout(askTime), redis.DialReadTimeout(askTime), redis.DialWriteTimeout(askTime))
		},
		TestOnBorrowContext: func(ctx context.Context, c redis.Conn, used time.Time) error {
			if time.Since(used) < tryAgain {
				return nil
			}
			_, err := redis.DoContext(c, ctx, "PING") // else a Redis that was started anew would seem to be gone
			return err
		},
	}
	return &Redis{address: address, pool: pool, memory: NewMemory(now), now: now, life: rand.Text()}
}

// Get gives what is kept under a key.
func (r *Redis) Get(ctx context.Context, key string) ([]byte, bool) {
	answer, done := r.ask(ctx, "GET", key)
	if !done {
		return r.memory.Get(ctx, key)
	}
	value, ok := answer.([]byte) // nil for a key that is not there
	return value, ok
}

// Put keeps a value for a time.
func (r *Redis) Put(ctx context.Context, key string, value []byte, keep time.Duration) {
	if _, done := r.ask(ctx, "SET", key, value, "PX", max(1, keep.Milliseconds())); !done {
		r.memory.Put(ctx, key, value, keep)
	}
}

// Delete forgets a key.
func (r *Redis) Delete(ctx context.Context, key string) {
	if _, done := r.ask(ctx, "DEL", key); !done {
		r.memory.Delete(ctx, key)
	}
}

// Check asks Redis whether it is there, also soon after it was not, and says what is wrong.
func (r *Redis) Check(ctx context.Context) error {
	r.mu.Lock()
	r.tried = time.Time{}
	r.mu.Unlock()
	r.ask(ctx, "EXISTS", "")
	return r.Err()
}

// Err says why results are kept in memory (fault.Unavailable); nil while Redis answers, and before it was asked.
func (r *Redis) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fault
}

// Close ends the connections.
func (r *Redis) Close() error { return r.pool.Close() }

// ask gives Redis a command about a key; false when it does not answer, which it is spared to be asked again for a while.
func (r *Redis) ask(ctx context.Context, command, key string, more ...any) (any, bool) {
	r.mu.Lock()
	life, wait := "kai:"+r.life+":", r.fault != nil && r.now().Sub(r.tried) < tryAgain
	r.mu.Unlock()
	if wait {
		return nil, false
	}
	answer, err := r.do(ctx, command, append([]any{life + key}, more...))
	if ctx.Err() != nil {
		return nil, false // whoever asked has gone: that tells nothing about Redis
	}
	return answer, r.heard(err)
}

// do runs one command on a connection of the pool.
func (r *Redis) do(ctx context.Context, command string, args []any) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	conn, err := r.pool.GetContext(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := redis.DoContext(conn, ctx, command, args...)
	return answer, errors.Join(err, conn.Close())
}

// heard takes note of how a question ended. What was forgotten while Redis was away it still has, so when it is back the
// names of all keys change: what it had goes by its age.
func (r *Redis) heard(err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil:
		r.tried = r.now()
		r.fault = fault.New(fault.Unavailable, "Redis does not answer at %s, so short-lived results are kept in memory: %w", r.address, err).
			WithRemedy("start redis-server, or set storage.cache to memory")
		return false
	case r.fault != nil:
		r.fault, r.life = nil, rand.Text()
		r.memory.clear()
		return false // the question was for the keys of before
	}
	return true
}
