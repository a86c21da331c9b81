package logfile

import (
	"io"
	"log/slog"

	"github.com/kindos/kai/companion/redact"
)

// Logger writes lines of JSON to file and lines for people to console (nil for none), both without secrets and from level
// on, which may change while it is used.
func Logger(file, console io.Writer, level *slog.LevelVar, r *redact.Redactor) *slog.Logger {
	opt := &slog.HandlerOptions{Level: level, ReplaceAttr: r.Attr}
	handlers := []slog.Handler{slog.NewJSONHandler(file, opt)}
	if console != nil {
		handlers = append(handlers, slog.NewTextHandler(console, opt))
	}
	return slog.New(slog.NewMultiHandler(handlers...))
}
