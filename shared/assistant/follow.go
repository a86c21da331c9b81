package assistant

import (
	"context"
	"sort"
	"sync"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/tool"
)

// maxAnswerBytes is where an answer is ended: what a runaway model or a lying companion can make us keep.
const maxAnswerBytes = 4 << 20

// follower takes in one run: it gathers the deltas, lets any number of views read them from where they are, and keeps
// the message in the store up to date. It is the only writer of its message while the run goes on.
type follower struct {
	a    *Assistant
	id   string
	spec *run.Spec     // of this round, what to start; nil when it was started in an earlier life
	from string        // the trace of what was asked
	over chan struct{} // closed when the run has ended

	mu         sync.Mutex // guards everything below
	cancel     context.CancelFunc
	msg        kept[Message] // Text and Thinking are in text and thinking while the follower lives
	rec        kept[RunRecord]
	text       []byte
	thinking   []byte
	marks      []mark        // one a delta, ascending: where it ends in text
	usesAt     int64         // the delta that changed a call of a tool last
	changed    chan struct{} // closed and replaced at every change
	seq        int           // counts changes
	written    int           // seq that is in the store
	recWritten bool          // so is the run's record
	ended      bool
	abandoned  bool // nothing is written any more: the message was erased or asked for again
	told       bool // news of the end was published
	ours       bool // the end was decided here: the runner has to be told
}

// mark is a place from which a view can go on: what had arrived after delta n.
type mark struct {
	n              int64
	text, thinking int
}

func newFollower(a *Assistant, m kept[Message], rec kept[RunRecord], spec *run.Spec) *follower {
	f := &follower{
		a: a, id: rec.Body.ID, spec: spec, over: make(chan struct{}), cancel: func() {}, msg: m, rec: rec,
		text: []byte(m.Body.Text), thinking: []byte(m.Body.Thinking), changed: make(chan struct{}), usesAt: m.Body.Delta, recWritten: true,
	}
	for i := range m.Body.Tools {
		if u := &m.Body.Tools[i]; u.State == tool.StateRunning { // in an earlier life
			u.State, u.Result = tool.StateFailed, "kAI was closed while this tool was at work; whether it did what it was asked for is not known"
			f.seq++
		}
	}
	f.marks = []mark{f.hereLocked()}
	return f
}

// follow registers a follower and sets it to work.
func (a *Assistant) follow(f *follower) error {
	a.mu.Lock()
	a.runs[f.id] = f
	a.mu.Unlock()
	ok := a.spawn(func(ctx context.Context) {
		ctx, cancel := context.WithCancel(protocol.Traced(ctx, f.from))
		defer cancel()
		f.mu.Lock()
		f.cancel = cancel
		f.mu.Unlock()
		f.pursue(ctx)
	}) && a.spawn(f.keep)
	if !ok {
		return fault.New(fault.Unavailable, "kAI is closing").WithRemedy("ask again when it is back")
	}
	return nil
}

// add takes one delta. Repeated ones are dropped; a runner may merge several into one after a reconnection.
func (f *follower) add(d run.Delta) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := &f.msg.Body
	d.N += f.rec.Body.Base
	if f.ended || d.N <= m.Delta {
		return nil
	}
	if len(f.text)+len(f.thinking)+len(d.Text)+len(d.Thinking) > maxAnswerBytes {
		return fault.New(fault.Exhausted, "the answer is longer than %d MB", maxAnswerBytes>>20).
			WithRemedy("ask for less at a time")
	}
	m.Delta = d.N
	f.text = append(f.text, d.Text...)
	f.thinking = append(f.thinking, d.Thinking...)
	f.callLocked(d.ToolCalls)
	f.marks = append(f.marks, f.hereLocked())
	if d.State.Ended() {
		m.Stats = d.Stats.After(m.Stats)
		if d.State != run.StateDone || !f.turnLocked() {
			f.endLocked(d.State, d.Fault)
		}
	}
	f.changeLocked()
	return nil
}

// finish ends the run on our own account. The numbers stay the runner's, so that it can be followed on should it turn out
// to be alive.
func (f *follower) finish(state run.State, why *fault.Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	f.ours = true
	f.endLocked(state, why)
	f.changeLocked()
	f.cancel()
}

func (f *follower) endLocked(state run.State, why *fault.Fault) {
	switch state {
	case run.StateDone, run.StateStopped, run.StateInterrupted, run.StateFailed:
	default:
		state, why = run.StateFailed, fault.New(fault.Malformed, "the answer ended in an unknown way")
	}
	if state == run.StateFailed && why == nil {
		why = fault.New(fault.Internal, "the answer failed and nothing says why").WithRemedy("try again")
	}
	f.msg.Body.State, f.msg.Body.Fault, f.rec.Body.State = state, why, state
	f.msg.Body.Tools = append([]tool.Use(nil), f.msg.Body.Tools...)
	for i := range f.msg.Body.Tools {
		if u := &f.msg.Body.Tools[i]; !u.State.Settled() {
			u.State = tool.StateStopped
		}
	}
	f.ended = true
	close(f.over)
}

