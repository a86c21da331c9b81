package cli

import (
	"bufio"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// asker gets secrets from a person at a terminal, without showing them, or from lines of standard input.
type asker struct {
	ctx      context.Context // ends waiting; an asker lives for one command
	terminal *os.File        // nil when there is none
	lines    *bufio.Reader   // nil unless --password-stdin
	says     io.Writer
}

// asker prepares asking by the flags. A terminal is always asked: lines typed there would show.
func (c *commands) asker(ctx context.Context, f *vaultFlags) *asker {
	a := &asker{ctx: ctx, says: c.Stderr}
	if isTerminal(c.Stdin) {
		a.terminal, _ = c.Stdin.(*os.File)
	} else if f.fromStdin {
		a.lines = bufio.NewReader(c.Stdin)
	}
	return a
}

// answer is a line, or why there is none.
type answer struct {
	text []byte
	err  error
}

// await reads until ctx ends. A read that is given up ends with the process: nothing can call it back.
func (a *asker) await(read func() ([]byte, error)) ([]byte, error) {
	done := make(chan answer, 1)
	go func() {
		text, err := read()
		done <- answer{text, err}
	}()
	select {
	case got := <-done:
		return got.text, got.err
	case <-a.ctx.Done():
		return nil, a.ctx.Err()
	}
}

// isTerminal says whether a person sits at the other end.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// secret asks for one line.
func (a *asker) secret(what string) (config.Secret, error) {
	switch {
	case a.lines != nil:
		line, err := a.await(func() ([]byte, error) { return a.lines.ReadBytes('\n') })
		if errors.Is(err, context.Canceled) {
			return "", stopped(err)
		}
		if err != nil && len(line) == 0 {
			return "", fault.New(fault.Invalid, "standard input ended where a line was expected: %s", what).WithRemedy("see --help for the order of the lines")
		}
		return config.Secret(withoutEnd(line)), nil
	case a.terminal != nil:
		return a.hidden(what)
	default:
		return "", fault.New(fault.Invalid, "there is no terminal to ask at: %s", what).WithRemedy("give --password-stdin to read it from standard input")
	}
}

// hidden asks at the terminal, which shows nothing of the answer.
func (a *asker) hidden(what string) (config.Secret, error) {
	fd := int(a.terminal.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fault.New(fault.Unavailable, "the terminal can't be used: %w", err)
	}
	_, _ = fmt.Fprint(a.says, what+": ")
	line, err := a.await(func() ([]byte, error) { return term.ReadPassword(fd) })
	_, _ = fmt.Fprintln(a.says)
	if err != nil {
		return "", stopped(errors.Join(err, term.Restore(fd, before)))
	}
	defer clear(line)
	return config.Secret(line), nil
}

// stopped says that the person gave up.
func stopped(err error) error {
	return fault.Wrap(fault.Canceled, err, "nothing was typed, so nothing was done")
}

// twice asks for a new password, at a terminal two times.
func (a *asker) twice(what string) (config.Secret, error) {
	first, err := a.secret(what)
	if err != nil || a.terminal == nil {
		return first, err
	}
	again, err := a.secret("The same again")
	if err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare([]byte(first.Reveal()), []byte(again.Reveal())) != 1 {
		return "", fault.New(fault.Invalid, "the two passwords differ").WithRemedy("try again")
	}
	return first, nil
}

// rest asks for a secret: one line at a terminal, else all that is left but one line end.
func (a *asker) rest(what string) (config.Secret, error) {
	if a.lines == nil {
		return a.secret(what)
	}
	text, err := a.await(func() ([]byte, error) { return io.ReadAll(io.LimitReader(a.lines, vault.MaxValue+3)) }) // one more than fits, and a line end
	if err != nil {
		return "", stopped(err)
	}
	return config.Secret(withoutEnd(text)), nil
}

// withoutEnd is a line without its end.
func withoutEnd(line []byte) string {
	return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
}

// confirm asks for a yes; anything else, and nobody there, is a no.
func (a *asker) confirm(what string) bool {
	if a.terminal == nil {
		return false
	}
	_, _ = fmt.Fprint(a.says, what+" [yes/no] ")
	line, err := a.await(func() ([]byte, error) { return bufio.NewReader(a.terminal).ReadBytes('\n') })
	return err == nil && strings.TrimSpace(string(line)) == "yes"
}
