package app

import (
	"context"

	"github.com/kindos/kai/shared/store"
)

// Unlocked lets tests look at the vault.
func (a *App) Unlocked() bool { return a.vault.Unlocked() }

// LookAtRedis looks at Redis as the driver does every half minute; what it finds is in the health.
func (a *App) LookAtRedis(ctx context.Context) error {
	_ = a.redis.Check(ctx) // it is told by Health
	return ctx.Err()
}

// Store lets tests look at the records.
func (a *App) Store() store.Store { return a.store }
