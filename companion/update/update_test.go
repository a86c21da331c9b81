package update_test

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/update"
	"github.com/kindos/kai/shared/fault"
)

func TestAnUpdateReplacesTheProgramAndKeepsTheOldOne(t *testing.T) {
	h := newHouse(t)
	h.publish(h.store.key)
	o, err := h.updater.Check(t.Context())
	require.NoError(t, err)
	assert.Equal(t, update.Available, o.Verdict)
	assert.Equal(t, "1.0.0", h.version(), "looking changes nothing")

	require.NoError(t, os.Chmod(h.updater.Program, 0o777)) //nolint:gosec // as somebody wants it
	_, err = h.updater.Apply(t.Context(), update.Wish{})
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o777), must(os.Stat(h.updater.Program)).Mode(), "whoever could run it still can")
	assert.Equal(t, "1.1.0", h.version())
	assert.Equal(t, "1.0.0", versionOf(t, h.updater.Old()))
	assert.Equal(t, 1, h.backups)
	s := h.state()
	assert.Equal(t, []any{"1.1.0", "1.0.0", "backups/1"}, []any{s.Installed.Version, s.Installed.Previous, s.Installed.Backup})
	assert.Equal(t, []string{"kai", "kai.old"}, h.names(), "nothing is left lying about")

	version, _, err := h.updater.Rollback(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"1.0.0", "1.0.0"}, []string{version, h.version()})
	o, err = h.updater.Apply(t.Context(), update.Wish{Early: true, Downgrade: true})
	require.NoError(t, err)
	assert.Equal(t, update.Blocked, o.Verdict, "what was taken back is not installed again")
	assert.Equal(t, "1.0.0", h.version())
	_, _, err = h.updater.Rollback(t.Context())
	assert.Equal(t, fault.NotFound, fault.CodeOf(err), "one step back is all there is")
}

// Whatever a server or a release does, the old program stays and works.
func TestWhatIsWrongIsRefused(t *testing.T) {
	_, stranger, _ := ed25519.GenerateKey(nil) // it reads the system's randomness
	for name, c := range map[string]struct {
		spoil   func(*house)
		code    fault.Code
		blocked bool
	}{
		"a wrong signature": {func(h *house) { h.publish(stranger) }, fault.Malformed, false},
		"a wrong hash": {func(h *house) {
			h.publish(h.store.key)
			h.page("/kai", []byte("another program"))
		}, fault.Malformed, false},
		"another platform": {func(h *house) { h.release.ID = "kai-plan9-mips"; h.publish(h.store.key) }, fault.Malformed, false},
		"another channel":  {func(h *house) { h.release.Channel = "nightly"; h.publish(h.store.key) }, fault.Malformed, false},
		"a truncated download": {func(h *house) {
			h.publish(h.store.key)
			h.serve("/kai", func(w http.ResponseWriter, _ *http.Request) {
				text := must(os.ReadFile(h.store.next))
				w.Header().Set("Content-Length", strconv.Itoa(len(text)))
				_, _ = w.Write(text[:len(text)/2])
				panic(http.ErrAbortHandler)
			})
		}, fault.Unavailable, false},
		"no manifest":       {func(*house) {}, fault.Unavailable, false},
		"no program":        {func(h *house) { h.release.URL += "/away"; h.publish(h.store.key) }, fault.Unavailable, false},
		"a page":            {func(h *house) { h.page("/stable/"+id+".json", []byte("<html>sign in</html>")) }, fault.Malformed, false},
		"an endless answer": {func(h *house) { h.page("/stable/"+id+".json", make([]byte, update.MaxManifest+1)) }, fault.Malformed, false},
		"a redirect to http": {func(h *house) {
			h.publish(h.store.key)
			h.serve("/kai", func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "http://"+r.Host+"/kai", http.StatusFound)
			})
		}, fault.Forbidden, false},
		"a redirect to itself": {func(h *house) {
			h.publish(h.store.key)
			h.serve("/kai", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) })
		}, fault.Malformed, false},
		"a program that fails its test": {func(h *house) { h.sellScript("exit 1\n"); h.publish(h.store.key) }, fault.Malformed, true},
		"a program of another version":  {func(h *house) { h.sellScript(`echo '{"version":"1.2.0","selfTest":"passed"}'`); h.publish(h.store.key) }, fault.Malformed, true},
		"no program at all":             {func(h *house) { h.sell("update_test.go"); h.publish(h.store.key) }, fault.Malformed, true},
		"a program that fails in its place": {func(h *house) {
			h.sellScript(`case $0 in *.update) echo '{"version":"1.1.0","selfTest":"passed"}' ;; *) exit 1 ;; esac`)
			h.publish(h.store.key)
		}, fault.Malformed, true},
		"records that can't be backed up": {func(h *house) {
			h.publish(h.store.key)
			h.updater.Backup = func(context.Context, string) (string, error) {
				return "", fault.New(fault.Exhausted, "the disk is full")
			}
		}, fault.Exhausted, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			c.spoil(h)
			_, err := h.updater.Apply(t.Context(), update.Wish{})
			assert.Equal(t, c.code, fault.CodeOf(err), "%v", err)
			assert.Equal(t, "1.0.0", h.version())
			assert.NotContains(t, h.names(), "kai.update")
			assert.Nil(t, h.state().Installed)
			assert.Equal(t, c.blocked, len(h.state().Blocked) == 1)
			if !c.blocked {
				return
			}
			h.serve("/kai", func(http.ResponseWriter, *http.Request) { t.Error("a blocked program is downloaded again") })
			o, err := h.updater.Apply(t.Context(), update.Wish{Early: true})
			require.NoError(t, err)
			assert.Equal(t, update.Blocked, o.Verdict)
		})
	}
}

