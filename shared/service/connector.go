package service

import "context"

// Connector is our code for one kind of service. The typed powers below are found by type assertion.
type Connector interface {
	// Probe asks the service's own health path. It returns a Health for every outcome that a person can act on;
	// an error only when ctx ended.
	Probe(ctx context.Context) (Health, error)
	// Capabilities lists the powers, for the interface to offer.
	Capabilities() []Capability
}

// Capability names a power of a connector.
type Capability string

// The powers known so far.
const (
	CanChat   Capability = "chat"
	CanEmbed  Capability = "embed"
	CanManage Capability = "manage_models"
	CanPaint  Capability = "images"
	CanIndex  Capability = "vectors"
)

// Category is what a kind of service is for. Only one that is for answers is ever offered as a model.
type Category string

// The categories. A definition that names none is for answers.
const (
	ForAnswers    Category = ""
	ForImages     Category = "images"
	ForVectors    Category = "vectors"
	ForAutomation Category = "automation"
	ForCatalogs   Category = "catalogs" // of models that others made
	ForStorage    Category = "storage"
	ForMesh       Category = "mesh"
)

// Chatter answers conversations.
type Chatter interface {
	Chat(ctx context.Context, r ChatRequest, emit func(ChatDelta) error) (ChatResult, error)
}

// Lister lists models.
type Lister interface {
	Models(ctx context.Context) ([]Model, error)
}

// ModelManager manages the models on a service.
type ModelManager interface {
	Show(ctx context.Context, model string) (Model, error)
	Running(ctx context.Context) ([]Model, error)
	Pull(ctx context.Context, model string, report func(Progress) error) error
	Unload(ctx context.Context, model string) error // out of memory; it stays installed
	Delete(ctx context.Context, model string) error
}

// Embedder turns texts into vectors.
type Embedder interface {
	Embed(ctx context.Context, model string, texts []string) ([][]float32, error)
}

// VectorIndex keeps vectors in collections and finds the nearest. Each vector belongs to a group. A collection that is not there
// is made by Put, and empty for all else.
type VectorIndex interface {
	Put(ctx context.Context, collection, group string, ids []string, vectors [][]float32) error
	Remove(ctx context.Context, collection, group string) error
	Count(ctx context.Context, collection string) (int, error)
	// Nearest lists the ids of the vectors of some groups that are nearest to one, at most n, the nearest first.
	Nearest(ctx context.Context, collection string, vector []float32, groups []string, n int) ([]string, error)
	Clear(ctx context.Context, collection string) error
}

// Definition describes a kind of service to people and to the table of connectors.
type Definition struct {
	Kind       string // "ollama"
	Name       string // "Ollama"
	DefaultURL string // "http://localhost:11434"
	Get        string // how to get it, one sentence with an address
	Category   Category
	Page       bool // has a web page of its own at its address, for a person to open
	Cloud      bool // elsewhere than on a computer of the person's: never looked for, and it wants a key
	New        func(s Spec, t Transport) Connector
}

// Secret is text that prints as *** in logs and errors. It marshals as itself: it has to reach the companion and the
// service; anything that shows it to a person must call Masked.
type Secret string

// String hides the secret.
func (s Secret) String() string { return s.Masked() }

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.Masked() }

// Masked is "***", or "" for an empty secret.
func (s Secret) Masked() string {
	if s == "" {
		return ""
	}
	return "***"
}
