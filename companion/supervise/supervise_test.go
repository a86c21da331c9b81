//go:build !windows

package supervise_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/supervise"
	"github.com/kindos/kai/shared/fault"
)

// The programs of these tests are scripts of a Unix shell.

// world is a supervisor of one real program: a shell, with a script of the test. A program answers by making a file.
type world struct {
	*supervise.Supervisor
	dir     string
	address string
}

// answers is the file that a program of a test makes when it is ready.
func (w *world) answers() string { return filepath.Join(w.dir, "answers") }

// supervised prepares one. In the script, $READY is the file of answers.
func supervised(t *testing.T, script string) *world {
	t.Helper()
	w := &world{dir: t.TempDir(), address: "http://localhost:1234"}
	table := append([]supervise.Program{
		{Name: "shell", Title: "Shell", Find: []string{"/bin/sh"}, Line: func(supervise.Address, string) ([]string, []string) {
			return []string{"-c", script}, []string{"READY=" + w.answers()}
		}},
		{Name: "absent", Title: "Absent", Find: []string{"kai-test-absent", "/nowhere/absent"}, Get: "get it somewhere"},
	}, supervise.Programs()...)
	w.Supervisor = supervise.New(supervise.Options{
		Programs: table, Logs: filepath.Join(w.dir, "logs"), Data: func(name string) string { return filepath.Join(w.dir, name) },
		Address: func(string) string { return w.address },
		Answers: func(context.Context, string) error { _, err := os.Stat(w.answers()); return err },
		Now:     time.Now, Grace: 100 * time.Millisecond, Patience: 20 * time.Second,
	})
	t.Cleanup(func() { assert.NoError(t, w.Close(context.Background())) })
	return w
}

// lines are the last lines of the program.
func (w *world) lines(t *testing.T) []string {
	t.Helper()
	out, err := supervise.Last(filepath.Join(w.dir, "logs"), "shell", 0)
	require.NoError(t, err)
	return out
}

// alive says whether a process is there; one whose parent has not taken its end yet is not.
func alive(t *testing.T, pid string) bool {
	t.Helper()
	n, err := strconv.Atoi(pid)
	require.NoError(t, err)
	if stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat")); err == nil && strings.Contains(string(stat), ") Z ") {
		return false
	}
	return !errors.Is(syscall.Kill(n, 0), syscall.ESRCH)
}

func TestAProgramIsStartedListedAndStopped(t *testing.T) {
	t.Setenv("KAI_SECRET", "planted")
	w := supervised(t, `echo $$; echo "password=hunter2 kai=$KAI_SECRET"; touch $READY; trap 'echo bye; rm $READY; exit 0' TERM; while :; do sleep 0.05; done`)
	require.NoError(t, w.Start(t.Context(), "shell"))
	assert.True(t, w.States()["shell"].Running)
	assert.Equal(t, fault.Conflict, fault.CodeOf(w.Start(t.Context(), "shell")), "it runs already")
	require.NoError(t, w.Stop(t.Context(), "shell"))
	assert.Empty(t, w.States())
	lines := w.lines(t)
	assert.Equal(t, []string{"password=*** kai=", "bye"}, lines[1:], "asked to end, it did; no secret is kept, and none is handed on")
	assert.False(t, alive(t, lines[0]))
	assert.Equal(t, fault.NotFound, fault.CodeOf(w.Stop(t.Context(), "shell")), "it does not run")
}

func TestWhatCannotBeStartedIsSaid(t *testing.T) {
	w := supervised(t, "exit 0")
	for name, want := range map[string]struct {
		code fault.Code
		text string
	}{
		"absent":  {fault.NotFound, "not installed"},
		"comfyui": {fault.Unsupported, "no one command"},
		"a1111":   {fault.Unsupported, "no one command"},
		"../x":    {fault.NotFound, `no service "../x"`},
	} {
		err := w.Start(t.Context(), name)
		assert.Equal(t, want.code, fault.CodeOf(err), name)
		assert.ErrorContains(t, err, want.text)
		assert.NotEmpty(t, fault.Public(err).Remedy, name)
	}
	for _, address := range []string{"http://192.0.2.1:11434", "http://0.0.0.0:11434", "https://localhost:11434", "http://localhost", "http://example.org:80", "::"} {
		w.address = address
		assert.Equal(t, fault.Unsupported, fault.CodeOf(w.Start(t.Context(), "shell")), address)
	}
}

