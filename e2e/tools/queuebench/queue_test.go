package queuebench_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/cache/redistest"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/queue/local"
)

const (
	tasks   = 10_000
	workers = 10 // as in asynq's own benchmark
	adders  = 10
)

// body is what each task carries.
func body() json.RawMessage { return json.RawMessage(`{"data":1}`) }

// subject is a queue to measure.
type subject struct {
	name string
	open func(b *testing.B, done func()) running
}

// running is an open queue: add adds a task, do begins to do what was added, and done is called for each.
type running struct {
	add func() error
	do  func()
	end func()
}

// rate is how many tasks a second were added and done.
type rate struct{ added, done float64 }

func (s subject) measure(b *testing.B) rate {
	b.Helper()
	var all sync.WaitGroup
	all.Add(tasks)
	q := s.open(b, all.Done)
	defer q.end()
	start := time.Now()
	var crew sync.WaitGroup
	for range adders {
		crew.Go(func() {
			for range tasks / adders {
				if err := q.add(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	crew.Wait()
	added := time.Since(start)
	start = time.Now()
	q.do()
	all.Wait()
	return rate{tasks / added.Seconds(), tasks / time.Since(start).Seconds()}
}

// kai is the queue of kai: what is acknowledged has been synchronised with the disk.
func kai() subject {
	return subject{"kai", func(b *testing.B, done func()) running {
		kind := queue.Kind{Name: "nothing", Do: func(context.Context, *queue.Work) error { done(); return nil }}
		q, err := local.Open(b.Context(), filepath.Join(b.TempDir(), "tasks.db"), local.Options{
			Kinds: []queue.Kind{kind}, Workers: workers, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		})
		require.NoError(b, err)
		return running{
			add: func() error {
				_, err := q.Add(b.Context(), queue.Spec{Kind: "nothing", Body: body()})
				return err
			},
			do:  func() { require.NoError(b, q.Start(b.Context())) },
			end: func() { require.NoError(b, q.Close(context.Background())) },
		}
	}}
}

// quiet is a logger for asynq.
type quiet struct{}

func (quiet) Debug(...any) {}
func (quiet) Info(...any)  {}
func (quiet) Warn(...any)  {}
func (quiet) Error(...any) {}
func (quiet) Fatal(...any) {}

// overRedis is asynq on a Redis that synchronises its log with the disk as fsync says: always, everysec, or not at all.
func overRedis(server *redistest.Server, fsync string) subject {
	return subject{"asynq-" + fsync, func(b *testing.B, done func()) running {
		setFsync(b, server, fsync)
		options := asynq.RedisClientOpt{Addr: server.Address()}
		client := asynq.NewClient(options)
		worker := asynq.NewServer(options, asynq.Config{Concurrency: workers, Logger: quiet{}, LogLevel: asynq.FatalLevel})
		return running{
			add: func() error {
				_, err := client.Enqueue(asynq.NewTask("nothing", body()))
				return err
			},
			do: func() {
				require.NoError(b, worker.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error { done(); return nil })))
			},
			end: func() { worker.Shutdown(); require.NoError(b, client.Close()) },
		}
	}}
}

// setFsync empties Redis and says when it synchronises.
func setFsync(b *testing.B, server *redistest.Server, fsync string) {
	b.Helper()
	to := redis.NewClient(&redis.Options{Addr: server.Address()})
	log := "yes"
	if fsync == "off" {
		log, fsync = "no", "no"
	}
	require.NoError(b, errors.Join(to.FlushAll(b.Context()).Err(), to.ConfigSet(b.Context(), "appendonly", log).Err(),
		to.ConfigSet(b.Context(), "appendfsync", fsync).Err(), to.Close()))
}

// BenchmarkNothing adds 10,000 tasks that do nothing, then has them done, in each queue in turn, and tells medians of the
// rounds. Target: kai does at least half as many as asynq. asynq-always is the one that is as durable as kai.
func BenchmarkNothing(b *testing.B) {
	server := redistest.Start(b)
	subjects := []subject{kai(), overRedis(server, "always"), overRedis(server, "everysec"), overRedis(server, "off")}
	added, done := make([][]float64, len(subjects)), make([][]float64, len(subjects))
	for range b.N {
		for n, s := range subjects {
			r := s.measure(b)
			added[n], done[n] = append(added[n], r.added), append(done[n], r.done)
		}
	}
	for n, s := range subjects {
		b.ReportMetric(median(done[n]), s.name+"-done/s")
		b.ReportMetric(median(added[n]), s.name+"-added/s")
		if n > 0 {
			b.ReportMetric(median(done[0])/median(done[n]), "kai/"+s.name)
		}
	}
}

func median(figures []float64) float64 {
	slices.Sort(figures)
	return figures[len(figures)/2]
}
