package moving

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/gallery"
	"github.com/kindos/kai/shared/library"
)

// collection is where a document goes that stood in no folder.
const collection = "Imported"

// one keeps what is no record. Where nothing keeps it, it is left out.
func (k *Keeper) one(ctx context.Context, i Item) error {
	keep := map[string]func(context.Context, Item) (Mark, error){
		typePicture: k.picture, typeImage: k.image, typeDocument: k.document, typeService: k.service,
	}[i.Type]
	if keep == nil {
		return fault.New(fault.Internal, "a reader of exports made %q", i.Type)
	}
	mark, err := keep(ctx, i)
	switch code := fault.CodeOf(err); {
	case code == fault.Conflict:
		k.There++
		return nil
	case err == nil:
		k.Added[i.Type]++
		if mark.ID != "" {
			mark.Kind = i.Type
			k.top = append(k.top, mark)
		}
		return nil
	case ctx.Err() != nil, code == fault.Exhausted, code == fault.Canceled, code == fault.Locked, code == fault.Unavailable && i.Type != typeImage:
		return err
	}
	what, ok := err.(problem) //nolint:errorlint // made here
	if !ok {
		what = map[string]problem{typePicture: "pictures", typeImage: "images", typeDocument: "documents", typeService: "address"}[i.Type]
	}
	k.tally.Leave(string(what), nameOf(i), 1)
	return nil
}

func nameOf(i Item) string {
	switch i.Type {
	case typeService:
		return i.Name + ", " + i.URL
	case typeDocument:
		return i.Source
	}
	return i.Where
}

// here says that something is there already.
func here() error { return fault.New(fault.Conflict, "it is here already") }

// picture keeps one that messages name. Those come next, and are written at once: what nothing names is not kept for long.
func (k *Keeper) picture(ctx context.Context, i Item) (Mark, error) {
	k.pictured = true
	if k.call(ctx, assistant.MethodBlobGet, assistant.ByID{ID: i.Name}, &assistant.Content{}) == nil {
		return Mark{}, here()
	}
	data, err := decode(i.Data)
	if err != nil {
		return Mark{}, problem("wrongPictures")
	}
	return Mark{}, k.call(ctx, assistant.MethodBlobPut, assistant.Content{Data: data}, &assistant.ByID{})
}

func (k *Keeper) image(ctx context.Context, i Item) (Mark, error) {
	data, err := decode(i.Data)
	if err != nil {
		return Mark{}, problem("wrongPictures")
	}
	add := gallery.AddImage{ID: i.ID, Data: data, Created: i.Created, Recipe: gallery.Recipe{Prompt: i.Prompt, Service: i.Service}}
	err = k.call(ctx, gallery.MethodImagesAdd, add, &gallery.Image{})
	if fault.CodeOf(err) == fault.Malformed {
		err = problem("unreadPictures")
	}
	return Mark{ID: i.ID}, err
}

// document keeps a text. One that stands where it would stand is left as it is, whatever is in it.
func (k *Keeper) document(ctx context.Context, i Item) (Mark, error) {
	if k.documents == nil {
		var all library.Knowledge
		if err := k.call(ctx, library.MethodKnowledgeList, struct{}{}, &all); err != nil {
			return Mark{}, err
		}
		k.documents = map[string]bool{}
		for _, d := range all.Documents {
			k.documents[d.Collection+"\n"+d.Source] = true
		}
	}
	in := i.Collection
	if folder, _, ok := strings.Cut(i.Source, "/"); in == "" && ok {
		in = folder
	} else if in == "" {
		in = collection
	}
	place := in + "\n" + i.Source
	if k.documents[place] {
		return Mark{}, here()
	}
	text, err := k.textOf(ctx, i)
	if err != nil {
		return Mark{}, err
	}
	hash := i.Hash
	if hash == "" {
		sum := sha256.Sum256([]byte(text))
		hash = hex.EncodeToString(sum[:])
	}
	var added library.Document
	if err := k.call(ctx, library.MethodKnowledgeAdd, library.AddDocument{Collection: in, Title: i.Title, Source: i.Source, Hash: hash, Text: text}, &added); err != nil {
		return Mark{}, err
	}
	k.documents[place] = true
	return Mark{ID: added.ID}, nil
}

// textOf reads the text of a file.
func (k *Keeper) textOf(ctx context.Context, i Item) (string, error) {
	if i.File == "" {
		return i.Text, nil
	}
	data, err := decode(i.File)
	if err != nil {
		return "", problem("unread")
	}
	text, err := k.files.Text(ctx, path.Base(i.Source), data)
	if err != nil {
		return "", problem("unread")
	}
	return text, nil
}

// service connects one by the way that a person's own is: its address is judged there, and its key kept there.
func (k *Keeper) service(ctx context.Context, i Item) (Mark, error) {
	if k.services == nil {
		now, err := snapshot(ctx, k.call)
		if err != nil {
			return Mark{}, err
		}
		k.services, k.kinds = map[string]bool{}, map[string]bool{}
		for _, s := range now.Services {
			k.services[s.Kind+" "+s.URL] = true
		}
		for _, kind := range now.Kinds {
			k.kinds[kind.Kind] = true
		}
	}
	switch {
	case !k.kinds[i.Kind]:
		return Mark{}, problem("kind")
	case k.services[i.Kind+" "+i.URL]:
		return Mark{}, here()
	}
	var added assistant.ServiceView
	if err := k.call(ctx, assistant.MethodServiceAdd, assistant.PutService{Kind: i.Kind, Name: i.Name, URL: i.URL, Key: &i.Key}, &added); err != nil {
		return Mark{}, err
	}
	k.services[added.Kind+" "+added.URL] = true
	return Mark{ID: added.ID, Mark: markOf(added)}, nil
}

func snapshot(ctx context.Context, call Call) (now assistant.Snapshot, err error) {
	err = call(ctx, assistant.MethodSnapshot, struct{}{}, &now)
	return now, err
}

// takers take back what is no record. They say whether it was there to be taken, as it was.
func takers() map[string]func(context.Context, Call, Mark) (bool, error) {
	removed := true
	return map[string]func(context.Context, Call, Mark) (bool, error){
		typeDocument: func(ctx context.Context, call Call, m Mark) (bool, error) {
			return found(call(ctx, library.MethodKnowledgeSet, library.SetDocument{ID: m.ID, Removed: &removed}, &library.Document{}))
		},
		typeImage: func(ctx context.Context, call Call, m Mark) (bool, error) {
			return found(call(ctx, gallery.MethodImagesSet, gallery.SetImage{ID: m.ID, Removed: true}, &gallery.Image{}))
		},
		typeService: func(ctx context.Context, call Call, m Mark) (bool, error) {
			now, err := snapshot(ctx, call)
			if err != nil {
				return false, err
			}
			for _, s := range now.Services {
				if s.ID == m.ID && markOf(s) == m.Mark {
					return found(call(ctx, assistant.MethodServiceRemove, assistant.ByID{ID: m.ID}, &assistant.Empty{}))
				}
			}
			return false, nil
		},
	}
}

// found tells that something is not there any more from what failed.
func found(err error) (bool, error) {
	if fault.CodeOf(err) == fault.NotFound {
		return false, nil
	}
	return err == nil, err
}
