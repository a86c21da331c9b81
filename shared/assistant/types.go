package assistant

import (
	"encoding/json"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/tool"
)

// Times in record bodies are RFC 3339 in UTC with milliseconds ("2006-01-02T15:04:05.000Z"): text order is time order.

// Conversation is the body of a conversation record. Updated moves with every message. Trashed, when set, hides it until
// it is restored or purged.
type Conversation struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Named   bool   `json:"named,omitempty"` // the person chose the title
	Created string `json:"created"`
	Updated string `json:"updated"`
	Service string `json:"service,omitempty"` // last used
	Model   string `json:"model,omitempty"`
	Trashed string `json:"trashed,omitempty"`
	Private bool   `json:"private,omitempty"` // stays on this device, whatever is exchanged
	Branch  string `json:"branch,omitempty"`  // the message that the person chose among those beside it; empty: the newest

	Knowledge *[]string `json:"knowledge,omitempty"` // the collections whose passages go along with questions
	Tuning
}

// Summing is the writing of a summary, which may be going on elsewhere.
type Summing struct {
	ID    string       `json:"id"`
	Fault *fault.Fault `json:"fault,omitempty"` // why it was given up
}

// Tuning is what a person sets for one conversation.
type Tuning struct {
	SystemPrompt string      `json:"systemPrompt,omitempty"` // instead of that of the settings
	Parameters   *Parameters `json:"parameters,omitempty"`
	Archived     bool        `json:"archived,omitempty"` // out of the list, and found by search
	Pinned       string      `json:"pinned,omitempty"`   // since when it stands above the others
	Shelf        string      `json:"shelf,omitempty"`    // its folder (one that is gone is none), a blank, Updated
	Persona      string      `json:"persona,omitempty"`  // whose words the next two are
	Injected     string      `json:"injected,omitempty"` // goes before the instructions
	Prefix       string      `json:"prefix,omitempty"`   // goes before each question
	Summary      *Summary    `json:"summary,omitempty"`  // read by the model instead of what it stands for
	Summing      *Summing    `json:"summing,omitempty"`  // a summary that is being written; it is not the person's to set
}

// Summary stands for the beginning of a conversation, up to and with the message Upto. The person may change its Text; one
// without text is none.
type Summary struct {
	Text string `json:"text"`
	Upto string `json:"upto"`
}

// Parameters go to the model with every question of a conversation. What is left out is the service's default.
type Parameters struct {
	Temperature *float64 `json:"temperature,omitempty"` // 0 to 2
	TopP        *float64 `json:"topP,omitempty"`        // above 0, 1 at most
	Seed        *int64   `json:"seed,omitempty"`
	MaxTokens   int      `json:"maxTokens,omitempty"` // of an answer
	Think       *bool    `json:"think,omitempty"`
	Format      string   `json:"format,omitempty"` // "" for text, "json", or the JSON Schema that an answer follows
}

// Message is the body of a message record. An assistant's message grows while its run is going; Delta is the number of
// the last run delta in it. Messages with one parent are beside each other: another wording, another answer.
type Message struct {
	ID           string       `json:"id"`
	Conversation string       `json:"conversation"`
	Parent       string       `json:"parent,omitempty"` // the message that it follows, or First; empty: the one before it
	Role         string       `json:"role"`             // user, assistant
	Text         string       `json:"text"`
	Thinking     string       `json:"thinking,omitempty"`
	Attachments  []Attachment `json:"attachments,omitempty"`
	Tools        []tool.Use   `json:"tools,omitempty"` // what it called, in order
	Created      string       `json:"created"`
	Run          string       `json:"run,omitempty"`
	Delta        int64        `json:"delta,omitempty"`
	State        run.State    `json:"state,omitempty"` // of the run; empty for a person's message
	Fault        *fault.Fault `json:"fault,omitempty"`
	Service      string       `json:"service,omitempty"`
	Model        string       `json:"model,omitempty"`
	Stats        *run.Stats   `json:"stats,omitempty"`
}

