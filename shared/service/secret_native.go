//go:build !js

package service

import "log/slog"

// LogValue hides the secret from slog. The browser's program has no slog (see shared/logs) and prints by String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.Masked()) }
