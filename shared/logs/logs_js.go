package logs

import (
	"context"
	"fmt"
)

// Logger takes what happens: a message, then names and values in turn.
type Logger struct{ write func(line string) }

// New makes a logger that hands each line to write. Debug lines are dropped.
func New(write func(line string)) *Logger { return &Logger{write} }

// Discard makes a logger that keeps nothing.
func Discard() *Logger { return &Logger{} }

// Default is the logger of a part that was given none: the console.
func Default() *Logger {
	return New(func(line string) { println(line) }) // shared has no os; a browser's console is where it goes
}

// Debug takes what only a developer looks for; it is dropped.
func (l *Logger) Debug(string, ...any) {}

// DebugContext is Debug.
func (l *Logger) DebugContext(context.Context, string, ...any) {}

// Info takes what is worth knowing afterwards.
func (l *Logger) Info(msg string, args ...any) { l.line("INFO", msg, args) }

// Warn takes what is not as it should be, and goes on.
func (l *Logger) Warn(msg string, args ...any) { l.line("WARN", msg, args) }

// WarnContext is Warn.
func (l *Logger) WarnContext(_ context.Context, msg string, args ...any) { l.line("WARN", msg, args) }

// Error takes what failed.
func (l *Logger) Error(msg string, args ...any) { l.line("ERROR", msg, args) }

// ErrorContext is Error.
func (l *Logger) ErrorContext(_ context.Context, msg string, args ...any) { l.line("ERROR", msg, args) }

func (l *Logger) line(level, msg string, args []any) {
	if l.write == nil {
		return
	}
	line := level + " " + msg
	for i := 0; i+1 < len(args); i += 2 {
		line += fmt.Sprintf(" %v=%q", args[i], fmt.Sprint(args[i+1]))
	}
	l.write(line)
}