func (f *follower) changeLocked() {
	f.seq++
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *follower) hereLocked() mark {
	return mark{f.msg.Body.Delta, len(f.text), len(f.thinking)}
}

// since merges everything after delta from into one. The channel closes at the next change. Not ok when from is no
// place that is known here.
func (f *follower) since(from int64) (d run.Delta, news <-chan struct{}, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.msg.Body
	at, ok := f.markLocked(from)
	if !ok {
		return run.Delta{}, nil, false
	}
	d = run.Delta{N: m.Delta, Text: string(f.text[at.text:]), Thinking: string(f.thinking[at.thinking:])}
	if f.usesAt > from || f.ended {
		d.Tools = m.Tools
	}
	if f.ended {
		d.N = max(d.N, from+1) // a view drops numbers that it has seen, and must not drop the end
		d.State, d.Fault, d.Stats = m.State, m.Fault, m.Stats
	}
	return d, f.changed, true
}

// markLocked finds the place after delta from. The start is always known; of an ended run so is everything beyond it.
func (f *follower) markLocked(from int64) (mark, bool) {
	i := sort.Search(len(f.marks), func(i int) bool { return f.marks[i].n >= from })
	switch {
	case from == 0:
		return mark{}, true
	case i < len(f.marks) && f.marks[i].n == from:
		return f.marks[i], true
	case i == len(f.marks) && f.ended:
		return f.marks[i-1], true
	}
	return mark{}, false
}

// message is the message as it is now.
func (f *follower) message() Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.messageLocked()
}

func (f *follower) messageLocked() Message {
	m := f.msg.Body
	m.Text, m.Thinking = string(f.text), string(f.thinking)
	return m
}

func (f *follower) record() RunRecord {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rec.Body
}

func (f *follower) at() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.msg.Body.Delta
}

func (f *follower) conversation() string { return f.record().Conversation }

func (f *follower) isOver() bool {
	select {
	case <-f.over:
		return true
	default:
		return false
	}
}

func (f *follower) allWritten() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.abandoned || f.written == f.seq
}

// knowsMoreThan says whether the message here is newer than the one that was read from the store.
func (f *follower) knowsMoreThan(read record.Version) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.abandoned && (f.written != f.seq || f.msg.Version > read)
}

func runNews(r RunRecord) *RunNews {
	return &RunNews{ID: r.ID, Conversation: r.Conversation, Message: r.Message, State: r.State}
}

func (a *Assistant) follower(id string) *follower {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.runs[id]
}

func (a *Assistant) followers() []*follower {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]*follower, 0, len(a.runs))
	for _, f := range a.runs {
		out = append(out, f)
	}
	return out
}

// answering says whether an answer is being made in a conversation.
func (a *Assistant) answering(conversation string) bool {
	for _, f := range a.followers() {
		if !f.isOver() && f.conversation() == conversation {
			return true
		}
	}
	return false
}

// abandon ends followers whose message is erased or replaced: nothing of them is written any more. The caller holds the
// lock, so none is in the middle of writing.
func (a *Assistant) abandon(which func(*follower) bool) {
	for _, f := range a.followers() {
		if !which(f) {
			continue
		}
		f.mu.Lock()
		f.abandoned = true
		f.mu.Unlock()
		f.finish(run.StateStopped, nil)
		a.forget(f)
	}
}

func (a *Assistant) forget(f *follower) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.runs[f.id] == f {
		delete(a.runs, f.id)
	}
}

// resume takes up the runs that went on when the assistant was last closed.
func (a *Assistant) resume(ctx context.Context) error {
	records, err := a.runsIn(ctx, run.StateRunning)
	if err != nil {
		return err
	}
	for _, rec := range records {
		if err := a.takeUp(ctx, rec); err != nil {
			return err
		}
	}
	return nil
}

// takeUp follows a run of an earlier life on from what is stored of it.
func (a *Assistant) takeUp(ctx context.Context, rec kept[RunRecord]) error {
	m, err := get[Message](ctx, a, record.KindMessage, rec.Body.Message)
	if fault.CodeOf(err) == fault.NotFound || (err == nil && m.Body.Run != rec.Body.ID) {
		if err := a.lock(ctx); err != nil {
			return err
		}
		defer a.unlock()
		_, err = a.commit(ctx, NewsData{}, draft{record.KindRun, rec.Body.ID, nil, rec.Version})
		return err
	}
	if err != nil {
		return err
	}
	m.Body.State = run.StateRunning
	return a.follow(newFollower(a, m, rec, nil))
}
