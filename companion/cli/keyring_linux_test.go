package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/keyring/keyringtest"
)

// What a person types to have a real keyring open the vault, and to end that. Words where there is none: vault.txtar.
func TestAPersonHasTheKeyringOpenTheVault(t *testing.T) {
	real, home := keyringtest.Start(t), t.TempDir()
	says := func(want, input string, args ...string) {
		t.Helper()
		cmd := kai(t, home, append([]string{"vault"}, args...)...)
		cmd.Env, cmd.Stdin = append(cmd.Env, "DBUS_SESSION_BUS_ADDRESS="+real.Address), strings.NewReader(input)
		_, stdout, stderr := outcome(t, cmd)
		assert.Equal(t, want, stdout+stderr, args)
	}
	slot := filepath.Join(home, "data", "vault.db.keyring")
	says("The vault is "+filepath.Join(home, "data", "vault.db")+". Without its password nobody can open it, you included.\n", "correct horse\n", "init", "--password-stdin")
	says("kai: the password is wrong; after 4 more the vault waits\n", "wrong horse\n", "keyring", "on", "--password-stdin")
	says("The keyring of this computer opens the vault whenever kai starts.\n", "correct horse\n", "keyring", "on", "--password-stdin")
	says("on: the keyring of this computer opens the vault whenever kai starts\n", "", "keyring", "status")
	first, err := os.ReadFile(slot)
	require.NoError(t, err)
	says("The vault has its new password.\n", "correct horse\nbattery staple\n", "change-password", "--password-stdin")
	second, err := os.ReadFile(slot)
	require.NoError(t, err, "the keyring opens it with its new password, too")
	assert.NotEqual(t, string(first), string(second))

	real.Lock()
	says("The vault has its new password.\nkai: warning: only its password opens the vault now, because of the keyring: the keyring of this computer is locked; unlock it, as signing in to the desktop does, and try again\n",
		"battery staple\ncorrect horse\n", "change-password", "--password-stdin")
	assert.NoFileExists(t, slot)
	require.NoError(t, os.WriteFile(slot, second, 0o600))
	says("Only its password opens the vault.\nkai: warning: what the keyring has for the vault opens nothing any more, but is still there: the keyring of this computer is locked; unlock it, as signing in to the desktop does, and try again\n", "", "keyring", "off")
	says("off: only its password opens the vault\n", "", "keyring", "status")
}
