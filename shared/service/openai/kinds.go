package openai

import (
	"strings"

	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
)

// Kind is the kind of any service with this API in a service.Spec.
const Kind = "openai-compatible"

// kind is a service with this API that has a name and a usual address of its own.
type kind struct {
	_ [0]func() // not to be compared: for a list of them that is 5 KB in the browser's program

	kind, name, address, get string
	cloud                    bool
	under                    string // where the API lies when the address has no path
}

// kinds are those of the definitions (section 3, row 22) that speak this API, those on a person's own computer first.
func kinds() []kind {
	return []kind{
		{kind: Kind, name: "OpenAI-compatible", address: "http://localhost:8000/v1", get: "Any server with this API will do, such as llama.cpp's: https://github.com/ggml-org/llama.cpp"},
		{kind: "llama-cpp", name: "llama.cpp", address: "http://localhost:8080/v1", get: "Get it from https://github.com/ggml-org/llama.cpp and run: llama-server -m model.gguf"},
		{kind: "llm-studio", name: "LM Studio", address: "http://localhost:1234/v1", get: "Get it from https://lmstudio.ai and turn on its local server"},
		{kind: "vllm", name: "vLLM", address: "http://localhost:8000/v1", get: "Get it from https://docs.vllm.ai and run: vllm serve MODEL"},
		{kind: "open-webui", name: "Open WebUI", address: "http://localhost:3000/api", get: "Get it from https://openwebui.com and make a key in its settings, under Account", under: "/api"},
		{kind: "openai", name: "OpenAI", address: "https://api.openai.com/v1", get: "Make a key at https://platform.openai.com/api-keys", cloud: true},
		{kind: "huggingface", name: "Hugging Face", address: "https://router.huggingface.co/v1", get: "Make a token at https://huggingface.co/settings/tokens", cloud: true},
	}
}

// Definitions describes the services with this API to people and to the table of connectors.
func Definitions(l exchange.Limits) []service.Definition {
	var out []service.Definition
	for _, k := range kinds() {
		out = append(out, service.Definition{
			Kind: k.kind, Name: k.name, DefaultURL: k.address, Get: k.get, Cloud: k.cloud,
			New: func(s service.Spec, t service.Transport) service.Connector { return k.connect(s, t, l) },
		})
	}
	return out
}

// connect makes a connector for the server at s.URL, given with or without the path of its API.
func (k kind) connect(s service.Spec, t service.Transport, l exchange.Limits) *Connector {
	switch {
	case k.under == "":
		s.URL = base(s.URL)
	case strings.Count(strings.TrimRight(s.URL, "/"), "/") == 2:
		s.URL = strings.TrimRight(s.URL, "/") + k.under
	}
	d := exchange.Dialect{
		Name:      k.name,
		Offline:   "start " + k.name + ", or correct the address",
		Forbidden: "install kai, which asks for the extension, or allow the extension's origin in the server's CORS settings",
		Wrong:     "correct the address (it often ends in /v1), or choose another kind of service",
	}
	if k.kind == Kind {
		d.Name, d.Offline = "the model server", "start the model server, or correct the address"
	}
	if k.cloud {
		d.Offline = "look whether this computer is online, or correct the address"
	}
	return &Connector{client: exchange.New(s, t, d, l)}
}
