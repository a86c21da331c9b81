// Package logs is where kAI's parts write what happens.
//
// Natively a Logger is a slog.Logger. In the browser it is a small writer of lines with the same methods: log/slog costs
// 50 KB of compressed program there, a twentieth of it. Imports the standard library only.
package logs
