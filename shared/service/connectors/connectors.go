// Package connectors is the table of every kind of service that kAI can talk to.
//
// It stands apart from shared/service because each connector imports that. Imports the connectors.
package connectors

import (
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/a1111"
	"github.com/kindos/kai/shared/service/chroma"
	"github.com/kindos/kai/shared/service/comfyui"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/ollama"
	"github.com/kindos/kai/shared/service/openai"
)

// Definitions lists every kind that answers, in the order in which a person meets them, with the default limits.
func Definitions() []service.Definition { return WithLimits(exchange.DefaultLimits()) }

// All lists also what makes images and keeps vectors. The browser's program does not carry those.
func All() []service.Definition {
	l := exchange.DefaultLimits()
	return append(Definitions(), comfyui.Definition(l), chroma.Definition(l), a1111.Definition(l))
}

// WithLimits is Definitions with the caller's own limits.
func WithLimits(l exchange.Limits) []service.Definition {
	return []service.Definition{ollama.Definition(l), openai.Definition(l)}
}
