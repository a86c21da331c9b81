package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Sound is a sound device of a test's own, on a computer that has none: a PulseAudio whose microphone hears what the test plays into it,
// and whose loudspeaker the test can record. Nothing of the computer's own sound is touched.
type Sound struct {
	home string
	tb   testing.TB
}

// StartSound starts a sound device, which ends with the test.
func StartSound(tb testing.TB) *Sound {
	tb.Helper()
	home, err := os.MkdirTemp("", "kai-sound") //nolint:usetesting // the path of a socket has to be short
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = os.RemoveAll(home) })
	s := &Sound{home: home, tb: tb}
	args := []string{
		"-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--log-target=file:" + filepath.Join(home, "log"),
		"-L", "module-native-protocol-unix auth-anonymous=1 socket=" + s.socket(),
		"-L", "module-null-sink sink_name=loudspeaker",
		"-L", "module-null-sink sink_name=mouth", // to browsers a monitor is no microphone, so one is made of it
		"-L", "module-remap-source master=mouth.monitor source_name=microphone source_properties=device.description=Microphone",
	}
	cmd := exec.Command("pulseaudio", args...) //nolint:gosec // our own words
	grouped(cmd)
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+home, "XDG_CONFIG_HOME="+home, "DBUS_SESSION_BUS_ADDRESS=disabled:")
	require.NoError(tb, cmd.Start(), "start PulseAudio (`make deps` installs it)")
	tb.Cleanup(func() {
		killGroup(cmd.Process.Pid)
		_ = cmd.Wait() // it was killed
	})
	require.Eventually(tb, func() bool {
		return s.command("pactl", "set-default-source", "microphone").Run() == nil && s.command("pactl", "set-default-sink", "loudspeaker").Run() == nil
	}, Patience, 50*time.Millisecond, "PulseAudio does not answer")
	return s
}

func (s *Sound) socket() string { return filepath.Join(s.home, "socket") }

// environment is how a program finds the device.
func (s *Sound) environment() []string { return []string{"PULSE_SERVER=unix:" + s.socket()} }

func (s *Sound) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(s.tb.Context(), name, args...)
	cmd.Env = append(append(os.Environ(), "HOME="+s.home), s.environment()...)
	return cmd
}

// Say plays a WAV file into the microphone, to its end, once the browser listens, which is a while after it says so. The sound is not
// as loud as can be: browsers make it louder, and then it is cut.
func (s *Sound) Say(file string) {
	s.tb.Helper()
	listening := regexp.MustCompile(`(?m)\tmicrophone\t.*RUNNING$`)
	require.Eventually(s.tb, func() bool {
		out, err := s.command("pactl", "list", "short", "sources").Output()
		return err == nil && listening.Match(out)
	}, Patience, 50*time.Millisecond, "nothing listens to the microphone")
	out, err := s.command("paplay", "--device=mouth", "--volume=40000", file).CombinedOutput() // of 65,536
	require.NoError(s.tb, err, "play into the microphone: %s", out)
}

// Hum has the microphone hear a tone from now on.
func (s *Sound) Hum() {
	s.tb.Helper()
	out, err := s.command("pactl", "load-module", "module-sine", "sink=mouth").CombinedOutput()
	require.NoError(s.tb, err, "hum into the microphone: %s", out)
}

// Record begins to record what is played. What it gives ends that and answers the WAV file.
func (s *Sound) Record() (end func() string) {
	s.tb.Helper()
	file := filepath.Join(s.home, "heard.wav")
	cmd := s.command("parec", "--device=loudspeaker.monitor", "--file-format=wav", "--channels=1", file)
	grouped(cmd)
	require.NoError(s.tb, cmd.Start(), "record what is played")
	return func() string {
		s.tb.Helper()
		require.NoError(s.tb, cmd.Process.Signal(os.Interrupt))
		_ = cmd.Wait() // it writes the length of the file as it ends
		return file
	}
}
