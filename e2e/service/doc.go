// Package service shows connectors, transport and runs against a real Ollama, and against lies told in its place.
package service