// Attachment is page text that the person attached, or a passage of their documents, whose address is its id: it goes to the
// model quoted as data, never as instructions. Or it is an image, whose title is its file's name.
type Attachment struct {
	Type      string `json:"type"` // page, selection, passage, image
	Title     string `json:"title"`
	URL       string `json:"url"`
	Text      string `json:"text"`
	Truncated bool   `json:"truncated,omitempty"` // Text was cut to MaxAttachmentBytes
	Blob      string `json:"blob,omitempty"`      // of an image: what blob.put named its bytes
}

// RunRecord is the body of a run record: where an answer is being made.
type RunRecord struct {
	ID           string    `json:"id"`
	Conversation string    `json:"conversation"`
	Message      string    `json:"message"`
	State        run.State `json:"state"`
	Where        string    `json:"where"` // runtime, kai
	Service      string    `json:"service"`
	Model        string    `json:"model"`
	Created      string    `json:"created"`
	Tools        bool      `json:"tools,omitempty"` // tools are offered
	Round        int       `json:"round,omitempty"` // how often results went back to the model
	Base         int64     `json:"base,omitempty"`  // the message's delta at which this round began
}

// Service is the body of a service record.
type Service struct {
	service.Spec
	Created string `json:"created"`
	Model   string `json:"model,omitempty"` // last used

	unopened service.Secret // the sealed key while it cannot be opened; stored again as it is
}

// Settings is the one setting record ("settings").
type Settings struct {
	Theme          string `json:"theme"`              // system, light, dark
	Language       string `json:"language,omitempty"` // of what views say: system, en, de, es, fr, zh-Hans; empty is system
	DefaultService string `json:"defaultService,omitempty"`
	DefaultModel   string `json:"defaultModel,omitempty"`
	SystemPrompt   string `json:"systemPrompt,omitempty"`
	Welcomed       bool   `json:"welcomed,omitempty"` // first run is done
	Toured         bool   `json:"toured,omitempty"`   // the tour was shown
	Sync           bool   `json:"sync,omitempty"`     // conversations are exchanged with kai and the devices around it
}

// ServiceView is a service as views see it: its key masked, with what the last probe found.
type ServiceView struct {
	ID     string          `json:"id"`
	Kind   string          `json:"kind"`
	Name   string          `json:"name"`
	URL    string          `json:"url"`
	HasKey bool            `json:"hasKey,omitempty"`
	Model  string          `json:"model,omitempty"`
	Health *service.Health `json:"health,omitempty"`

	KeepAlive string `json:"keepAlive,omitempty"` // as in service.Spec
}

// ServiceKind describes a connector to views.
type ServiceKind struct {
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	DefaultURL string `json:"defaultUrl"`
	Get        string `json:"get"`

	Can      []service.Capability `json:"can"`                // what the interface may offer
	Category service.Category     `json:"category,omitempty"` // what it is for; empty: answers
	Page     bool                 `json:"page,omitempty"`     // has a web page of its own at its address
	Cloud    bool                 `json:"cloud,omitempty"`
}

// Folder is the body of a folder record. Conversations name it; taking it away leaves them as they are.
type Folder struct {
	ID      string `json:"id"`
	Name    string `json:"name" minLength:"1"`
	Created string `json:"created"`
}

// Prompt is the body of a prompt record (specification B/44): a text with places {{name}} to fill in. Menu is its place in the
// browser's page menu, from 1 on; Hidden takes a built-in one away.
type Prompt struct {
	ID           string        `json:"id"`
	Name         string        `json:"name" minLength:"1"`
	Description  string        `json:"description,omitempty"`
	Persona      string        `json:"persona,omitempty"`
	Tags         []string      `json:"tags,omitempty"`
	Template     string        `json:"template" minLength:"1"`
	Inputs       []PromptInput `json:"inputs,omitempty"`
	ContextScope string        `json:"contextScope,omitempty"` // user, system, session
	Version      int           `json:"version,omitempty"`      // counted up with every change
	CreatedAt    string        `json:"createdAt,omitempty"`
	UpdatedAt    string        `json:"updatedAt,omitempty"`
	Menu         int           `json:"menu,omitempty"`
	Page         bool          `json:"page,omitempty"` // in the menu of the whole page, not of a selection
	Hidden       bool          `json:"hidden,omitempty"`
}

// PromptInput is a place to fill in.
type PromptInput struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Default     string `json:"default,omitempty"`
}

