//go:build !js

package logs

import "log/slog"

// Logger takes what happens: a message, then names and values in turn.
type Logger = slog.Logger

// Discard makes a logger that keeps nothing.
func Discard() *Logger { return slog.New(slog.DiscardHandler) }

// Default is the logger of a part that was given none.
func Default() *Logger { return slog.Default() }