func TestAProgramThatEndsAtOnceTellsItsLastLines(t *testing.T) {
	w := supervised(t, `for i in 1 2 3 4 5 6; do echo "line $i"; done; printf 'no \033[31mport' >&2; exit 3`)
	err := w.Start(t.Context(), "shell")
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	assert.Equal(t, "Shell has ended: exit status 3\n  line 3\n  line 4\n  line 5\n  line 6\n  no ·[31mport\n", fault.Public(err).Message)
	assert.False(t, w.States()["shell"].Running)
}

func TestAProgramThatIgnoresTheSignalIsKilledWithWhatItStarted(t *testing.T) {
	w := supervised(t, `trap '' TERM; sleep 600 & echo $$; echo $!; touch $READY; wait; while :; do sleep 1; done`)
	require.NoError(t, w.Start(t.Context(), "shell"))
	require.NoError(t, w.Stop(t.Context(), "shell"))
	for _, pid := range w.lines(t) {
		assert.Eventually(t, func() bool { return !alive(t, pid) }, 10*time.Second, 10*time.Millisecond, "process %s", pid)
	}
}

func TestWhatSomebodyElseStartedIsLeftAlone(t *testing.T) {
	w := supervised(t, "exit 0")
	require.NoError(t, os.WriteFile(w.answers(), nil, 0o600))
	assert.Equal(t, fault.Conflict, fault.CodeOf(w.Start(t.Context(), "shell")))
	assert.Equal(t, fault.Conflict, fault.CodeOf(w.Stop(t.Context(), "shell")))
	assert.Empty(t, w.States())
}

func TestAnEndByItselfIsNoticed(t *testing.T) {
	w := supervised(t, `touch $READY; read -r line < $READY.fifo; rm $READY; exit 7`)
	fifo := w.answers() + ".fifo"
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	require.NoError(t, w.Start(t.Context(), "shell"))
	require.NoError(t, os.WriteFile(fifo, []byte("end\n"), 0o600))
	require.Eventually(t, func() bool { return !w.States()["shell"].Running }, 10*time.Second, 10*time.Millisecond)
	assert.Equal(t, "exit status 7", w.States()["shell"].Ended)
	assert.Equal(t, fault.NotFound, fault.CodeOf(w.Stop(t.Context(), "shell")))
}

func TestGivingUpStopsItAgain(t *testing.T) {
	w := supervised(t, `echo $$; touch $READY.begun; sleep 600`)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for _, err := os.Stat(w.answers() + ".begun"); err != nil && ctx.Err() == nil; _, err = os.Stat(w.answers() + ".begun") {
			runtime.Gosched()
		}
		cancel()
	}()
	assert.Equal(t, fault.Unavailable, fault.CodeOf(w.Start(ctx, "shell")))
	assert.False(t, alive(t, w.lines(t)[0]))
}

func TestEverythingEndsWithKai(t *testing.T) {
	w := supervised(t, `echo $$; touch $READY; sleep 600`)
	require.NoError(t, w.Start(t.Context(), "shell"))
	require.NoError(t, w.Close(t.Context()))
	assert.False(t, alive(t, w.lines(t)[0]))
	require.NoError(t, os.Remove(w.answers()))
	assert.Equal(t, fault.Unavailable, fault.CodeOf(w.Start(t.Context(), "shell")), "nothing starts after it")
}

func TestTheLogIsBounded(t *testing.T) {
	w := supervised(t, `i=0; while [ $i -lt 700 ]; do printf '%04000d\n' $i; i=$((i+1)); done; exit 1`)
	require.Error(t, w.Start(t.Context(), "shell"))
	for name, want := range map[string]int64{"shell.log": supervise.MaxLog, "shell.log.1": supervise.MaxLog} {
		info, err := os.Stat(filepath.Join(w.dir, "logs", name))
		require.NoError(t, err)
		assert.LessOrEqual(t, info.Size(), want, name)
		assert.Zero(t, info.Mode().Perm()&0o077, "nobody else reads %s", name)
	}
	last, err := supervise.Last(filepath.Join(w.dir, "logs"), "shell", 1)
	require.NoError(t, err)
	assert.Len(t, last, 1)
}

func TestTheTableListensWhereKaiLooks(t *testing.T) {
	want := map[string]string{
		"ollama": "[serve] [OLLAMA_HOST=127.0.0.1:4321]",
		"chroma": "[run --host 127.0.0.1 --port 4321 --path /data/chroma] []",
	}
	for _, p := range supervise.Programs() {
		if p.Line == nil {
			continue
		}
		args, env := p.Line(supervise.Address{Host: "127.0.0.1", Port: "4321"}, "/data/"+p.Name)
		assert.Equal(t, want[p.Name], fmt.Sprintf("%v %v", args, env), p.Name)
	}
}
