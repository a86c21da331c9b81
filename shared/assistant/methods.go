package assistant

import (
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/tool"
)

// The methods that a view may call, over any connection. Each names its request and reply type; a stream's chunk type
// stands after "~".
const (
	MethodSnapshot = "state.snapshot" // Empty -> Snapshot
	MethodWatch    = "state.watch"    // Watch ~ News -> Empty; for views that BroadcastChannel does not reach

	MethodConversationList      = "conversation.list"      // ListConversations -> ConversationPage
	MethodConversationGet       = "conversation.get"       // ByID -> Conversation
	MethodConversationRename    = "conversation.rename"    // Rename -> Conversation
	MethodConversationPrivate   = "conversation.private"   // SetPrivate -> Conversation
	MethodConversationBranch    = "conversation.branch"    // ChooseBranch -> Conversation
	MethodConversationTune      = "conversation.tune"      // Tune -> Conversation
	MethodConversationSummarise = "conversation.summarise" // Summarise ~ service.Progress (messages) -> Conversation; sums up what is old, or follows that
	MethodConversationDelete    = "conversation.delete"    // ByID -> Conversation (trashed; undone by restore)
	MethodConversationRestore   = "conversation.restore"   // ByID -> Conversation

	MethodLibrary = "library" // record.Record -> store.Page (all folders, prompts, personas or settings; with an id one is kept first, or taken away when it has no body)

	MethodMessageList = "message.list" // ListMessages -> MessagePage
	MethodMessageSend = "message.send" // Send -> Sent
	MethodSearch      = "search"       // Search -> Found

	MethodBlobGet = "blob.get" // ByID (the blob's name) -> Content
	MethodBlobPut = "blob.put" // Content -> ByID (the blob's name)

	MethodRunAttach = "run.attach" // Attach ~ run.Delta -> Empty
	MethodRunStop   = "run.stop"   // ByID (the run's) -> Empty
	MethodRunRetry  = "run.retry"  // Retry -> Sent; answers the same question again

	MethodToolDecide = "tool.decide" // DecideTool -> Empty; consents to a call that waits, or refuses it
	MethodToolList   = "tool.list"   // Empty -> tool.List; kai answers it, for a browser too

	MethodServiceDiscover = "service.discover" // Empty -> Discovered; probes each kind at its default address
	MethodServiceTest     = "service.test"     // TestService -> service.Health; nothing is kept
	MethodServiceAdd      = "service.add"      // PutService -> ServiceView
	MethodServiceUpdate   = "service.update"   // PutService -> ServiceView; an absent key is kept, an empty one removed
	MethodServiceRemove   = "service.remove"   // ByID -> Empty
	MethodServiceProbe    = "service.probe"    // ByID -> ServiceView; also news to all views

	MethodModelShow   = "model.show"   // ModelRef -> service.Model
	MethodModelPull   = "model.pull"   // ModelRef ~ service.Progress -> Empty; begins or joins, and goes on without the caller
	MethodModelPulls  = "model.pulls"  // Empty -> Pulls
	MethodPullCancel  = "model.cancel" // ModelRef -> Empty
	MethodModelDelete = "model.delete" // ModelRef -> Empty

	MethodModelRunning = "model.running" // ByID (the service's) -> Models; what is in its memory now
	MethodModelUnload  = "model.unload"  // ModelRef -> Empty; out of memory, not off the disk

	MethodSettingsSet   = "settings.set"   // a JSON object with some fields of Settings -> Settings
	MethodStorageUsage  = "storage.usage"  // Empty -> store.Usage
	MethodDataExport    = "data.export"    // Empty ~ ExportChunk -> ExportEnd
	MethodDataImport    = "data.import"    // store.Page -> store.Page (what was written, without bodies; with Next set, more follows)
	MethodDataDeleteAll = "data.deleteAll" // Empty -> Empty

	MethodCompanionRetry = "companion.retry" // Empty -> CompanionState; looks for kai again now

	MethodSyncState   = "sync.state"   // Empty -> SyncState
	MethodSyncNow     = "sync.now"     // Empty -> Empty; begins an exchange with every connected device
	MethodSyncRename  = "sync.rename"  // SyncRename -> Empty
	MethodSyncRemove  = "sync.remove"  // ByID (the device's) -> Empty; nothing is exchanged with it any more
	MethodSyncAllow   = "sync.allow"   // ByID (the device's) -> Empty; undoes sync.remove
	MethodSyncRestore = "sync.restore" // ByID (the lost text's) -> Empty; makes it the newest state of its record
	MethodSyncDiscard = "sync.discard" // ByID (the lost text's) -> Empty
)

