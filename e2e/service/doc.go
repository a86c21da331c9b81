// Package service shows connectors, transport, runs and scheduled prompts against a real Ollama, and against lies told in its place.
package service
