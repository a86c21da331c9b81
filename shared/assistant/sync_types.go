package assistant

import "github.com/kindos/kai/shared/fault"

// SyncState is how kai and the devices around it exchange their conversations.
type SyncState struct {
	Device  string       `json:"device,omitempty"` // the asking device's id
	Devices []SyncDevice `json:"devices"`          // by name
	Lost    []LostText   `json:"lost"`             // newest first
}

// SyncDevice is a browser profile or another kai that exchanges with kai, or did.
type SyncDevice struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Kind      string       `json:"kind,omitempty"` // kai; empty for a browser
	Connected bool         `json:"connected,omitempty"`
	Last      string       `json:"last,omitempty"`    // when both last had everything; RFC 3339
	Waiting   int          `json:"waiting,omitempty"` // changes that it has not taken yet, counted up to MaxWaiting
	Done      uint64       `json:"done,omitempty"`    // how far the exchange that goes on is, in changes
	Of        uint64       `json:"of,omitempty"`      // of how many; 0 when none goes on
	Removed   bool         `json:"removed,omitempty"`
	Encrypted bool         `json:"encrypted,omitempty"` // end to end: it keeps what it cannot read
	Fault     *fault.Fault `json:"fault,omitempty"`     // why the last exchange failed
}

// MaxWaiting is how far waiting changes are counted.
const MaxWaiting = 1000

// LostText is what a person wrote on one device and lost to a change made on another without having seen it.
type LostText struct {
	ID           string `json:"id"`
	Kind         string `json:"kind"` // message, conversation (its title)
	Conversation string `json:"conversation,omitempty"`
	Text         string `json:"text"`
	Written      string `json:"written"` // RFC 3339
}

// SyncRename gives a device a name.
type SyncRename struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}
