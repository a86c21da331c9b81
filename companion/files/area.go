package files

import (
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kindos/kai/companion/openapi"
)

// Path is the address of the list; one file is under it.
const Path = "/api/v1/files"

type pageOf struct {
	After string `query:"after" doc:"next of the page before." maxLength:"2048"`
	Limit int    `query:"limit" doc:"How many at most." minimum:"1" maximum:"500" default:"50"`
}

// ByID names a file in an address. It is exported for huma, which reads no other embedded fields.
type ByID struct {
	ID string `path:"id" doc:"The file's id." maxLength:"128"`
}

type reply[T any] struct{ Body T }

type none struct{}

// Area registers the operations on the files of a keeper that is there when they are asked for.
func Area(keeper func() *Keeper) func(huma.API) {
	return func(doc huma.API) {
		openapi.Handle(doc, operation("listFiles", http.MethodGet, "", "List files, newest first"),
			func(ctx context.Context, in *pageOf) (*reply[Page], error) {
				page, err := keeper().List(ctx, in.After, in.Limit)
				return &reply[Page]{page}, err
			})
		openapi.Handle(doc, operation("getFile", http.MethodGet, "/{id}", "Say what is known of a file"),
			func(ctx context.Context, in *ByID) (*reply[File], error) {
				f, err := keeper().Get(ctx, in.ID)
				return &reply[File]{f}, err
			})
		gone := operation("deleteFile", http.MethodDelete, "/{id}", "Delete a file")
		gone.Description, gone.DefaultStatus = "Its content is deleted from the disk soon after, unless another file or a text names it.", http.StatusNoContent
		openapi.Handle(doc, gone, func(ctx context.Context, in *ByID) (*none, error) { return &none{}, keeper().Delete(ctx, in.ID) })
		add(doc, keeper)
		get(doc, keeper)
	}
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{Tags: []string{"Files"}, OperationID: id, Method: method, Path: Path + path, Summary: summary}
}

func add(doc huma.API, keeper func() *Keeper) {
	op := operation("addFile", http.MethodPost, "", "Keep a file; the body is its content")
	op.Description = "Content-Type is its media type. Files stay on this computer: they are not exchanged with other devices."
	op.Metadata = openapi.Streaming()
	op.Parameters = []*huma.Param{{Name: "name", In: "query", Required: true, Description: "What to call it, without a folder.", Schema: &huma.Schema{Type: huma.TypeString}}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"*/*": {Schema: binary()}}}
	op.Responses = openapi.Answer[File](doc, "201", "It is kept, and at Location.", "application/json")
	openapi.Raw(doc, op, func(w http.ResponseWriter, r *http.Request) {
		content := unhurried(w, r)
		defer content.stop()
		f, err := take(keeper(), content)
		if err != nil {
			openapi.Refuse(w, err)
			return
		}
		w.Header().Set("Location", Path+"/"+f.ID)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(f) // the reader has gone
	})
}

func take(k *Keeper, u *upload) (File, error) {
	if err := u.fits(); err != nil {
		return File{}, err
	}
	f, err := k.Put(u.r.Context(), u.r.URL.Query().Get("name"), u.r.Header.Get("Content-Type"), u)
	if err != nil {
		return f, u.why(err)
	}
	return f, nil
}

func get(doc huma.API, keeper func() *Keeper) {
	op := operation("getFileContent", http.MethodGet, "/{id}/content", "Read a file's content, or a part of it (Range)")
	op.Description = "ETag is its SHA-256, so If-None-Match and If-Range work. A browser saves it and never shows it: whoever gave it may be no friend."
	op.Metadata = openapi.Streaming()
	op.Parameters = []*huma.Param{
		{Name: "id", In: "path", Required: true, Description: "The file's id.", Schema: &huma.Schema{Type: huma.TypeString}},
		{Name: "Range", In: "header", Description: "Which bytes, such as bytes=0-99.", Schema: &huma.Schema{Type: huma.TypeString}},
	}
	bytes := map[string]*huma.MediaType{unknownType: {Schema: binary()}}
	op.Responses = map[string]*huma.Response{
		"200": {Description: "All of it.", Content: bytes}, "206": {Description: "The part."}, "304": {Description: "It is what is known already."},
		"416": {Description: "It has no such part."},
	}
	openapi.Raw(doc, op, func(w http.ResponseWriter, r *http.Request) {
		if err := serve(w, r, keeper()); err != nil {
			openapi.Refuse(w, err)
		}
	})
}

func binary() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "binary"} }

// serve answers with a file's content. It comes from the web app's own origin and may be anything: the browser is told that
// it is bytes to be saved, so that it is neither a page nor a script or a style sheet that one of our pages may load.
func serve(w http.ResponseWriter, r *http.Request, k *Keeper) error {
	f, err := k.Get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	content, err := k.Open(r.Context(), f)
	if err != nil {
		return err
	}
	defer content.Close() //nolint:errcheck // it was read
	h := w.Header()
	h.Set("Content-Type", unknownType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("ETag", `"`+f.SHA256+`"`)
	http.ServeContent(w, r, "", time.Time{}, content)
	return nil
}
