package protocol

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/kindos/kai/shared/fault"
)

const (
	queueDepth  = 256     // letters that wait for the writer before a sender waits too
	backlogMost = 16      // letters held back behind frames in parts
	urgentMost  = 1 << 14 // refusals to a partner that floods and does not read
)

// letter is an encoded frame. Letters of one address keep their order; others may pass between the parts of a large one.
type letter struct {
	address
	frame []byte
}

// address tells our requests from our answers, whose ids the partner chose.
type address struct {
	answer bool
	id     string
}

// outbox is the one way out: senders queue, one goroutine (run) writes. The reading goroutine must never wait for a slow
// partner (two such peers would wait for each other), so what it has to say goes through the urgent list, which never blocks.
type outbox struct {
	queue chan letter
	bell  chan struct{} // rings when urgent has something
	limit int           // 0: no frame is cut

	version *atomic.Int32 // what parts are stamped with

	mu     sync.Mutex
	urgent []letter

	backlog []*waiting // run's own
	cuts    int        // run's own: how many frames were cut, names the next one
}

// waiting is a letter in the backlog: being cut, or behind one of its own address that is.
type waiting struct {
	letter
	parts *cutter
}

func newOutbox(limit int, version *atomic.Int32) *outbox {
	if limit > 0 {
		limit = max(limit, minFrame)
	}
	return &outbox{queue: make(chan letter, queueDepth), bell: make(chan struct{}, 1), limit: limit, version: version}
}

// put queues a letter, waiting for room until ctx or done ends.
func (o *outbox) put(ctx context.Context, done <-chan struct{}, l letter) error {
	if isClosed(done) {
		return gone()
	}
	select {
	case o.queue <- l:
		return nil
	case <-done:
		return gone()
	case <-ctx.Done():
		return stopped(ctx, "sending")
	}
}

// putUrgent queues a letter without waiting; false when the partner has let far too many pile up.
func (o *outbox) putUrgent(l letter) bool {
	o.mu.Lock()
	full := len(o.urgent) >= urgentMost
	if !full {
		o.urgent = append(o.urgent, l)
	}
	o.mu.Unlock()
	select {
	case o.bell <- struct{}{}:
	default:
	}
	return !full
}

func (o *outbox) takeUrgent() []letter {
	o.mu.Lock()
	defer o.mu.Unlock()
	letters := o.urgent
	o.urgent = nil
	return letters
}

// run writes until done is closed (it then still writes what is urgent: the farewell) or send fails.
func (o *outbox) run(done <-chan struct{}, send func([]byte) error) error {
	for {
		l, ok := o.next(done)
		if err := o.sendUrgent(send); err != nil || isClosed(done) {
			return err
		}
		if ok {
			if err := o.post(l, send); err != nil {
				return err
			}
		}
		if err := o.sendPart(send); err != nil {
			return err
		}
	}
}

// next takes a letter from the queue, waiting only when nothing else is to be done.
func (o *outbox) next(done <-chan struct{}) (l letter, ok bool) {
	if len(o.backlog) >= backlogMost {
		return l, false
	}
	if len(o.backlog) > 0 {
		select {
		case l = <-o.queue:
			return l, true
		default:
			return l, false
		}
	}
	select {
	case l = <-o.queue:
		return l, true
	case <-o.bell:
	case <-done:
	}
	return l, false
}

func (o *outbox) sendUrgent(send func([]byte) error) error {
	for _, l := range o.takeUrgent() {
		if err := o.post(l, send); err != nil {
			return err
		}
	}
	return nil
}

// post sends a letter, or puts it into the backlog when it must be cut or must not overtake one that is.
func (o *outbox) post(l letter, send func([]byte) error) error {
	large := o.limit > 0 && len(l.frame) > o.limit
	if !large && !o.held(l.address) {
		return send(l.frame)
	}
	w := &waiting{letter: l}
	if large {
		o.cuts++
		w.parts = &cutter{v: int(o.version.Load()), limit: o.limit, id: "p" + strconv.Itoa(o.cuts), rest: l.frame}
	}
	o.backlog = append(o.backlog, w)
	return nil
}

func (o *outbox) held(a address) bool {
	for _, w := range o.backlog {
		if w.address == a {
			return true
		}
	}
	return false
}

// sendPart moves the head of the backlog on by one frame.
func (o *outbox) sendPart(send func([]byte) error) error {
	if len(o.backlog) == 0 {
		return nil
	}
	head, frame, last := o.backlog[0], []byte(nil), true
	if head.parts == nil {
		frame = head.frame
	} else {
		frame, last = head.parts.next()
	}
	if last {
		o.backlog = o.backlog[1:]
	}
	return send(frame)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func gone() *fault.Fault {
	return fault.New(fault.Unavailable, "the connection has ended").WithRemedy("try again in a moment")
}

func stopped(ctx context.Context, doing string) *fault.Fault {
	return fault.New(fault.CodeOf(ctx.Err()), "%s was stopped: %w", doing, ctx.Err())
}