func TestWhoMayHaveARelease(t *testing.T) {
	soon, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)
	batch := func(percent int) update.Rollout { return update.Rollout{Staged: true, BatchPercent: percent} }
	for name, c := range map[string]struct {
		change  func(*update.Manifest)
		wish    update.Wish
		verdict string
		version string
	}{
		"nobody of the batch":      {func(m *update.Manifest) { m.Rollout = batch(0) }, update.Wish{}, update.Later, "1.0.0"},
		"who asks for it":          {func(m *update.Manifest) { m.Rollout = batch(0) }, update.Wish{Early: true}, update.Later, "1.1.0"},
		"all of the batch":         {func(m *update.Manifest) { m.Rollout = batch(100) }, update.Wish{}, update.Available, "1.1.0"},
		"nobody before its time":   {func(m *update.Manifest) { m.Rollout = batch(100); m.Rollout.StartTime = soon }, update.Wish{}, update.Later, "1.0.0"},
		"everybody after its time": {func(m *update.Manifest) { m.Rollout = batch(0); m.Rollout.EndTime = past }, update.Wish{}, update.Available, "1.1.0"},
		"everybody who must":       {func(m *update.Manifest) { m.Rollout, m.Mandatory = batch(0), true }, update.Wish{}, update.Available, "1.1.0"},
		"nobody who has it":        {func(m *update.Manifest) { m.Version = "1.0.0" }, update.Wish{Downgrade: true}, update.Current, "1.0.0"},
		"nobody an older one":      {func(m *update.Manifest) { m.Version, m.DowngradeAllowed = "0.9.0", true }, update.Wish{}, update.Older, "1.0.0"},
		"not who asks alone":       {func(m *update.Manifest) { m.Version = "0.9.0" }, update.Wish{Downgrade: true}, update.Older, "1.0.0"},
		"who asks where allowed": {func(m *update.Manifest) {
			m.Version, m.DowngradeAllowed = "0.9.0", true
		}, update.Wish{Downgrade: true}, update.Older, "0.9.0"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			c.change(&h.release)
			if h.release.Version == "0.9.0" {
				h.sellScript(`echo '{"version":"0.9.0","selfTest":"passed"}'`)
			}
			h.publish(h.store.key)
			o, err := h.updater.Apply(t.Context(), c.wish)
			require.NoError(t, err)
			assert.Equal(t, []string{c.verdict, c.version}, []string{o.Verdict, h.version()})
		})
	}
}

