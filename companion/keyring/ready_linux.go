package keyring

import (
	"context"
	"os"
	"path/filepath"

	"github.com/godbus/dbus/v5"

	"github.com/kindos/kai/shared/fault"
)

// The names of the Secret Service (freedesktop.org, Secret Service API 0.2) that are asked here.
const (
	bus   = "org.freedesktop.secrets"
	login = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
	usual = dbus.ObjectPath("/org/freedesktop/secrets/aliases/default")
)

// ready says why the Secret Service can't be asked: the library would wait for the person to unlock it, without an end, and
// start a bus of its own where there is none.
func ready(ctx context.Context) error {
	if !hasBus() {
		return absent(nil)
	}
	conn, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return absent(err)
	}
	defer func() { _ = conn.Close() }() // it was asked one thing
	for _, collection := range []dbus.ObjectPath{login, usual} {
		var locked dbus.Variant
		err = conn.Object(bus, collection).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.Secret.Collection", "Locked").Store(&locked)
		if err != nil {
			continue
		}
		if locked.Value() != false {
			return fault.New(fault.Locked, "the keyring of this computer is locked").WithRemedy("unlock it, as signing in to the desktop does, and try again")
		}
		return nil
	}
	if ctx.Err() != nil {
		return silent(err)
	}
	return absent(err)
}

// hasBus says whether a session bus is there.
func hasBus() bool {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	_, err := os.Stat(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus"))
	return err == nil
}

func absent(err error) error {
	why := fault.New(fault.Unavailable, "no keyring of this computer answers")
	if err != nil {
		why = fault.Wrap(fault.Unavailable, err, "no keyring of this computer answers")
	}
	return why.WithRemedy("run kai in your desktop session, with a Secret Service such as GNOME Keyring or KWallet, whose usual keyring was made")
}
