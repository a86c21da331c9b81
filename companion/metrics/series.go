package metrics

import (
	"context"
	"slices"
	"time"

	"github.com/kindos/kai/shared/driver"
)

// Series are the points in columns: what stands at one place in each belongs to one minute. The last is the minute that
// goes on, as far as it is known.
type Series struct {
	Began    time.Time `json:"began" doc:"When this kai began. Nothing is known of before."`
	Every    int       `json:"every" doc:"Seconds between points."`
	Times    []int64   `json:"times" doc:"When each minute began, in seconds since 1970. A minute in which the computer slept is missing."`
	Requests []int64   `json:"requests" doc:"Questions to model servers that began."`
	Failed   []int64   `json:"failed" doc:"Questions that ended with an error."`
	Tokens   []int64   `json:"tokens" doc:"Tokens of the answers that ended."`
	Millis   []int64   `json:"millis" doc:"Milliseconds that were spent making them."`
	Waiting  []int32   `json:"waiting" doc:"Tasks that waited."`
	Running  []int32   `json:"running" doc:"Tasks that ran."`
	Dead     []int32   `json:"dead" doc:"Tasks that were given up."`
	Memory   []int64   `json:"memory" doc:"Resident memory in bytes."`
	Storage  []int64   `json:"storage" doc:"Bytes on disk in the data directory."`
	Steps    []Strip   `json:"steps" doc:"The parts of kai and the services that it watches, over the whole day."`
}

// Strip is how one step was.
type Strip struct {
	Step   string       `json:"step"`
	State  driver.State `json:"state" doc:"Now; empty when it is switched off."`
	Detail string       `json:"detail,omitempty" doc:"In a sentence, when there is something to say."`
	Spans  []Span       `json:"spans"`
}

// Span is a time in which a step was in one state, in seconds since 1970. Until is not part of it.
type Span struct {
	State driver.State `json:"state"`
	From  int64        `json:"from"`
	Until int64        `json:"until"`
}

// Series answers the points of minutes that began at after or later.
func (k *Keeper) Series(ctx context.Context, after int64) Series {
	s := k.sample(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	last := k.pointLocked(s)
	points := append(slices.Clone(k.points), last)
	out := emptySeries(k.began)
	for _, p := range points {
		if p.at >= after {
			out.add(p)
		}
	}
	for place, step := range k.steps {
		out.Steps = append(out.Steps, stripOf(points, place, step, s.Steps))
	}
	return out
}

// emptySeries has lists without anything in them, which are [] in JSON.
func emptySeries(began time.Time) Series {
	none := func() []int64 { return []int64{} }
	return Series{
		Began: began.UTC(), Every: int(Every / time.Second), Times: none(),
		Requests: none(), Failed: none(), Tokens: none(), Millis: none(),
		Waiting: []int32{}, Running: []int32{}, Dead: []int32{}, Memory: none(), Storage: none(), Steps: []Strip{},
	}
}

// add puts a point at the end of each column.
func (s *Series) add(p point) {
	s.Times = append(s.Times, p.at)
	s.Requests, s.Failed = append(s.Requests, p.counts.requests), append(s.Failed, p.counts.failed)
	s.Tokens, s.Millis = append(s.Tokens, p.counts.tokens), append(s.Millis, p.counts.millis)
	s.Waiting, s.Running, s.Dead = append(s.Waiting, p.tasks[0]), append(s.Running, p.tasks[1]), append(s.Dead, p.tasks[2])
	s.Memory, s.Storage = append(s.Memory, p.memory), append(s.Storage, p.disk)
}

// stripOf joins the minutes in which a step was in one state.
func stripOf(points []point, place int, step string, now []driver.StepHealth) Strip {
	strip := Strip{Step: step, Spans: []Span{}}
	if at := slices.IndexFunc(now, func(h driver.StepHealth) bool { return h.Step == step }); at >= 0 {
		strip.State, strip.Detail = now[at].State, now[at].Detail
	}
	const length = int64(Every / time.Second)
	for _, p := range points {
		kept := p.states[place]
		if kept == 0 {
			continue
		}
		state := states()[kept-1]
		if n := len(strip.Spans); n > 0 && strip.Spans[n-1].State == state && strip.Spans[n-1].Until == p.at {
			strip.Spans[n-1].Until += length
			continue
		}
		strip.Spans = append(strip.Spans, Span{State: state, From: p.at, Until: p.at + length})
	}
	return strip
}