// A staged release reaches the part of the installations that it is for, and each of them for good.
func TestABatchIsAPartOfTheInstallations(t *testing.T) {
	h := newHouse(t)
	h.release.Rollout = update.Rollout{Staged: true, BatchPercent: 30}
	h.publish(h.store.key)
	got := 0
	for number := range 100 {
		text := must(json.Marshal(update.State{Channel: "stable", Number: number}))
		require.NoError(t, os.WriteFile(filepath.Join(h.updater.Folder, "update.json"), text, 0o600))
		o, err := h.updater.Check(t.Context())
		require.NoError(t, err)
		if o.Verdict == update.Available {
			got++
		}
		require.Equal(t, number, h.state().Number)
	}
	assert.Equal(t, 30, got)
}

// Killed between any two steps, the old kai works or the new one does, and the next update ends well.
func TestKilledBetweenAnyTwoSteps(t *testing.T) {
	h := newHouse(t)
	h.publish(h.store.key)
	var steps []string
	h.updater.After = func(step string) { steps = append(steps, step) }
	_, err := h.updater.Apply(t.Context(), update.Wish{})
	require.NoError(t, err)
	require.Len(t, steps, 7)
	replaced := false
	for _, step := range steps {
		replaced = replaced || step == "replace"
		t.Run(step, func(t *testing.T) {
			h := newHouse(t)
			h.publish(h.store.key)
			text := must(json.Marshal(order{h.updater.Program, h.updater.Folder, h.updater.Source.URL, hex.EncodeToString(h.store.public()), h.store.roots, step}))
			cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this test itself
			cmd.Env = append(os.Environ(), asUpdater+"="+string(text))
			require.Error(t, cmd.Run())
			require.Equal(t, -1, cmd.ProcessState.ExitCode(), "it was killed")
			want := "1.0.0"
			if replaced {
				want = "1.1.0"
			}
			assert.Equal(t, want, h.version())
			h.updater.Version = want
			_, err := h.updater.Apply(t.Context(), update.Wish{})
			require.NoError(t, err)
			assert.Equal(t, "1.1.0", h.version())
			assert.Equal(t, "1.0.0", versionOf(t, h.updater.Old()))
			if replaced {
				_, _, err = h.updater.Rollback(t.Context())
				require.NoError(t, err)
				assert.Equal(t, "1.0.0", h.version())
			}
		})
	}
}

func TestAProgramThatIsNotOursToReplace(t *testing.T) {
	for _, path := range []string{"/usr/bin/kai", "/nix/store/abc-kai/bin/kai", "/opt/homebrew/Cellar/kai/1.0.0/bin/kai", `C:\Users\ada\scoop\apps\kai\current\kai.exe`, "/snap/kai/1/kai"} {
		err := update.Updater{Program: path}.Replaceable()
		assert.Equal(t, fault.Unsupported, fault.CodeOf(err), path)
	}
	folder := t.TempDir()
	require.NoError(t, update.Updater{Program: filepath.Join(folder, "kai")}.Replaceable())
	err := update.Updater{Program: filepath.Join(folder, "away", "kai")}.Replaceable()
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
}

func TestOneUpdateAtATime(t *testing.T) {
	h := newHouse(t)
	h.publish(h.store.key)
	h.updater.Backup = func(ctx context.Context, _ string) (string, error) {
		_, err := h.updater.Check(ctx)
		assert.Equal(t, fault.Conflict, fault.CodeOf(err))
		return "", nil
	}
	_, err := h.updater.Apply(t.Context(), update.Wish{})
	require.NoError(t, err)
}

// real prepares the real kai, with what the build stamped and the certificates of the system, and a release for it.
func real(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.at, h.release.URL, h.release.ID = "/cli", h.store.server.URL+"/cli/kai", "kai-"+platform()
	h.sell(h.store.next)
	text, err := update.Sign(h.release, h.store.key)
	require.NoError(t, err)
	h.page("/stable/"+h.release.ID+".json", text)
	return h
}

// kai prepares one of its commands.
func (h *house) kai(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(h.t.Context(), h.updater.Program, args...) //nolint:gosec // our own
	cmd.Env = []string{"HOME=" + h.updater.Folder, "PATH=" + os.Getenv("PATH"), "KAI_DATA=" + h.updater.Folder, "SSL_CERT_FILE=" + h.store.roots}
	return cmd
}

