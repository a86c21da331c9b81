package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/driver/standalone"
	"github.com/kindos/kai/companion/keyring"
	"github.com/kindos/kai/companion/keys"
	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

const (
	vaultFile  = "vault.db" // the vault where auth.vaultPath names no other
	sealerFile = "keys.key" // seals the keys of services that are in records; backups do not have it
)

// VaultFile is the vault of a data directory; it need not exist.
func VaultFile(dir datadir.Dir, c config.Standalone) string {
	if c.Auth.VaultPath == "" {
		return dir.File(vaultFile)
	}
	return dir.File(c.Auth.VaultPath)
}

// signsIn is the vault where its password opens kai, else nil.
func (a *App) signsIn() api.Vault {
	if a.opt.Config.Auth.Mode != config.AuthLocalVault {
		return nil
	}
	return signIn{a.vault, a}
}

// signIn is the vault as who signs in knows it.
type signIn struct {
	*vault.Vault
	app *App
}

// Unlock takes the password; see App.unlock.
func (s signIn) Unlock(ctx context.Context, password config.Secret) error {
	return s.app.unlock(ctx, password)
}

// unlock unlocks the vault, and has done what waited for that.
func (a *App) unlock(ctx context.Context, password config.Secret) error {
	if err := a.vault.Unlock(ctx, password); err != nil {
		return err
	}
	a.keeper.Unlocked(ctx)
	return nil
}

// openKeeper has the keys of services in the vault where its password opens kai. Whoever opens the records aside has no password: what
// is typed there is sealed, and moves into the vault when that is unlocked.
func (a *App) openKeeper(ctx context.Context, sealer *keys.Sealer) {
	a.keeper = keys.NewKeeper(keys.KeeperOptions{
		Vault: a.vault, Into: a.opt.Config.Auth.Mode == config.AuthLocalVault && !a.aside, Sealer: sealer,
		Store: a.store, Next: protocol.HandlerFunc(a.assistant.Serve), Dir: a.opt.Dir, Now: a.opt.Now, NewID: a.newID, Log: a.log("keys"),
	})
	if a.vault.Unlocked() { // the keyring did
		a.keeper.Unlocked(ctx)
	}
}

// vaultPart opens the vault by the system's keyring where a person had it do so, and locks it when kai stops. That is at the
// start alone: what was locked since then is opened by its password.
func (a *App) vaultPart() standalone.Part {
	return standalone.Part{
		Step: driver.StepVault, Start: a.openVault,
		Stop: func(context.Context) error { a.vault.Lock(); return nil },
		Tell: a.tellVault,
	}
}

// keyringTime bounds how long a start waits for the keyring.
const keyringTime = 3 * time.Second

// openVault never keeps kai from starting.
func (a *App) openVault(ctx context.Context) error {
	if !a.vault.HasKeyring() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, keyringTime)
	defer cancel()
	if err := a.vault.UnlockBy(ctx, keyring.System{}); err != nil {
		a.log("vault").Warn("the keyring did not open the vault", "error", err)
		a.unopened.Store(fault.Public(err))
	}
	return nil
}

// tellVault says how the vault is. Only where its password opens kai is it a fault that there is none.
func (a *App) tellVault() (string, bool) {
	needed := a.opt.Config.Auth.Mode == config.AuthLocalVault
	if a.vault.Unlocked() {
		a.unopened.Store(nil) // what happens from now on has other reasons
		return "unlocked", false
	}
	_, err := os.Stat(VaultFile(a.opt.Dir, a.opt.Config))
	switch {
	case errors.Is(err, fs.ErrNotExist) && needed:
		return "nobody can sign in, because there is no vault; make one with kai vault init", true
	case errors.Is(err, fs.ErrNotExist):
		return "none yet; kai vault init makes one", false
	}
	if f := a.unopened.Load(); f != nil {
		return "locked: " + standalone.Detail(f) + "; or open it with kai vault unlock", true
	}
	return "locked; kai vault unlock opens it", false
}

// Locked says that nobody can sign in before the vault is unlocked.
func (a *App) Locked() bool {
	return a.opt.Config.Auth.Mode == config.AuthLocalVault && !a.vault.Unlocked()
}
