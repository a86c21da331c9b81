// Package connectors is the table of every kind of service that a person can connect.
//
// It stands apart from shared/service because each connector imports that. What makes pictures and keeps vectors is kai's alone
// (companion/app): the browser's program has those services as they are described, and can only look at them. Imports the connectors.
package connectors

import (
	"slices"

	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/anthropic"
	"github.com/kindos/kai/shared/service/described"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/ollama"
	"github.com/kindos/kai/shared/service/openai"
)

// Definitions lists every kind, those that answer first, in the order in which a person meets them, with the default limits.
func Definitions() []service.Definition { return WithLimits(exchange.DefaultLimits()) }

// WithLimits is Definitions with the caller's own limits.
func WithLimits(l exchange.Limits) []service.Definition {
	return slices.Concat([]service.Definition{ollama.Definition(l)}, openai.Definitions(l), []service.Definition{anthropic.Definition(l)}, described.Definitions(l))
}
