package library

import "github.com/kindos/kai/shared/fault"

// The methods of a library.
const (
	MethodKnowledgeList = "knowledge.list" // Empty -> library.Knowledge
	MethodKnowledgeAdd  = "knowledge.add"  // library.AddDocument -> library.Document; what is there already, unchanged, is not read again
	MethodKnowledgeSet  = "knowledge.set"  // library.SetDocument -> library.Document
	MethodKnowledgeOpen = "knowledge.open" // library.ByDocument -> library.OpenDocument
	MethodKnowledgeFind = "knowledge.find" // library.FindPassages -> library.FoundPassages

	MethodKnowledgeFolders = "knowledge.folders" // Empty -> library.Folders; kai's alone
)

// MaxDocumentBytes is the longest text that a document may have: some 1,000 pages.
const MaxDocumentBytes = 4 << 20

// State says how far a document is.
type State string

// The states of a document. Its words are found in all of them but Failed.
const (
	Indexing State = "indexing" // vectors are being made of its passages
	Stopped  State = "stopped"  // by the person, or by Fault; it goes on where it was when it is set to Indexing
	Ready    State = "ready"    // with vectors of all passages, or of none when Model is empty
	Failed   State = "failed"   // it could not be read; Fault says why
)

// Document is the body of a document record: a source of knowledge. Its text is in its passages.
type Document struct {
	ID         string       `json:"id"`
	Collection string       `json:"collection"`
	Title      string       `json:"title"`
	Source     string       `json:"source,omitempty"` // the address or path that it came from
	Hash       string       `json:"hash,omitempty"`   // of what it was read from, by which a change is seen
	Created    string       `json:"created"`          // RFC 3339 in UTC with milliseconds, as Trashed
	State      State        `json:"state"`
	Passages   int          `json:"passages"`
	Done       int          `json:"done,omitempty"`  // passages with a vector
	Model      string       `json:"model,omitempty"` // that makes the vectors
	Fault      *fault.Fault `json:"fault,omitempty"`
	Trashed    string       `json:"trashed,omitempty"`
}

// Passage is the body of a passage record. The id is the document's with a dot and five digits, so passages list in order.
type Passage struct {
	_ [0]func() // comparing would be code in the browser's program

	ID       string `json:"id"`
	Document string `json:"document"`
	Place    string `json:"place,omitempty"` // the heading it stands under, or "page 3"
	Text     string `json:"text"`
	Again    int    `json:"again,omitempty"` // how many bytes of Text end the passage before
}

// vectors is the body of a vector record: those of Count consecutive passages. It has the id of the first one.
type vectors struct {
	Document string `json:"document"`
	Model    string `json:"model"`
	First    int    `json:"first"` // the passage of the first vector, counted from 0
	Count    int    `json:"count"`
	V        []byte `json:"v"` // as knowledge.Pack writes them, one after the other, of length 1 each
}

// Knowledge is what there is: all documents, and the model that makes vectors; without one Notice says so. A browser that kai
// is connected to has kai's, and in Here those that it keeps itself.
type Knowledge struct {
	Documents []Document `json:"documents"`
	Model     string     `json:"model,omitempty"`
	Notice    string     `json:"notice,omitempty"`
	Here      *Knowledge `json:"here,omitempty"`
}

// AddDocument is a text to add. In its collection it takes the place of the one with the same source. Problem, instead of a
// text, says why it could not be read: the document is kept as failed, so that the person sees which.
type AddDocument struct {
	_ [0]func() // comparing would be code in the browser's program

	Collection string `json:"collection"`
	Title      string `json:"title"`
	Source     string `json:"source,omitempty"`
	Hash       string `json:"hash,omitempty"`
	Text       string `json:"text,omitempty"`
	Problem    string `json:"problem,omitempty"`
}

// SetDocument stops a document (Stopped), lets it go on or begin anew with another model (Indexing), removes it, or takes that
// back within UndoWindow.
type SetDocument struct {
	_ [0]func() // comparing would be code in the browser's program

	ID      string `json:"id"`
	State   State  `json:"state,omitempty"`
	Removed *bool  `json:"removed,omitempty"`
}

// ByDocument names a document.
type ByDocument struct {
	ID string `json:"id"`
}

// OpenDocument is a document with all its passages, in reading order.
type OpenDocument struct {
	Document Document  `json:"document"`
	Passages []Passage `json:"passages"`
}

// FindPassages looks for what answers a question, in some collections; without any, in all.
type FindPassages struct {
	Words       string   `json:"words"`
	Collections []string `json:"collections,omitempty"`
	Limit       int      `json:"limit,omitempty"` // 1 to MaxFound; 0 is UsualFound
}

// FoundPassages are the passages found, best first. Notice says why they were looked for in another way than usual.
type FoundPassages struct {
	Passages []FoundPassage `json:"passages"`
	Notice   string         `json:"notice,omitempty"`
}

// FoundPassage is a passage with what it is cited by.
type FoundPassage struct {
	_ [0]func() // comparing would be code in the browser's program

	ID       string `json:"id"`
	Document string `json:"document"`
	Title    string `json:"title"`
	Place    string `json:"place,omitempty"`
	Text     string `json:"text"`
}

// LeftOut is a file or a folder that is not taken, with the reason.
type LeftOut struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

// Folder is a folder of kai's computer that is watched: what changes in it is read anew.
type Folder struct {
	Path       string       `json:"path"`
	Collection string       `json:"collection"`
	Documents  int          `json:"documents"`
	Reading    bool         `json:"reading,omitempty"` // now
	Left       []LeftOut    `json:"left,omitempty"`    // some of what is left out
	More       int          `json:"more,omitempty"`    // how many are left out beside those
	Fault      *fault.Fault `json:"fault,omitempty"`   // why it cannot be read, or is not heard of at once
}

// Folders are those that kai watches, by their paths.
type Folders struct {
	Folders []Folder `json:"folders"`
}

// Wire lists the types that cross to TypeScript.
func Wire() []any {
	return []any{Knowledge{}, AddDocument{}, SetDocument{}, ByDocument{}, OpenDocument{}, FindPassages{}, FoundPassages{}, Folders{}}
}
