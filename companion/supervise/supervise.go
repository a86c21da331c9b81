// Package supervise starts and stops the model servers that are installed on this computer, when the person asks for it.
//
// kai never starts one by itself, and stops only what it started. A program that it started ends with kai; what it prints is
// kept in a bounded file. Imports companion/redact, shared/fault and the standard library.
package supervise

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/kindos/kai/companion/redact"
	"github.com/kindos/kai/shared/fault"
)

// How long a program may take until it answers, and to end after it was asked to.
const (
	Patience = time.Minute
	Grace    = 3 * time.Second
)

// look is how often a starting program is asked whether it answers.
const look = 100 * time.Millisecond

// Options say what is supervised. All but Patience and Grace are needed.
type Options struct {
	Programs []Program
	Logs     string                                       // folder of the logs; made when needed
	Data     func(name string) string                     // folder for what a program keeps
	Address  func(name string) string                     // where kai watches a service, as a URL
	Answers  func(ctx context.Context, name string) error // asks a service how it is; nil when it answers
	Now      func() time.Time
	Patience time.Duration // 0: Patience
	Grace    time.Duration // 0: Grace
}

// Supervisor owns the programs that it has started. It may be used by several goroutines.
type Supervisor struct {
	opt    Options
	redact *redact.Redactor

	mu       sync.Mutex // guards what follows
	closed   bool
	children map[string]*child
}

// New prepares a supervisor. It starts nothing.
func New(o Options) *Supervisor {
	if o.Patience == 0 {
		o.Patience = Patience
	}
	if o.Grace == 0 {
		o.Grace = Grace
	}
	return &Supervisor{opt: o, redact: redact.New(), children: map[string]*child{}}
}

// State is how a program is that kai has started.
type State struct {
	Running bool
	Since   time.Time // when it was started, or has ended
	Ended   string    // how it ended by itself: "exit status 1"
}

// States are those of the programs that were started and not stopped, by name.
func (s *Supervisor) States() map[string]State {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]State{}
	for name, c := range s.children {
		out[name] = c.state()
	}
	return out
}

// Start runs an installed program and returns when it answers. One that is not known or not installed gives fault.NotFound,
// one that has no command fault.Unsupported, one that runs already fault.Conflict, and one that ends or does not answer in
// time fault.Unavailable with the last lines that it printed. When ctx ends before it answers, it is stopped again.
func (s *Supervisor) Start(ctx context.Context, name string) error {
	p, err := s.program(name)
	if err != nil {
		return err
	}
	path, err := p.find()
	if err != nil {
		return err
	}
	at, err := listenAt(s.opt.Address(name))
	if err != nil {
		return err
	}
	c, err := s.launch(ctx, p, path, at)
	if err != nil {
		return err
	}
	if err := s.await(ctx, p, c); err != nil {
		c.end()
		<-c.done
		return err
	}
	return nil
}

// launch starts the program unless it runs already.
func (s *Supervisor) launch(ctx context.Context, p Program, path string, at Address) (*child, error) {
	answers := s.opt.Answers(ctx, p.Name) == nil
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fault.New(fault.Unavailable, "kai is stopping")
	}
	if c, ok := s.children[p.Name]; ok && c.state().Running {
		return nil, fault.New(fault.Conflict, "kai has started %s already", p.Title).WithRemedy("stop it with kai services stop %s", p.Name)
	}
	if answers {
		return nil, fault.New(fault.Conflict, "%s runs already, and kai did not start it", p.Title).WithRemedy("use it as it is, or end it where it was started")
	}
	out, err := openOutput(s.opt.Logs, p.Name, s.redact.Text)
	if err != nil {
		return nil, err
	}
	args, env := p.Line(at, s.opt.Data(p.Name))
	c := newChild(command(path, args, environment(os.Environ(), env), out), s.opt.Now, s.opt.Grace)
	go c.own(out)
	if err := <-c.started; err != nil {
		return nil, fault.New(fault.Unavailable, "%s can't be run: %w", filepath.Base(path), err).WithRemedy("see whether it runs in a terminal")
	}
	s.children[p.Name] = c
	return c, nil
}

// await waits until the program answers.
func (s *Supervisor) await(ctx context.Context, p Program, c *child) error {
	ctx, cancel := context.WithTimeout(ctx, s.opt.Patience)
	defer cancel()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		answers := s.opt.Answers(ctx, p.Name) == nil
		select {
		case <-c.done:
			return s.failed(p, "has ended: "+c.how())
		default:
		}
		if answers {
			return nil
		}
		select {
		case <-c.done:
			return s.failed(p, "has ended: "+c.how())
		case <-ctx.Done():
			return s.failed(p, "did not answer in time and was stopped again")
		case <-tick.C:
		}
	}
}

// toldLines is how many of its last lines an error about a program has.
const toldLines = 5

// failed tells what went wrong with the last lines that the program printed.
func (s *Supervisor) failed(p Program, what string) error {
	text := p.Title + " " + what
	if lines, err := Last(s.opt.Logs, p.Name, toldLines); err == nil && len(lines) > 0 {
		text += "\n  " + strings.Join(lines, "\n  ") + "\n"
	}
	return fault.New(fault.Unavailable, "%s", text).WithRemedy("kai services logs %s has all it said", p.Name)
}

// Stop ends a program that kai has started, and waits for it. One that kai did not start gives fault.Conflict.
func (s *Supervisor) Stop(ctx context.Context, name string) error {
	p, err := s.program(name)
	if err != nil {
		return err
	}
	s.mu.Lock()
	c, ours := s.children[name]
	s.mu.Unlock()
	if !ours || !c.state().Running {
		return s.notOurs(ctx, p)
	}
	c.end()
	select {
	case <-c.done:
	case <-ctx.Done():
		return fault.Wrap(fault.CodeOf(ctx.Err()), ctx.Err(), p.Title+" is still ending")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.children[name] == c {
		delete(s.children, name)
	}
	return nil
}

// notOurs says why a program is not stopped.
func (s *Supervisor) notOurs(ctx context.Context, p Program) error {
	if s.opt.Answers(ctx, p.Name) == nil {
		return fault.New(fault.Conflict, "kai did not start %s, so it does not stop it", p.Title).WithRemedy("end it where it was started")
	}
	return fault.New(fault.NotFound, "%s is not running", p.Title).WithRemedy("kai services start %s starts it", p.Name)
}

// Close ends all that was started, at once those that are still there when ctx ends. Nothing starts after it.
func (s *Supervisor) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	children := s.children
	s.children = map[string]*child{}
	s.mu.Unlock()
	for _, c := range children {
		c.end()
	}
	for _, c := range children {
		select {
		case <-c.done:
		case <-ctx.Done():
			c.kill()
			<-c.done
		}
	}
	return nil
}

// program finds a row of the table.
func (s *Supervisor) program(name string) (Program, error) { return named(s.opt.Programs, name) }
