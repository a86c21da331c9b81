// Package builtin is the service whose models run inside the browser: the page that hosts the program answers for them, by
// Ollama's API (extension/engine). Imports shared/service, its ollama and exchange packages.
package builtin

import (
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/ollama"
)

// address is nobody's on any network (RFC 6761): whatever is asked there never leaves the browser.
const address = "http://built-in.invalid"

// Definition describes the models inside the browser; engine carries what they are asked to the page and its answers back.
func Definition(l exchange.Limits, engine service.Transport) service.Definition {
	dialect := exchange.Dialect{
		Name:    "the model in the browser",
		Offline: "reload the extension, or restart the browser",
	}
	return service.Definition{
		Kind: service.BuiltIn, Name: "This browser", DefaultURL: address,
		Get: "Add a model file (GGUF) from your disk or from an address",
		New: func(s service.Spec, _ service.Transport) service.Connector {
			return ollama.Speaking(s, engine, dialect, l)
		},
	}
}
