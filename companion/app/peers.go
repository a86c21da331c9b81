package app

import (
	"context"
	"crypto/ed25519"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/peers"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/protocol"
)

// Identity is who the kai of a data directory is to other kai.
type Identity struct {
	ID    klp.ID `json:"id"`
	Short string `json:"short"`
}

// IdentityIn reads it; the first call makes its key.
func IdentityIn(dir datadir.Dir) (Identity, error) {
	key, err := dir.Identity()
	if err != nil {
		return Identity{}, err
	}
	id := klp.IDOf(key.Public().(ed25519.PublicKey))
	return Identity{id, id.Short()}, nil
}

// identity is the key that other kai know this one by. Where a password opens kai, nobody exchanges before it was given.
func (a *App) identity() (ed25519.PrivateKey, error) {
	if a.Locked() {
		return nil, fault.New(fault.Locked, "the vault is locked").WithRemedy("unlock it with kai vault unlock")
	}
	return a.opt.Dir.Identity()
}

// openPeers prepares the exchange with other kai; openSocket begins it.
func (a *App) openPeers() {
	a.peers = peers.New(peers.Options{
		Book: peers.BookIn(a.opt.Dir), Key: a.identity, Vault: a.vault, Hub: a.exchange, Hello: a.hello, Now: a.opt.Now, Log: a.log("peers"),
	})
}

// syncs hands other kai to peers that are made after the server.
type syncs struct{ a *App }

func (s syncs) Allowed() bool { return s.a.peers.Allowed() }

func (s syncs) Serve(ctx context.Context, conn protocol.Conn, known func()) {
	s.a.peers.Serve(ctx, conn, known)
}

// syncNow does what the book of peers says now, and exchanges with everybody.
func (a *App) syncNow(context.Context, *protocol.Request) (any, error) {
	err := a.peers.Reload()
	a.exchange.Changed()
	return struct{}{}, err
}
