package logfile_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/logfile"
	"github.com/kindos/kai/companion/redact"
)

// clock gives a new second at every look.
func clock() func() time.Time {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return func() time.Time { now = now.Add(time.Second); return now }
}

// line is a line of a log with a text and a number of bytes.
func line(text string) []byte {
	return fmt.Appendf(nil, `{"time":"2026-01-02T03:04:05Z","level":"INFO","msg":%q}`+"\n", text)
}

// texts are the messages of the last lines.
func texts(t *testing.T, dir string, f logfile.Filter, n int) []string {
	t.Helper()
	lines, err := logfile.Last(dir, f, n, logfile.End(dir))
	require.NoError(t, err)
	out := []string{}
	for _, l := range lines {
		out = append(out, l.Message)
	}
	return out
}

func TestAFullFileIsPutAsideAndFewAreKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	w, err := logfile.Open(dir, logfile.Limits{MaxSize: 150, MaxFiles: 3, MaxAge: time.Hour}, clock())
	require.NoError(t, err)
	for i := range 9 {
		_, err := w.Write(line(fmt.Sprint("line ", i)))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, w.Close())
	_, err = w.Write(line("late"))
	require.ErrorIs(t, err, os.ErrClosed)
	assert.Equal(t, []string{"line 4", "line 5", "line 6", "line 7", "line 8"}, texts(t, dir, logfile.Filter{}, 0), "two in a file, three files, the last half full")
	assert.Equal(t, []string{"line 7", "line 8"}, texts(t, dir, logfile.Filter{}, 2))
	if runtime.GOOS == "windows" {
		return
	}
	for _, path := range append(logfile.Files(dir), dir) {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, "nobody else reads %s", path)
	}
}

func TestOldFilesGo(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"kai-20251201T000000.000000000Z.log", "kai-20260101T000000.000000000Z.log", "kai-strange.log"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), line(name), 0o600))
	}
	w, err := logfile.Open(dir, logfile.DefaultLimits(), clock())
	require.NoError(t, err)
	require.NoError(t, w.Close())
	var names []string
	for _, path := range logfile.Files(dir) {
		names = append(names, filepath.Base(path))
	}
	assert.Equal(t, []string{"kai-20260101T000000.000000000Z.log", "kai-strange.log", "kai.log"}, names)
}

func TestLinesAreFiltered(t *testing.T) {
	dir := t.TempDir()
	w, err := logfile.Open(dir, logfile.DefaultLimits(), time.Now)
	require.NoError(t, err)
	level := new(slog.LevelVar)
	log := logfile.Logger(w, nil, level, redact.New("planted by heart"))
	log.With("component", "api").Warn("api warns")
	log.With("component", "engine").Error("engine fails", "error", fmt.Errorf("two\nlines\x1b[31m"))
	log.Debug("unseen", "why", "planted by heart")
	level.Set(slog.LevelDebug)
	log.Debug("seen", "password", "planted", "words", "planted by heart")
	_, err = io.WriteString(w, "no line\n{\"time\":\"x\"}\n{\"cut\":")
	require.NoError(t, err)
	require.NoError(t, w.Close())
	raw, err := os.ReadFile(logfile.Files(dir)[0])
	require.NoError(t, err)
	assert.NotContains(t, string(raw), "planted")
	for want, f := range map[string]logfile.Filter{
		"api warns,engine fails,seen": {Level: slog.LevelDebug},
		"api warns,engine fails":      {Level: slog.LevelWarn},
		"engine fails":                {Component: "engine"},
		"":                            {Level: slog.LevelDebug, Since: time.Now().Add(time.Hour)},
	} {
		assert.Equal(t, want, strings.Join(texts(t, dir, f, 0), ","))
	}
	lines, err := logfile.Last(dir, logfile.Filter{Component: "engine"}, 0, logfile.End(dir))
	require.NoError(t, err)
	assert.Regexp(t, `^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} ERROR engine    engine fails error="two\\nlines\\x1b\[31m"$`, lines[0].String())
}

func TestATerminalIsNotSteeredByALog(t *testing.T) {
	l, ok := logfile.Parse([]byte(`{"time":"2026-01-02T03:04:05Z","level":"INFO","component":"\u001b]0;x\u0007","msg":"a\u001b[2Jb\u202e","k\u001b":"v\u009b1m"}`))
	require.True(t, ok)
	for _, r := range l.String() {
		assert.False(t, r < ' ' || r == 0x9b || r == 0x202e, "%q", l.String())
	}
}

func TestFollowingGoesAlongWhenAFileIsBegun(t *testing.T) {
	dir := t.TempDir()
	w, err := logfile.Open(dir, logfile.Limits{MaxSize: 150, MaxFiles: 3, MaxAge: time.Hour}, clock())
	require.NoError(t, err)
	defer func() { _ = w.Close() }()
	_, err = w.Write(line("before"))
	require.NoError(t, err)
	end := logfile.End(dir)
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	got := make(chan string)
	done := make(chan error, 1)
	go func() {
		done <- logfile.Follow(ctx, dir, logfile.Filter{}, end, func(l logfile.Line) {
			select {
			case got <- l.Message:
			case <-ctx.Done():
			}
		})
	}()
	for i := range 7 {
		text := fmt.Sprint("line ", i)
		half := len(line(text))
		if i == 0 {
			half = 10 // the reader may see a line before its end is there
		}
		for _, part := range [][]byte{line(text)[:half], line(text)[half:]} {
			_, err := w.Write(part)
			require.NoError(t, err)
		}
		select {
		case message := <-got:
			assert.Equal(t, text, message)
		case <-ctx.Done():
			t.Fatal("no line came")
		}
	}
	stop()
	require.NoError(t, <-done)
}

// Whatever stands in a log, it is a line or none.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"time":"2026-01-02T03:04:05Z","level":"INFO","msg":"m","a":{"b":[1]}}`))
	f.Add([]byte(`{"time":1,"level":[],"msg":{}}`))
	f.Add([]byte("{\"\xff\":"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if l, ok := logfile.Parse(text); ok {
			assert.False(t, l.Time.IsZero())
			assert.NotContains(t, l.String(), "\n")
		}
	})
}
