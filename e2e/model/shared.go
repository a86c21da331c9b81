package model

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"
)

// shared names the environment variable by which the tests of a package know the server that they have in common.
const shared = "E2E_OLLAMA"

// Main runs the tests of a package with one Ollama with the scripted model for all of them, which Shared gives, and answers
// their exit code. A test that changes the server, or looks at what it is asked by anybody, starts one of its own.
func Main(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	home, err := os.MkdirTemp("", "kai-e2e-ollama")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(home) }()
	server, err := Serve(ctx, Options{Home: home, Places: 8, Progress: os.Stderr}) // tests hold answers, side by side
	if err == nil {
		defer server.Close()
		err = server.AddScripted(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "a real Ollama is needed:", err)
		return 1
	}
	if err := os.Setenv(shared, server.URL); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// Shared is the server that Main serves. It can't be closed or given another model.
func Shared() *Server { return &Server{URL: os.Getenv(shared)} }
