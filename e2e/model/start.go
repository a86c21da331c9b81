package model

import (
	"context"
	"testing"
	"time"
)

// Start serves an Ollama with the scripted model for the length of a test.
func Start(tb testing.TB) *Server {
	tb.Helper()
	return StartWith(tb, 0)
}

// StartWith does it with a number of places; see Options.
func StartWith(tb testing.TB, places int) *Server {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	s, err := Serve(ctx, Options{Home: tb.TempDir(), Places: places})
	if err != nil {
		tb.Fatalf("a real Ollama is needed: %v", err)
	}
	tb.Cleanup(s.Close)
	if err := s.AddScripted(ctx); err != nil {
		tb.Fatal(err)
	}
	return s
}
