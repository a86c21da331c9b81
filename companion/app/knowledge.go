package app

import (
	"context"
	"maps"

	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/folders"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/ollama"
)

// openLibrary prepares the library. It has its own work done by the queue, which starts later.
func (a *App) openLibrary() {
	opt := library.Options{
		Store: a.store, Clock: a.clock, Now: a.opt.Now, NewID: a.newID,
		Embedder: library.NewServices(a.assistant.Connected, a.gateway, a.nearby),
		Index:    a.indexLater, Changed: func() { a.exchange.Changed() }, Log: a.log("library"),
		Vectors: a.vectors, Refill: a.refillLater,
	}
	a.library = library.New(opt)
	a.folders = folders.New(folders.Options{Dir: a.opt.Dir, Library: a.library, Files: a.opt.Files, Log: a.log("folders")})
}

// nearby is Ollama on this computer, unless the configuration does without: an extension's own services are not kept here.
func (a *App) nearby() []service.Spec {
	if !a.config().Services.Ollama {
		return nil
	}
	return []service.Spec{a.nearbyAt(definition(ollama.Kind))}
}

// indexLater adds the task that makes the vectors of a document.
func (a *App) indexLater(ctx context.Context, document string) error {
	if a.aside {
		return nil // the next kai that runs resumes what is not indexed
	}
	q, err := a.tasks()
	if err != nil {
		return err
	}
	task, err := chores.EmbedTask(document)
	if err != nil {
		return err
	}
	_, err = q.Add(ctx, task)
	return err
}

// The methods by which commands of this person have folders read. No view and no browser has them: a path from there would read
// any file.
const (
	MethodReadFolder    = "kai.knowledge.read"    // takes folders.Ask ~ queue.Progress, answers folders.Report
	MethodUnwatchFolder = "kai.knowledge.unwatch" // takes Unwatch, answers Unwatched
)

// Unwatch names a watched folder to let go of.
type Unwatch struct {
	Path   string `json:"path"`
	Remove bool   `json:"remove,omitempty"` // its documents, too
}

// Unwatched says how many documents were removed.
type Unwatched struct {
	Removed int `json:"removed"`
}

// knowledgeMethods are those of views and browsers: the library's, and what is known of watched folders.
func (a *App) knowledgeMethods() protocol.Mux {
	methods := maps.Clone(a.library.Methods())
	set := methods[library.MethodKnowledgeSet]
	methods[library.MethodKnowledgeSet] = protocol.HandlerFunc(func(ctx context.Context, r *protocol.Request) (any, error) {
		undo := a.leaveOut(ctx, r)
		out, err := set.Serve(ctx, r)
		if d, ok := out.(library.Document); ok && err == nil {
			a.folders.Settled(d)
		} else {
			undo()
		}
		return out, err
	})
	methods[library.MethodKnowledgeFolders] = protocol.Answer(a.folders.Folders)
	return methods
}

// leaveOut has a document that is about to be removed left out of its folder before it is: one that is being read just now would
// have it come back.
func (a *App) leaveOut(ctx context.Context, r *protocol.Request) (undo func()) {
	var in library.SetDocument
	undo = func() {}
	if r.Decode(&in) != nil || in.Removed == nil || !*in.Removed {
		return undo
	}
	if watched, err := a.folders.Folders(ctx, struct{}{}); err != nil || len(watched.Folders) == 0 {
		return undo
	}
	all, err := a.library.List(ctx, struct{}{})
	if err != nil {
		return undo
	}
	for _, d := range all.Documents {
		if d.ID == in.ID {
			undo = func() { a.folders.Leave(d, false) }
			a.folders.Leave(d, true)
		}
	}
	return undo
}

// folderMethods are those of commands.
func (a *App) folderMethods() protocol.Mux {
	return protocol.Mux{
		MethodReadFolder: protocol.HandlerFunc(func(ctx context.Context, r *protocol.Request) (any, error) {
			var in folders.Ask
			if err := r.Decode(&in); err != nil {
				return nil, err
			}
			return a.folders.Read(ctx, in, func(done, total int) {
				_ = r.Emit(ctx, queue.Progress{What: "files read", Done: int64(done), Total: int64(total)}) // who is gone ends ctx
			})
		}),
		MethodUnwatchFolder: protocol.HandlerFunc(func(ctx context.Context, r *protocol.Request) (any, error) {
			var in Unwatch
			if err := r.Decode(&in); err != nil {
				return nil, err
			}
			n, err := a.folders.Unwatch(ctx, in.Path, in.Remove)
			return Unwatched{n}, err
		}),
	}
}
