package supervise

import (
	"context"
	"io"
	"os/exec"
	"runtime"
	"sync"
	"time"
)

// pipeTime bounds the wait for output when a program has ended and one that it started holds on to its pipe.
const pipeTime = 2 * time.Second

// command prepares a program.
func command(path string, args, env []string, out io.Writer) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), path, args...) //nolint:gosec // of the table; its owner ends it
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = env, out, out, pipeTime
	apart(cmd)
	return cmd
}

// child is one started program. The goroutine of own is its owner, and ends after it.
type child struct {
	cmd     *exec.Cmd
	now     func() time.Time
	grace   time.Duration
	started chan error    // gets one value
	done    chan struct{} // closed when the program has ended

	ending, killing chan struct{}
	endOnce         sync.Once
	killOnce        sync.Once

	mu    sync.Mutex // guards since and last
	since time.Time
	last  error // how it ended
}

func newChild(cmd *exec.Cmd, now func() time.Time, grace time.Duration) *child {
	return &child{
		cmd: cmd, now: now, grace: grace, since: now(),
		started: make(chan error, 1), done: make(chan struct{}), ending: make(chan struct{}), killing: make(chan struct{}),
	}
}

// own starts the program and stays with it until it has ended. It keeps its thread: Linux ends the program with the thread
// that started it.
func (c *child) own(out io.Closer) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(c.done)
	defer func() { _ = out.Close() }() // nobody reads it: nothing to be done
	err := c.cmd.Start()
	c.started <- err
	if err != nil {
		c.ended(err)
		return
	}
	exited := make(chan error, 1)
	go func() { exited <- c.cmd.Wait() }() // ends with the program
	select {
	case err = <-exited:
	case <-c.ending:
		err = c.finish(exited)
	}
	c.ended(err)
}

// finish asks the program to end, and ends it when it does not.
func (c *child) finish(exited <-chan error) error {
	askToEnd(c.cmd.Process)
	late := time.NewTimer(c.grace)
	defer late.Stop()
	select {
	case err := <-exited:
		return err
	case <-late.C:
	case <-c.killing:
	}
	endNow(c.cmd.Process)
	return <-exited
}

func (c *child) ended(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since, c.last = c.now(), err
}

// end has the owner end the program; kill has it do so at once.
func (c *child) end()  { c.endOnce.Do(func() { close(c.ending) }) }
func (c *child) kill() { c.killOnce.Do(func() { close(c.killing) }) }

// how tells how it ended.
func (c *child) how() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		return "exit status 0"
	}
	return c.last.Error()
}

func (c *child) state() State {
	select {
	case <-c.done:
		how := c.how()
		c.mu.Lock()
		defer c.mu.Unlock()
		return State{Since: c.since, Ended: how}
	default:
		c.mu.Lock()
		defer c.mu.Unlock()
		return State{Running: true, Since: c.since}
	}
}
