package cli_test

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// sitting is a person at a terminal, with kai in it.
type sitting struct {
	t        *testing.T
	keyboard *os.File
	inside   *os.File
	cmd      *exec.Cmd
	gone     chan struct{}

	mu    sync.Mutex // guards shown
	shown strings.Builder
}

// sit starts kai in a terminal of its own.
func sit(t *testing.T, home string, args ...string) *sitting {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(keyboard.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	inside, err := os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	s := &sitting{t: t, keyboard: keyboard, inside: inside, gone: make(chan struct{}), cmd: kai(t, home, args...)}
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = inside, inside, inside
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, s.cmd.Start())
	go s.watch()
	return s
}

// watch reads the screen until the terminal is gone.
func (s *sitting) watch() {
	defer close(s.gone)
	buffer := make([]byte, 4096)
	for {
		n, err := s.keyboard.Read(buffer)
		s.mu.Lock()
		s.shown.Write(buffer[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// asks says whether kai's last words are that question.
func (s *sitting) asks(prompt string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.shown.String()
	return strings.Contains(text[strings.LastIndex(text, "\n")+1:], prompt)
}

// echoes says whether the terminal shows what is typed.
func (s *sitting) echoes() bool {
	state, err := unix.IoctlGetTermios(int(s.inside.Fd()), unix.TCGETS)
	require.NoError(s.t, err)
	return state.Lflag&unix.ECHO != 0
}

// typeHidden waits for a question, and until the terminal hides what is typed, and types.
func (s *sitting) typeHidden(prompt, text string) {
	s.t.Helper()
	require.Eventually(s.t, func() bool { return s.asks(prompt) && !s.echoes() }, 20*time.Second, time.Millisecond)
	_, err := s.keyboard.WriteString(text)
	require.NoError(s.t, err)
}

// end waits for kai and gives its exit code, all that the terminal showed, and whether it shows again what is typed.
func (s *sitting) end() (code int, shown string, echoes bool) {
	_ = s.cmd.Wait() // the code tells
	echoes = s.echoes()
	_ = s.inside.Close()
	<-s.gone
	_ = s.keyboard.Close()
	return s.cmd.ProcessState.ExitCode(), s.shown.String(), echoes
}

func TestPasswordsAreNotShownAtATerminal(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s := sit(t, home, "vault", "init")
	s.typeHidden("New password", "correct horse\n")
	s.typeHidden("The same again", "correct horse\n")
	code, shown, echoes := s.end()
	require.Equal(t, 0, code, shown)
	assert.True(t, echoes)
	assert.Contains(t, shown, "New password of the vault")
	assert.Contains(t, shown, "The same again: ")

	s = sit(t, home, "vault", "add", "openai", "--password-stdin") // which a terminal need not be told
	s.typeHidden("Password of", "correct horse\n")
	s.typeHidden("Secret of openai", "sk-test-1234\n")
	code, added, _ := s.end()
	require.Equal(t, 0, code, added)

	s = sit(t, home, "vault", "get", "openai", "--show")
	s.typeHidden("Password of", "correct horse\n")
	code, got, _ := s.end()
	require.Equal(t, 0, code, got)
	assert.True(t, strings.HasSuffix(got, "\nsk-test-1234\r\n"), "%q", got)
	assert.NotContains(t, shown+added, "sk-test-1234")
	assert.NotContains(t, shown+added+got, "correct horse")
}

func TestTypingDifferentPasswordsMakesNoVault(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	s := sit(t, home, "vault", "init")
	s.typeHidden("New password", "correct horse\n")
	s.typeHidden("The same again", "correct house\n")
	code, shown, _ := s.end()
	assert.Equal(t, 2, code)
	assert.Contains(t, shown, "the two passwords differ")
	_, err := os.Stat(home + "/data/vault.db")
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestInterruptAtThePromptLeavesTheTerminalAsItWas(t *testing.T) {
	t.Parallel()
	s := sit(t, t.TempDir(), "vault", "init")
	s.typeHidden("New password", "\x03")
	code, shown, echoes := s.end()
	assert.Equal(t, 1, code)
	assert.Contains(t, shown, "nothing was done")
	assert.True(t, echoes)
}