// says is what a command prints.
func (h *house) says(args ...string) string {
	h.t.Helper()
	out, err := h.kai(args...).CombinedOutput()
	require.NoError(h.t, err, string(out))
	return string(out)
}

func TestTheRealKaiUpdatesItselfByItsCommands(t *testing.T) {
	h := real(t)
	assert.Equal(t, "kai 1.1.0 is there; this one is 1.0.0.\nkai update apply installs it.\n", h.says("update", "check"))
	assert.JSONEq(t, `{"verdict":"available","version":"1.0.0","manifest":{"id":"`+h.release.ID+`","version":"1.1.0","channel":"stable","sha256":"`+h.release.SHA256+
		`","url":"`+h.release.URL+`","mandatory":false,"downgrade_allowed":false,"rollout":{"staged":false,"batch_percent":0}}}`, h.says("update", "check", "--json"))
	assert.Equal(t, "kai 1.1.0 is installed; kai update rollback brings 1.0.0 back.\n", h.says("update", "apply"))
	assert.Equal(t, "1.1.0", h.version())
	assert.Equal(t, "kai 1.1.0 is the newest.\nNothing was changed.\n", h.says("update", "apply"))
	assert.Contains(t, h.says("update", "status"), "Updated from 1.0.0 to 1.1.0 at ")
	var again struct {
		Verdict            string
		Installed, Running bool
	}
	require.NoError(t, json.Unmarshal([]byte(h.says("update", "apply", "--json")), &again))
	assert.Equal(t, []any{update.Current, false, false}, []any{again.Verdict, again.Installed, again.Running})
	assert.Equal(t, "kai 1.0.0 is back; 1.1.0 is not installed again.\n", h.says("update", "rollback"))
	assert.Equal(t, "1.0.0", h.version())
	assert.Equal(t, "kai 1.1.0 did not work on this computer, or was taken back, and is not tried again.\nNothing was changed.\n", h.says("update", "apply"))
}

// runs starts the real kai with auto_update and waits until it serves.
func (h *house) runs(args ...string) *exec.Cmd {
	h.t.Helper()
	cmd := h.kai(append([]string{"run", "--port", "0", "--set", "services.ollama=false", "--set", "services.chroma=false", "--set", "features.auto_update=true"}, args...)...)
	out, err := cmd.StdoutPipe()
	require.NoError(h.t, err)
	require.NoError(h.t, cmd.Start())
	h.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "Stop with") {
			go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the process
			return cmd
		}
	}
	h.t.Fatal("kai did not become ready")
	return nil
}

// The kai that the system runs installs a release by itself, with a backup of its records, and goes on as the newer one in
// the same process.
func TestAKaiThatTheSystemRunsRestartsAfterAnUpdate(t *testing.T) {
	h := real(t)
	cmd := h.runs("--service")
	assert.Regexp(t, `(?m)^update +\d+ \d+ \* \* \*`, h.says("schedule", "list"))
	h.says("schedule", "run", "update")
	var status struct {
		Process struct {
			PID     int
			Version string
		}
	}
	require.Eventually(t, func() bool {
		out, err := h.kai("status", "--json").Output()
		return err == nil && json.Unmarshal(out, &status) == nil && status.Process.Version == "1.1.0"
	}, time.Minute, 50*time.Millisecond)
	assert.Equal(t, cmd.Process.Pid, status.Process.PID)
	assert.DirExists(t, h.state().Installed.Backup)
	assert.Regexp(t, `updates +ready *\n`, h.says("status"))
	h.says("stop")
	require.NoError(t, cmd.Wait())
}

func TestAKaiInATerminalSaysThatARestartBringsTheUpdate(t *testing.T) {
	h := real(t)
	cmd := h.runs()
	h.says("schedule", "run", "update")
	require.Eventually(t, func() bool {
		out, err := h.kai("status").Output()
		return err == nil && strings.Contains(string(out), "kai 1.1.0 is installed; a restart brings it")
	}, time.Minute, 50*time.Millisecond)
	assert.Contains(t, h.says("status"), "kai 1.0.0 runs")
	h.says("stop")
	require.NoError(t, cmd.Wait())
	h.runs()
	assert.Contains(t, h.says("status"), "kai 1.1.0 runs")
}
