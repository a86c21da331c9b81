package app

import "context"

// socket is the way in for browsers.
type socket struct{}

func (a *App) openSocket(context.Context) error { return nil }

func (a *App) closeSocket(context.Context) error { return nil }

// socketAddress is where hosts find this kai.
func (a *App) socketAddress() string { return "" }
