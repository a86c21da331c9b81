package federation

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
)

// What a peer may cost us.
const (
	MaxPrompt = 32 << 10  // bytes of a question
	MaxAnswer = 100 << 10 // bytes of an answer; six times as many still fit into a message
	askEvery  = rate.Limit(1.0 / 60)
	askAtOnce = 10 // questions; then one a minute
	askWithin = 10 * time.Minute

	stateEvery = 30 * time.Second // how often it is looked whether there is something new to tell
	maxNames   = 200              // of what a peer says it has
)

// question is one that was asked elsewhere.
type question struct {
	to     klp.ID
	answer chan klp.TaskResult // has room for one
	failed chan error          // has room for one
}

// Ask has a peer answer a question; until ctx ends. fault.Unavailable: it is away, or went away; its own fault when it
// refuses.
func (n *Node) Ask(ctx context.Context, who, prompt string) (string, error) {
	peer, err := n.opt.Book.Find(who)
	if err != nil {
		return "", err
	}
	if err := checkPrompt(prompt); err != nil {
		return "", err
	}
	task, q := rand.Text(), &question{peer.ID, make(chan klp.TaskResult, 1), make(chan error, 1)}
	n.mu.Lock()
	l := n.last(peer.ID)
	n.asked[task] = q
	n.mu.Unlock()
	defer func() { n.mu.Lock(); delete(n.asked, task); n.mu.Unlock() }()
	if l == nil {
		return "", n.away(peer)
	}
	if err := l.send(ctx, klp.TypeTaskRequest, klp.TaskRequest{Task: task, Prompt: prompt}); err != nil {
		return "", err
	}
	select {
	case r := <-q.answer:
		return r.Text, nil
	case err := <-q.failed:
		return "", err
	case <-ctx.Done():
		return "", fault.New(fault.Timeout, "%s did not answer in time", peer.Name).WithRemedy("ask again later")
	}
}

func checkPrompt(prompt string) error {
	switch {
	case strings.TrimSpace(prompt) == "":
		return fault.New(fault.Invalid, "there is no question").WithRemedy("write what to ask")
	case len(prompt) > MaxPrompt:
		return fault.New(fault.Invalid, "a question to another kai has at most %d KB", MaxPrompt>>10).WithRemedy("shorten it")
	}
	return nil
}

// away is why a peer cannot be asked.
func (n *Node) away(p Peer) error {
	f := fault.New(fault.Unavailable, "%s is not connected", p.Name)
	if why := fault.Public(n.why(p.ID)); why != nil {
		return fault.New(fault.Unavailable, "%s is not connected: %s", p.Name, why.Message).WithRemedy("%s", why.Remedy)
	}
	if p.URL == "" {
		return f.WithRemedy("have it dial this kai, or give its address with kai klp allow %s --url", p.ID)
	}
	return f.WithRemedy("try again in a moment")
}

// why is the error that keeps a peer away that is dialed.
func (n *Node) why(id klp.ID) error {
	n.mu.Lock()
	d := n.dials[id]
	n.mu.Unlock()
	if d == nil {
		return nil
	}
	return d.tries.Why()
}

// giveUp ends what was asked of a peer that went away. Needs mu.
func (n *Node) giveUp(id klp.ID) {
	for _, q := range n.asked {
		if q.to == id {
			fail(q, fault.New(fault.Unavailable, "the other kai went away before it answered").WithRemedy("ask again when kai klp peers shows it connected"))
		}
	}
}

func fail(q *question, err error) {
	select {
	case q.failed <- err:
	default: // it has failed already
	}
}

// take does what a message asks for. A type that this version does not know is left alone: it may come from a later one.
func (n *Node) take(ctx context.Context, l *link, m klp.Message) {
	switch m.Type {
	case klp.TypeCapabilityAnnounce:
		var in klp.Manifest
		if json.Unmarshal(m.Payload, &in) == nil {
			n.learn(l, func(k *kin) {
				if k.manifest = tidy(in); !in.Can(klp.TypeStateSync) {
					k.state = nil // consent was taken back
				}
			})
		}
	case klp.TypeStateSync:
		var in klp.State
		if json.Unmarshal(m.Payload, &in) == nil {
			in = tidyState(in)
			n.learn(l, func(k *kin) { k.state = &in })
		}
	case klp.TypeTaskRequest:
		var in klp.TaskRequest
		if json.Unmarshal(m.Payload, &in) == nil {
			n.begin(ctx, l, in)
		}
	case klp.TypeTaskResult:
		var in klp.TaskResult
		if json.Unmarshal(m.Payload, &in) == nil {
			n.answered(l.session.Peer, in)
		}
	case klp.TypeTaskError:
		var in klp.TaskError
		if json.Unmarshal(m.Payload, &in) == nil && in.Fault != nil {
			n.refused(l.session.Peer, in)
		}
	}
}

func (n *Node) learn(l *link, learn func(*kin)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	learn(n.kin[l.session.Peer])
}

// tidy keeps what a stranger says short.
func tidy(m klp.Manifest) klp.Manifest {
	m.NodeID, m.Version, m.Capabilities = klp.Clip(m.NodeID), klp.Clip(m.Version), tidyCapabilities(m.Capabilities)
	return m
}

