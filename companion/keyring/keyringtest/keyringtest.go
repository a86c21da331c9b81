// Package keyringtest starts a real keyring for a test: GNOME Keyring on a D-Bus of its own.
//
// It takes dbus-daemon and gnome-keyring-daemon from the computer (make deps) and speaks D-Bus by godbus. Tests only.
package keyringtest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/stretchr/testify/require"
)

// Keyring is one that is unlocked, empty, and ends with its test.
type Keyring struct {
	t testing.TB

	// Address is that of its bus: what DBUS_SESSION_BUS_ADDRESS is for whoever should find it.
	Address string
}

// Start starts one.
func Start(t testing.TB) *Keyring {
	t.Helper()
	for _, name := range []string{"dbus-daemon", "gnome-keyring-daemon"} {
		_, err := exec.LookPath(name)
		require.NoError(t, err, "there is no %s; get it with make deps", name)
	}
	home, err := os.MkdirTemp("", "keyring") //nolint:usetesting // the name of a socket has at most 108 bytes, and a test's name may be long
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(home) }) // once the programs have ended
	k := &Keyring{t: t, Address: startBus(t, home)}
	daemon := exec.Command("gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock", "--control-directory="+filepath.Join(home, "control")) //nolint:gosec // our own words
	daemon.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_RUNTIME_DIR="+home, "DBUS_SESSION_BUS_ADDRESS="+k.Address)
	daemon.Stdin = strings.NewReader("the password of the keyring")
	run(t, daemon)
	require.Eventually(t, k.open, 20*time.Second, 10*time.Millisecond, "the keyring does not answer")
	return k
}

// busRules are those of a bus that starts no service by itself: another keyring would come, which is locked.
const busRules = `<busconfig>
<type>session</type>
<listen>unix:dir=HOME</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`

// startBus starts a bus and gives its address.
func startBus(t testing.TB, home string) string {
	t.Helper()
	rules := filepath.Join(home, "bus.conf")
	require.NoError(t, os.WriteFile(rules, []byte(strings.ReplaceAll(busRules, "HOME", home)), 0o600))
	daemon := exec.Command("dbus-daemon", "--config-file="+rules, "--nofork", "--nopidfile", "--print-address") //nolint:gosec // our own words
	out, err := daemon.StdoutPipe()
	require.NoError(t, err)
	run(t, daemon)
	address, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(address)
}

// run starts a program that is killed with the test.
func run(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }) // it was killed
}

// Use has this process find it, until the test ends.
func (k *Keyring) Use(t *testing.T) {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", k.Address)
}

const login = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")

// Lock locks it, as signing out does.
func (k *Keyring) Lock() {
	k.t.Helper()
	conn, err := dbus.Connect(k.Address)
	require.NoError(k.t, err)
	defer func() { _ = conn.Close() }() // it was told one thing
	require.NoError(k.t, conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{login}).Err)
}

// open says whether it is there and unlocked.
func (k *Keyring) open() bool {
	conn, err := dbus.Connect(k.Address)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }() // it was asked one thing
	locked, err := conn.Object("org.freedesktop.secrets", login).GetProperty("org.freedesktop.Secret.Collection.Locked")
	return err == nil && locked.Value() == false
}
