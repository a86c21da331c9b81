package moving

import (
	"context"
	"encoding/json"

	"github.com/kindos/kai/companion/extract"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// A batch is written once it has so many records, or so many bytes; a conversation of many parts is written as one up to maxGroup
// records, and its own record comes last, so that nobody sees half of one.
const (
	batchRecords = 400
	batchBytes   = 512 << 10
	maxGroup     = 4000
)

// Call calls a method of a kai.
type Call func(ctx context.Context, method string, in, out any) error

// Mark is something that an import brought: by what undo finds it, and by what it is seen whether it was changed since.
type Mark struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Mark string `json:"mark,omitempty"` // of records their version
}

// Keeper keeps what readers make. It is for one goroutine.
type Keeper struct {
	call  Call
	files extract.Reader
	tally *Tally

	Added map[string]int // by kind
	There int            // how many were here before

	batch    []record.Record
	size     int
	pictured bool // pictures wait for the next records to name them
	top      []Mark
	loose    map[string][]Mark // messages, by a conversation that did not come with them

	documents map[string]bool // by collection and source; nil until it is asked
	services  map[string]bool // by kind and address; nil until it is asked
	kinds     map[string]bool
}

// NewKeeper keeps by the methods of a kai. What cannot come for reasons that are found only then goes to the tally.
func NewKeeper(call Call, files extract.Reader, tally *Tally) *Keeper {
	return &Keeper{call: call, files: files, tally: tally, Added: map[string]int{}, loose: map[string][]Mark{}}
}

// Marks are what came so far, for undo. Messages go with their conversations.
func (k *Keeper) Marks() []Mark {
	out := append([]Mark{}, k.top...)
	for _, marks := range k.loose {
		out = append(out, marks...)
	}
	return out
}

// Keep keeps an item that is not here, at the latest with the next Flush.
func (k *Keeper) Keep(ctx context.Context, i Item) error {
	switch i.Type {
	case typeLeft:
		return nil
	case typeRecords:
		return k.records(ctx, i.Records)
	default:
		return k.one(ctx, i)
	}
}

func (k *Keeper) records(ctx context.Context, records []record.Record) error {
	for _, r := range records {
		k.batch, k.size = append(k.batch, r), k.size+300+len(r.Body)
		if len(k.batch) >= maxGroup || k.size >= 8*batchBytes {
			if err := k.Flush(ctx); err != nil {
				return err
			}
		}
	}
	if k.pictured || len(k.batch) >= batchRecords || k.size >= batchBytes {
		k.pictured = false
		return k.Flush(ctx)
	}
	return nil
}

// Flush writes what waits.
func (k *Keeper) Flush(ctx context.Context) error {
	batch := k.batch
	k.batch, k.size = nil, 0
	return k.put(ctx, once(batch, &k.There))
}

// once leaves out what is there twice: the same file given twice has all twice. The last one counts.
func once(records []record.Record, twice *int) []record.Record {
	at, out := map[record.Key]int{}, []record.Record{}
	for _, r := range records {
		if i, ok := at[r.Key()]; ok {
			out[i] = r
			*twice++
			continue
		}
		at[r.Key()] = len(out)
		out = append(out, r)
	}
	return out
}

// put keeps records. What the store refuses is found and left out.
func (k *Keeper) put(ctx context.Context, records []record.Record) error {
	if len(records) == 0 {
		return nil
	}
	var back store.Page
	err := k.call(ctx, assistant.MethodDataImport, store.Page{Records: records, Next: "more"}, &back)
	switch {
	case err == nil:
		k.note(records, back.Records)
		return nil
	case fault.CodeOf(err) != fault.Invalid:
		return err
	case len(records) == 1:
		k.tally.Leave("broken", records[0].ID, 1)
		return nil
	}
	half := len(records) / 2
	if err := k.put(ctx, records[:half]); err != nil {
		return err
	}
	return k.put(ctx, records[half:])
}

func (k *Keeper) note(records, back []record.Record) {
	k.There += len(records) - len(back)
	of := map[string]string{}
	for _, r := range records {
		if r.Kind == record.KindMessage {
			of[r.ID] = store.IndexKey(r.Body, "conversation")
		}
	}
	for _, r := range back {
		k.Added[string(r.Kind)]++
		mark := Mark{string(r.Kind), r.ID, string(r.Version)}
		if r.Kind == record.KindMessage {
			k.loose[of[r.ID]] = append(k.loose[of[r.ID]], mark)
			continue
		}
		if k.top = append(k.top, mark); r.Kind == record.KindConversation {
			delete(k.loose, r.ID) // they go where it goes
		}
	}
}

// Tell has all views look anew.
func (k *Keeper) Tell(ctx context.Context) error {
	return k.call(ctx, assistant.MethodDataImport, store.Page{Records: []record.Record{}}, &store.Page{})
}

// Undone says how much of an import was taken back.
type Undone struct {
	Gone   int `json:"gone"`
	Stayed int `json:"stayed"` // changed or removed since
}

const undoAtOnce = 1000

// Undo takes back what is as it was brought.
func Undo(ctx context.Context, call Call, marks []Mark) (out Undone, err error) {
	var records []record.Record
	for _, m := range marks {
		if _, ok := takers()[m.Kind]; !ok {
			records = append(records, record.Record{Kind: record.Kind(m.Kind), ID: m.ID, Version: record.Version(m.Mark), Deleted: true})
			continue
		}
		switch gone, err := takers()[m.Kind](ctx, call, m); {
		case err != nil:
			return out, err
		case gone:
			out.Gone++
		}
	}
	for len(records) > 0 {
		n := min(len(records), undoAtOnce)
		page := store.Page{Records: records[:n]}
		if records = records[n:]; len(records) > 0 {
			page.Next = "more"
		}
		var back store.Page
		if err := call(ctx, assistant.MethodDataImport, page, &back); err != nil {
			return out, err
		}
		out.Gone += len(back.Records)
	}
	out.Stayed = len(marks) - out.Gone
	return out, nil
}

// markOf is by what a service is seen to be as it was.
func markOf(s assistant.ServiceView) string {
	text, _ := json.Marshal([]any{s.Kind, s.Name, s.URL, s.HasKey}) // plain values
	return string(text)
}