func tidyState(s klp.State) klp.State {
	s.Health, s.Capabilities = klp.Clip(s.Health), tidyCapabilities(s.Capabilities)
	s.Hardware.AI.Models = s.Hardware.AI.Models[:min(len(s.Hardware.AI.Models), maxNames)]
	for i, name := range s.Hardware.AI.Models {
		s.Hardware.AI.Models[i] = klp.Clip(name)
	}
	return s
}

func tidyCapabilities(all []klp.Capability) []klp.Capability {
	all = all[:min(len(all), maxNames)]
	for i, c := range all {
		all[i] = klp.Capability{Name: klp.Clip(c.Name), Status: klp.Clip(c.Status)}
	}
	return all
}

// answered hands an answer to whoever asked, if that peer was asked.
func (n *Node) answered(from klp.ID, r klp.TaskResult) {
	n.mu.Lock()
	q := n.asked[r.Task]
	n.mu.Unlock()
	if q == nil || q.to != from {
		return
	}
	select {
	case q.answer <- r:
	default: // it was answered already
	}
}

func (n *Node) refused(from klp.ID, e klp.TaskError) {
	n.mu.Lock()
	q := n.asked[e.Task]
	n.mu.Unlock()
	if q != nil && q.to == from {
		fail(q, fault.New(e.Fault.Code, "the other kai did not answer: %s", klp.Clip(e.Fault.Message)).WithRemedy("%s", klp.Clip(e.Fault.Remedy)))
	}
}

// begin answers a question of a peer that may ask, one at a time, beside the connection.
func (n *Node) begin(ctx context.Context, l *link, in klp.TaskRequest) {
	peer, err := n.find(l.session.Peer)
	if err == nil {
		err = n.admit(peer, in)
	}
	work, end := context.WithTimeout(n.life, askWithin)
	if err == nil {
		err = n.occupy(peer, end)
	}
	if err != nil {
		end()
		n.reply(ctx, l.session.Peer, klp.TypeTaskError, klp.TaskError{Task: klp.Clip(in.Task), Fault: fault.Public(err)})
		return
	}
	n.spawn(func() {
		defer end()
		text, err := n.opt.Answer(work, peer, in)
		n.free(peer)
		if err == nil && len(text) > MaxAnswer {
			err = fault.New(fault.Exhausted, "the answer has more than %d KB", MaxAnswer>>10).WithRemedy("ask for less")
		}
		if err != nil {
			n.reply(n.life, peer.ID, klp.TypeTaskError, klp.TaskError{Task: in.Task, Fault: fault.Public(err)})
			return
		}
		n.reply(n.life, peer.ID, klp.TypeTaskResult, klp.TaskResult{Task: in.Task, Text: text})
	})
}

// admit says whether a peer may ask this.
func (n *Node) admit(p Peer, in klp.TaskRequest) error {
	if !p.Tasks {
		return fault.New(fault.Forbidden, "it takes no questions from this kai").WithRemedy("run kai klp allow ID --tasks there")
	}
	if in.Task == "" || in.Task != klp.Clip(in.Task) {
		return fault.New(fault.Invalid, "a task has a short name")
	}
	return checkPrompt(in.Prompt)
}

// occupy takes the one place that a peer has.
func (n *Node) occupy(p Peer, end context.CancelFunc) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	k := n.kin[p.ID]
	switch {
	case k.answers != nil:
		return fault.New(fault.Conflict, "it answers another question of this kai").WithRemedy("ask one after another")
	case !k.pace.AllowN(n.opt.Now(), 1):
		return fault.New(fault.Exhausted, "this kai asks too often").WithRemedy("wait a minute")
	}
	k.answers = end
	return nil
}

func (n *Node) free(p Peer) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kin[p.ID].answers = nil
}

// reply sends by whatever connection the peer has now.
func (n *Node) reply(ctx context.Context, to klp.ID, kind string, payload any) {
	n.mu.Lock()
	l := n.last(to)
	n.mu.Unlock()
	if l == nil {
		return // it went away, and waits for nothing
	}
	if err := l.send(ctx, kind, payload); err != nil {
		l.cut()
	}
}

// tellChanges tells those that may know how this kai is when that has changed, until ctx ends.
func (n *Node) tellChanges(ctx context.Context) {
	tick := time.NewTicker(stateEvery)
	defer tick.Stop()
	var told klp.State
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		to := n.listeners()
		if len(to) == 0 {
			continue
		}
		now := n.opt.State(ctx)
		if reflect.DeepEqual(now, told) {
			continue
		}
		told = now
		for _, id := range to {
			n.reply(ctx, id, klp.TypeStateSync, now)
		}
	}
}

// listeners are the connected peers that may know how this kai is.
func (n *Node) listeners() (out []klp.ID) {
	all, err := n.opt.Book.List()
	if err != nil {
		return nil // Reload and Serve tell
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range all {
		if p.State && n.last(p.ID) != nil {
			out = append(out, p.ID)
		}
	}
	return out
}
