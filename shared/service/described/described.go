// Package described has the services that are no model servers, as data: what each is for, where it is by custom, how its key is
// sent, and the question that only it answers so. A connector made of that can tell how a service is, and no more.
//
// kai puts a connector that can do more in the place of some of them (companion/app); the browser's program has these.
// Imports shared/service, its exchange package and the standard library; never net/http.
package described

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
)

// kind is one of them.
type kind struct {
	_ [0]func() // not to be compared: for a list of them that is 5 KB in the browser's program

	kind, name, address, get string
	category                 service.Category
	page, cloud              bool

	keyHeader string // carries the key; "": it is a bearer token
	path      string // that its health is known by
	body      string // sent there by POST; "": nothing is, by GET
	sign      string // the field that the answer has; "": the answer is a list
	silent    bool   // speaks no HTTP: takes the connection, and says nothing
}

// kinds are those of the definitions (section 3, row 22) that do not answer questions.
func kinds() []kind {
	return []kind{
		{kind: "comfyui", name: "ComfyUI", address: "http://localhost:8188", get: "Get it from https://github.com/comfyanonymous/ComfyUI",
			category: service.ForImages, page: true, path: "/system_stats", sign: "system"},
		{kind: "a1111", name: "Stable Diffusion web UI", address: "http://localhost:7860", get: "Get it from https://github.com/AUTOMATIC1111/stable-diffusion-webui and run: webui.sh --api",
			category: service.ForImages, page: true, path: "/sdapi/v1/sd-models"},
		{kind: "chroma", name: "Chroma", address: "http://localhost:8000", get: "Get it from https://docs.trychroma.com and run: chroma run",
			category: service.ForVectors, path: "/api/v2/heartbeat", sign: "nanosecond heartbeat"},
		{kind: "qdrant", name: "Qdrant", address: "http://localhost:6333", get: "Get it from https://qdrant.tech/documentation/quickstart",
			category: service.ForVectors, keyHeader: "api-key", path: "/collections", sign: "result"},
		{kind: "milvus", name: "Milvus", address: "http://localhost:19530", get: "Get it from https://milvus.io/docs; its key is USER:PASSWORD",
			category: service.ForVectors, path: "/v2/vectordb/collections/list", body: `{}`, sign: "data"},
		{kind: "n8n", name: "n8n", address: "http://localhost:5678", get: "Get it from https://n8n.io and make a key in its settings, under n8n API",
			category: service.ForAutomation, page: true, keyHeader: "x-n8n-api-key", path: "/api/v1/workflows?limit=1", sign: "data"},
		{kind: "civitai", name: "Civitai", address: "https://civitai.com", get: "Make a key at https://civitai.com/user/account",
			category: service.ForCatalogs, page: true, cloud: true, path: "/api/v1/models?limit=1", sign: "items"},
		{kind: "dropbox", name: "Dropbox", address: "https://api.dropboxapi.com", get: "Make a token at https://www.dropbox.com/developers/apps",
			category: service.ForStorage, cloud: true, path: "/2/check/user", body: `{"query":"kai"}`, sign: "result"},
		{kind: "reticulum", name: "Reticulum", address: "http://localhost:37428", get: "Get it from https://reticulum.network and run: rnsd, with shared_instance_type = tcp",
			category: service.ForMesh, path: "/status", sign: "interfaces", silent: true},
	}
}

// Definitions describes those services to people and to the table of connectors.
func Definitions(l exchange.Limits) []service.Definition {
	var out []service.Definition
	for _, k := range kinds() {
		out = append(out, service.Definition{
			Kind: k.kind, Name: k.name, DefaultURL: k.address, Get: k.get, Category: k.category, Page: k.page, Cloud: k.cloud,
			New: func(s service.Spec, t service.Transport) service.Connector { return k.connect(s, t, l) },
		})
	}
	return out
}

// As is the definition of one of them with another connector, which can do more. The kind must be one of the list.
func As(name string, connect func(s service.Spec, t service.Transport) service.Connector) service.Definition {
	for _, d := range Definitions(exchange.Limits{}) {
		if d.Kind == name {
			d.New = connect
			return d
		}
	}
	panic("no kind of service is called " + name)
}

// connector tells how a service is.
type connector struct {
	client *exchange.Client
	kind
}

func (k kind) connect(s service.Spec, t service.Transport, l exchange.Limits) *connector {
	d := exchange.Dialect{
		Name: k.name, Offline: "start " + k.name + ", or correct the address",
		Forbidden: "install kai, which asks for the extension, or look whether the key may do this", Wrong: "correct the address, or choose another kind of service",
	}
	if k.cloud {
		d.Offline = "look whether this computer is online, or correct the address"
	}
	c := exchange.New(s, t, d, l)
	c.KeyHeader = k.keyHeader
	return &connector{c, k}
}

// Capabilities lists no power: nothing is done with it here.
func (c *connector) Capabilities() []service.Capability { return []service.Capability{} }

// Probe asks what only this kind of service answers.
func (c *connector) Probe(ctx context.Context) (service.Health, error) {
	health, err := c.client.Probe(ctx, c.ask)
	if c.silent && health.State == service.StateTimeout {
		health.State, health.Detail = service.StateReady, c.name+" takes connections at "+c.client.Base+"."
	}
	return health, err
}

func (c *connector) ask(ctx context.Context) (service.Health, error) {
	method, body := "GET", any(nil)
	if c.body != "" {
		method, body = "POST", json.RawMessage(c.body)
	}
	var answer json.RawMessage
	if err := c.client.JSON(ctx, method, c.path, body, &answer, c.client.Limits.Reply); err != nil {
		return service.Health{}, err
	}
	if !c.signed(answer) {
		return service.Health{}, c.client.Wrong("an answer of another shape")
	}
	return service.Health{State: service.StateReady}, nil
}

// signed says whether an answer is this service's.
func (c *connector) signed(answer json.RawMessage) bool {
	if c.sign == "" {
		return bytes.HasPrefix(bytes.TrimSpace(answer), []byte{'['})
	}
	var fields map[string]json.RawMessage
	return json.Unmarshal(answer, &fields) == nil && len(fields[c.sign]) > 0 && string(fields[c.sign]) != "null"
}
