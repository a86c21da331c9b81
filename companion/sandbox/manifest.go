// Package sandbox runs guest tools: each is one WebAssembly module (wasip1) beside a manifest, and reaches nothing but its
// arguments.
//
// A guest reads a JSON object from standard input and writes what it has to say to standard output. It ends with 0, or says on
// standard error what went wrong. It has no files, no network, no environment and no clock but what its manifest asks for and
// the person granted by installing it, and limits of memory and time. Imports companion/datadir, wazero and shared/{fault,tool}.
package sandbox

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/tool"
)

// The files of a guest, in its folder.
const (
	ManifestFile = "tool.json"
	ModuleFile   = "tool.wasm"
)

// Bounds of a guest.
const (
	maxManifest   = 64 << 10
	maxModule     = 32 << 20
	usualMemory   = 64 // MB
	maxMemory     = 512
	usualSeconds  = 10
	maxSeconds    = 60
	maxErrorWords = 500 // bytes of a guest's standard error that are told
)

// Capability is something beside its arguments that a guest may be given.
type Capability string

// The capabilities. Without them the clock stands and chance always falls alike, so that a guest says the same each time.
const (
	Clock  Capability = "clock"  // the time
	Random Capability = "random" // chance
)

// Manifest says what a guest is.
type Manifest struct {
	Name         string          `json:"name"`
	Title        string          `json:"title,omitempty"`
	Description  string          `json:"description"`
	Parameters   json.RawMessage `json:"parameters,omitempty"` // a JSON Schema of an object
	MemoryMB     int             `json:"memory_mb,omitempty"`  // 64 when left out
	Seconds      int             `json:"seconds,omitempty"`    // of one call; 10 when left out
	Capabilities []Capability    `json:"capabilities,omitempty"`
}

// ParseManifest reads a manifest. Every mistake names its field.
func ParseManifest(text []byte) (Manifest, error) {
	var m Manifest
	if len(text) > maxManifest {
		return m, fault.New(fault.Exhausted, "a manifest has at most %d KB", maxManifest>>10)
	}
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&m); err != nil {
		return m, fault.Wrap(fault.Malformed, err, "the manifest cannot be read: "+strings.TrimPrefix(err.Error(), "json: ")).
			WithRemedy("kai tool new shows what one looks like")
	}
	if in.More() {
		return m, fault.New(fault.Malformed, "something follows the manifest's end").WithRemedy("leave one JSON object")
	}
	return m, m.check()
}

func (m *Manifest) check() error {
	if m.MemoryMB == 0 {
		m.MemoryMB = usualMemory
	}
	if m.Seconds == 0 {
		m.Seconds = usualSeconds
	}
	switch {
	case m.Description == "":
		return fault.New(fault.Invalid, "a tool needs a description: models go by it").WithField("description")
	case m.MemoryMB < 1 || m.MemoryMB > maxMemory:
		return fault.New(fault.Invalid, "a guest has 1 to %d MB of memory", maxMemory).WithField("memory_mb")
	case m.Seconds < 1 || m.Seconds > maxSeconds:
		return fault.New(fault.Invalid, "a call takes 1 to %d seconds", maxSeconds).WithField("seconds")
	}
	for _, c := range m.Capabilities {
		if c != Clock && c != Random {
			return fault.New(fault.Unsupported, "no guest is given %.40q", c).WithField("capabilities").WithRemedy("ask for clock or random, or for nothing")
		}
	}
	return tool.Check(m.definition())
}

// Source is whose the tools of guests are.
const Source = "guest"

func (m *Manifest) definition() tool.Definition {
	return tool.Definition{Name: m.Name, Title: m.Title, Description: m.Description, Parameters: m.Parameters, Source: Source}
}

func (m *Manifest) may(c Capability) bool { return slices.Contains(m.Capabilities, c) }

func (m *Manifest) within() time.Duration { return time.Duration(m.Seconds) * time.Second }