// The methods about clients, which kai answers for its own web app.
const (
	MethodClientsState   = "clients.state"   // Empty -> ClientsState
	MethodClientsApprove = "clients.approve" // ByID (of a waiting one) -> Empty
	MethodClientsRefuse  = "clients.refuse"  // ByID (of a waiting one) -> Empty
	MethodClientsRevoke  = "clients.revoke"  // ByID (the client's name) -> Empty; its token is taken back
)

// ClientsPrefix begins them.
const ClientsPrefix = "clients."

// SyncPrefix begins the methods that kai answers, for a browser too: it knows the devices.
const SyncPrefix = "sync."

// KnowledgePrefix begins the methods of kai's library of documents (shared/library), for a browser too.
const KnowledgePrefix = "knowledge."

// SnapshotRows is how many conversations a snapshot holds.
const SnapshotRows = 50

// MaxAttachmentBytes is where attached page text is cut, at a character boundary.
const MaxAttachmentBytes = 200 << 10

// Empty is a request or reply without fields.
type Empty struct{}

// ByID names one thing.
type ByID struct {
	ID string `json:"id"`
}

// Watch names the watching view's context so that its own changes are marked.
type Watch struct {
	Context string `json:"context"`
}

// Summarise has what is old in a conversation summed up, or ends that.
type Summarise struct {
	ID   string `json:"id"`
	Stop bool   `json:"stop,omitempty"`
}

// ListConversations pages through conversations, newest first: those in use, or those that are archived. Of those in use, it
// may be only those of a folder, or the pinned ones (latest pinned first).
type ListConversations struct {
	Archived bool   `json:"archived,omitempty"`
	Folder   string `json:"folder,omitempty"`
	Pinned   bool   `json:"pinned,omitempty"`
	After    string `json:"after,omitempty"`
	Limit    int    `json:"limit,omitempty"`
}

// ConversationPage is a page of conversations.
type ConversationPage struct {
	Conversations []Conversation `json:"conversations"`
	Next          string         `json:"next,omitempty"`
}

// Rename gives a conversation a title.
type Rename struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// SetPrivate keeps a conversation on this device, or shares it again.
type SetPrivate struct {
	ID      string `json:"id"`
	Private bool   `json:"private"`
}

// ChooseBranch makes a conversation go through a message, and on to the newest that follows it.
type ChooseBranch struct {
	ID      string `json:"id"`
	Message string `json:"message"`
}

// Tune changes what is given of a conversation. Parameters are changed as a whole.
type Tune struct {
	ID           string      `json:"id"`
	SystemPrompt *string     `json:"systemPrompt,omitempty"`
	Parameters   *Parameters `json:"parameters,omitempty"`
	Archived     *bool       `json:"archived,omitempty"`
	Pinned       *string     `json:"pinned,omitempty"` // since when; "": no more
	Shelf        *string     `json:"shelf,omitempty"`  // a folder and a blank; "": none
	Persona      *string     `json:"persona,omitempty"`
	Injected     *string     `json:"injected,omitempty"`
	Prefix       *string     `json:"prefix,omitempty"`
	Summary      *Summary    `json:"summary,omitempty"` // without text: none
}

// ListMessages pages through a conversation, with all its branches, newest page first; each page is in reading order.
type ListMessages struct {
	Conversation string `json:"conversation"`
	Before       string `json:"before,omitempty"` // MessagePage.Next of the page after it
	Limit        int    `json:"limit,omitempty"`
}

// MessagePage is a page of messages in reading order; Next asks for older ones.
type MessagePage struct {
	Conversation Conversation `json:"conversation"`
	Messages     []Message    `json:"messages"`
	Next         string       `json:"next,omitempty"`
}

// Send asks something. An empty Conversation starts a new one; empty Service and Model mean the defaults. Edit names a
// question that this one stands beside, in other words.
type Send struct {
	Conversation string       `json:"conversation,omitempty"`
	Edit         string       `json:"edit,omitempty"`
	Text         string       `json:"text"`
	Attachments  []Attachment `json:"attachments,omitempty"`
	Knowledge    *[]string    `json:"knowledge,omitempty"` // kept in the conversation; absent changes nothing
	Service      string       `json:"service,omitempty"`
	Model        string       `json:"model,omitempty"`
	Context      string       `json:"context,omitempty"` // the view's: popup, sidepanel, tab
	Tuning       *Tuning      `json:"tuning,omitempty"`  // of a conversation that this begins
	Tools        bool         `json:"tools,omitempty"`   // who asks can show a person what the model wants to call
}

// Sent is what sending made. Run is the answer being made into Answer.
type Sent struct {
	Conversation Conversation `json:"conversation"`
	Message      Message      `json:"message"`
	Answer       Message      `json:"answer"`
	Run          string       `json:"run"`
}