// Persona is the body of a persona record (specification B/107), as far as it is used. What else a file brought (memory
// filters, voice, permissions) is kept beside it.
type Persona struct {
	ID          string          `json:"id"`
	Name        string          `json:"name" minLength:"1"`
	Description string          `json:"description,omitempty"`
	Tags        []string        `json:"tags,omitempty"`
	Tone        json.RawMessage `json:"tone,omitempty"` // formality, humor, energy, assertiveness: words or numbers
	Injections  Injections      `json:"injections"`
}

// Injections are what a persona adds to what models read: before the instructions, and before each question.
type Injections struct {
	SystemPrompt string `json:"system_prompt,omitempty"`
	UserPrefix   string `json:"user_prefix,omitempty"`
	SafetyPrefix string `json:"safety_prefix,omitempty"`
}

// Snapshot is everything a view needs to paint: the reply of state.snapshot.
type Snapshot struct {
	Version       string         `json:"version"`
	Mode          string         `json:"mode"`   // browser, standalone
	UIMode        string         `json:"uiMode"` // popup, sidepanel, tab, all
	Settings      Settings       `json:"settings"`
	Services      []ServiceView  `json:"services"`
	Kinds         []ServiceKind  `json:"kinds"`
	Conversations []Conversation `json:"conversations"` // newest first, at most SnapshotRows
	More          bool           `json:"more,omitempty"`
	Runs          []RunRecord    `json:"runs"` // those that go on
	Storage       StorageState   `json:"storage"`
	Companion     CompanionState `json:"companion"`
	Config        *fault.Fault   `json:"config,omitempty"` // what is wrong with the configuration; the defaults hold
}

// StorageState tells whether writes reach disk. Durable false: private window or refused storage, all is lost on closing.
// Fault is set when a write failed: the person is told at once.
type StorageState struct {
	Backend string       `json:"backend"`
	Durable bool         `json:"durable"`
	Bytes   int64        `json:"bytes"`
	Quota   int64        `json:"quota,omitempty"`
	Fault   *fault.Fault `json:"fault,omitempty"`
}

// CompanionState tells whether kai is there. State is connected, connecting, absent (not installed) or failed; Detail is for people.
type CompanionState struct {
	State   string `json:"state"`
	Version string `json:"version,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

// News is a kai-sync message, with exactly the fields of the specification (Browser Mode, handleCrossContextSync).
type News struct {
	Type      string   `json:"type"`    // always "state_update"
	Context   string   `json:"context"` // who caused it: popup, sidepanel, tab, runtime
	Data      NewsData `json:"data"`
	Timestamp int64    `json:"timestamp"` // milliseconds since 1970
}

// NewsData is what kAI puts in a kai-sync message. It is news only: the truth is in the store. Small bodies ride along so
// that a view need not ask; a large one is left out and Body is null.
type NewsData struct {
	ID        string          `json:"id"`
	Origin    string          `json:"origin"` // runtime instance
	Changes   []Change        `json:"changes,omitempty"`
	Storage   *StorageState   `json:"storage,omitempty"`
	Companion *CompanionState `json:"companion,omitempty"`
	Health    []ServiceView   `json:"health,omitempty"`
	Run       *RunNews        `json:"run,omitempty"`   // a run started or ended
	Pull      *PullNews       `json:"pull,omitempty"`  // the download of a model began or ended
	Reset     bool            `json:"reset,omitempty"` // everything changed (delete all, import): take a new snapshot
}

// PullNews tells that the download of a model began or ended.
type PullNews struct {
	ModelRef
	Ended bool `json:"ended,omitempty"`
}

// Pull is the download of a model.
type Pull struct {
	ModelRef
	service.Progress
	Ended bool   `json:"ended,omitempty"` // by what is wrong; one that is done is gone
	Wrong string `json:"wrong,omitempty"` // why, for a person
}

// Pulls are the downloads that go on, and those that failed.
type Pulls struct {
	Pulls []Pull `json:"pulls"`
}

// RunNews tells that a run started or ended.
type RunNews struct {
	ID           string    `json:"id"`
	Conversation string    `json:"conversation"`
	Message      string    `json:"message"`
	State        run.State `json:"state"`
}
