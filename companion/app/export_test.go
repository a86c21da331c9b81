package app

// Unlocked lets tests look at the vault.
func (a *App) Unlocked() bool { return a.vault.Unlocked() }
