package model

import (
	"context"
	"testing"
	"time"
)

// Start serves an Ollama with the scripted model for the length of a test.
func Start(tb testing.TB) *Server {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	s, err := Serve(ctx, Options{Home: tb.TempDir()})
	if err != nil {
		tb.Fatalf("a real Ollama is needed: %v", err)
	}
	tb.Cleanup(s.Close)
	if err := s.AddScripted(ctx); err != nil {
		tb.Fatal(err)
	}
	return s
}
