package replica

import (
	"context"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica/life"
)

// Exchange is the answering side as the dialing side sees it. Every call may fail and be made again; a call that arrives
// late, or twice, changes nothing that it should not.
type Exchange interface {
	// Hello asks who answers.
	Hello(ctx context.Context) (Identity, error)

	// Open begins a session; one that was open for the same replica ends. fault.Fenced: the caller has the other side's own
	// id and must take a new one. fault.Conflict: the other side just took a new id; say hello again.
	Open(ctx context.Context, in Open) (Opened, error)

	// Pull streams what the other side has after Since, until it has told all or in.Pages pages.
	Pull(ctx context.Context, in Pull, take func(Page) error) error

	// Push hands over a page of the caller's feed. One that does not begin where the other side stands is not taken: the
	// answer says where it does.
	Push(ctx context.Context, in Push) (Pushed, error)

	// Missing answers which of some keys the other side has no record of, not even of a deletion, or one that is older than
	// the caller's.
	Missing(ctx context.Context, in Missing) (Absent, error)
}

// Position is a place in a change feed.
type Position = life.Position

// Identity names a replica: a store, not a device or a process.
type Identity struct {
	Replica string `json:"replica"`
}

// Open asks for a session.
type Open struct {
	Replica string   `json:"replica"` // who dials
	To      string   `json:"to"`      // who is meant to answer
	Digest  string   `json:"digest"`  // of the dialer's selection
	Taken   Position `json:"taken"`   // how far the dialer has taken the answerer's feed
}

// Opened describes a session.
type Opened struct {
	Session string   `json:"session"` // its name in all further calls
	Digest  string   `json:"digest"`  // of the answerer's selection
	Taken   Position `json:"taken"`   // how far the answerer has taken the dialer's feed
	Floor   uint64   `json:"floor"`   // deletions up to here in the answerer's feed may be forgotten
	Head    uint64   `json:"head"`    // where the answerer's feed ends now, to show progress by
}

// Pull asks for pages from Since on; the caller keeps everything before it.
type Pull struct {
	Session string `json:"session"`
	Since   uint64 `json:"since"`
	Pages   int    `json:"pages"`
}

// Page is a piece of a feed: what is shared of the changes after From up to To.
type Page struct {
	From    uint64          `json:"from"`
	To      uint64          `json:"to"`
	Era     string          `json:"era,omitempty"` // of To in its feed
	Records []record.Record `json:"records,omitempty"`
	More    bool            `json:"more,omitempty"`
}

// end is the place that a page reaches.
func (p Page) end() Position { return Position{Era: p.Era, Seq: p.To} }

// Push hands over a page of the caller's feed. Taken is how far the caller has taken the other's.
type Push struct {
	Session string `json:"session"`
	Taken   uint64 `json:"taken"`
	Page    Page   `json:"page"`
}

// Pushed says how far the answerer has taken the dialer's feed now.
type Pushed struct {
	Taken  uint64 `json:"taken"`
	Copies int    `json:"copies,omitempty"` // texts of this page or against it that lost and were kept
}

// Missing asks about records.
type Missing struct {
	Session  string           `json:"session"`
	Keys     []record.Key     `json:"keys"`
	Versions []record.Version `json:"versions,omitempty"` // that the caller has, in the order of Keys; none from an older caller
}

// Absent lists keys, in the order asked.
type Absent struct {
	Keys []record.Key `json:"keys,omitempty"`
}
