package klp

import "github.com/kindos/kai/shared/fault"

// Trust is how far a node is trusted (definitions 2.1, of F/51).
type Trust int

// The levels. A node that proved who it is and is on the list is verified; one that may ask for work is trusted.
const (
	TrustNone Trust = iota
	TrustBasic
	TrustVerified
	TrustTrusted
	TrustSystem
)

// StatusAvailable is the status of a capability that may be used now (definitions 2.1).
const StatusAvailable = "available"

// Capability is one thing that a node does for the reader of its manifest.
type Capability struct {
	Name   string `json:"name"`
	Status string `json:"status"`
}

// Manifest is the payload of capability_announce: a node as it is for the one that reads it.
type Manifest struct {
	ServiceID    ID           `json:"serviceId"`
	NodeID       string       `json:"nodeId,omitempty"` // a name for people
	Version      string       `json:"version"`
	Capabilities []Capability `json:"capabilities"`
	TrustLevel   Trust        `json:"trustLevel"` // how far it trusts the reader
	TTL          int          `json:"ttl"`        // seconds that it holds
}

// Can says whether the reader may use a capability.
func (m Manifest) Can(name string) bool {
	for _, c := range m.Capabilities {
		if c.Name == name && c.Status == StatusAvailable {
			return true
		}
	}
	return false
}

// State is the payload of state_sync: what a node has, for those that it lets know.
type State struct {
	Health       string       `json:"health"`
	Capabilities []Capability `json:"capabilities,omitempty"`
	Hardware     Hardware     `json:"hardware"`
}

// Hardware is the capability record of a node (definitions 2.6, of F/services/38), as far as it is known here.
type Hardware struct {
	CPU int `json:"cpu"` // cores
	AI  AI  `json:"ai"`
}

// AI is what models a node can ask.
type AI struct {
	Inference bool     `json:"inference"`
	Models    []string `json:"models"`
}

// TaskRequest asks another node to answer a question. Task is chosen by the asker, and comes back with the answer.
type TaskRequest struct {
	Task   string `json:"task"`
	Prompt string `json:"prompt"`
}

// TaskResult is the answer.
type TaskResult struct {
	Task string `json:"task"`
	Text string `json:"text"`
}

// TaskError is why there is none.
type TaskError struct {
	Task  string       `json:"task"`
	Fault *fault.Fault `json:"fault"`
}

// Card is what a node tells whoever reaches it at /.well-known/klp.json (definitions 2.1, of B/88).
type Card struct {
	AgentID      ID       `json:"agent_id"`
	Capabilities []string `json:"capabilities"`
	PublicKey    string   `json:"public_key"` // base64url
	Endpoints    []string `json:"endpoints"`
}

// CardOf is the card of a node that is reached at one address.
func CardOf(id ID, endpoint string) Card {
	key, _ := id.Key()
	return Card{AgentID: id, Capabilities: Speaks(), PublicKey: encode(key), Endpoints: []string{endpoint}}
}

// Speaks are the types of messages beyond the handshake that this version answers or understands.
func Speaks() []string { return []string{TypeCapabilityAnnounce, TypeStateSync, TypeTaskRequest} }
