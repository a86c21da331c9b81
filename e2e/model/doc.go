// Package model gives tests and `make run` a real Ollama with real models: the program is taken from PATH or built once
// from its Go module, the models are generated (Scripted, deterministic) or fetched once (SmolLM2 135M Instruct).
//
// Everything is kept by version under the user's cache folder. Only e2e imports this package.
package model