// Retry answers the question of answer ID (a message) again, in its place when it went wrong. With Another the new answer
// stands beside it. Service and Model are those of the first try unless given.
type Retry struct {
	ID      string `json:"id"`
	Another bool   `json:"another,omitempty"`
	Service string `json:"service,omitempty"`
	Model   string `json:"model,omitempty"`
	Tools   bool   `json:"tools,omitempty"` // as in Send
}

// BlobPrefix begins the methods on what is kept beside the records, which whoever hosts the assistant answers. Two of them are
// not for views.
const (
	BlobPrefix = "blob."
	BlobList   = "blob.list"  // ListBlobs -> []store.Blob
	BlobSweep  = "blob.sweep" // SweepBlobs -> Empty
)

// Content is the bytes of a blob, at most MaxPictureBytes.
type Content struct {
	Data []byte `json:"data"`
}

// SweepBlobs deletes blobs that no record names and that were put before a time, in milliseconds since 1970.
type SweepBlobs struct {
	Before int64 `json:"before"`
}

// ListBlobs pages through blobs, in the order of their names.
type ListBlobs struct {
	After string `json:"after,omitempty"`
	Limit int    `json:"limit,omitempty"`
}

// Search asks for messages and titles with all of these words. Without words it finds nothing but makes the first real
// search quick: call it so when the search field gets the focus.
type Search struct {
	Words string `json:"words"`
	Limit int    `json:"limit,omitempty"`
}

// Found is the answer of a search, newest first.
type Found struct {
	Hits   []FoundHit `json:"hits"`
	Millis float64    `json:"millis"`
}

// FoundHit is one hit. Message is empty when the title matched. The snippet is plain text.
type FoundHit struct {
	Conversation Conversation `json:"conversation"`
	Message      string       `json:"message,omitempty"`
	Role         string       `json:"role,omitempty"`
	Snippet      string       `json:"snippet"`
}

// Attach follows a run from after delta From.
type Attach struct {
	Run  string `json:"run"`
	From int64  `json:"from"`
}

// Discovered is what the first-run probe found, one entry per kind of local service.
type Discovered struct {
	Services []DiscoveredService `json:"services"`
}

// DiscoveredService is a default address with what answered there.
type DiscoveredService struct {
	Kind   string         `json:"kind"`
	Name   string         `json:"name"`
	URL    string         `json:"url"`
	Get    string         `json:"get"`
	Health service.Health `json:"health"`
	Added  string         `json:"added,omitempty"` // id of the service record, when already connected
}

// TestService is an address to try.
type TestService struct {
	ID   string  `json:"id,omitempty"` // use this service's stored key when Key is absent
	Kind string  `json:"kind"`
	URL  string  `json:"url"`
	Key  *string `json:"key,omitempty"`
}

// PutService adds or changes a service.
type PutService struct {
	ID   string  `json:"id,omitempty"`
	Kind string  `json:"kind"`
	Name string  `json:"name"`
	URL  string  `json:"url"`
	Key  *string `json:"key,omitempty"`

	KeepAlive *string `json:"keepAlive,omitempty"` // as in service.Spec; an absent one is kept
}

// ModelRef names a model on a service.
type ModelRef struct {
	Service string `json:"service"`
	Model   string `json:"model"`
}

// Models is a list of models of one service.
type Models struct {
	Models []service.Model `json:"models"`
}

// ExportChunk is a piece of the export file, in order.
type ExportChunk struct {
	Text string `json:"text"`
}

// ExportEnd closes an export: how much it held and the SHA-256 of the whole text in hex.
type ExportEnd struct {
	Records int    `json:"records"`
	Bytes   int    `json:"bytes"`
	SHA256  string `json:"sha256"`
}

// Wire lists every type that crosses to TypeScript; the generator writes extension/gen from it.
func Wire() []any {
	return []any{
		Snapshot{}, News{}, ConversationPage{}, MessagePage{}, Send{}, Sent{}, Search{}, Found{}, Attach{}, run.Delta{},
		Discovered{}, TestService{}, PutService{}, ServiceView{}, ModelRef{}, service.Progress{}, Settings{}, ByID{},
		Rename{}, SetPrivate{}, Summarise{}, ChooseBranch{}, Tune{}, Retry{}, ListConversations{}, ListMessages{}, Watch{}, ExportChunk{}, ExportEnd{}, service.Health{}, Empty{},
		store.Usage{}, service.Model{}, Content{}, SyncState{}, SyncRename{}, ClientsState{}, Models{}, Pulls{},
		tool.List{}, ToolsOn{}, DecideTool{}, record.Record{}, store.Page{}, Folder{}, Prompt{}, Persona{},
	}
}
