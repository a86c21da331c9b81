package openapi

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kindos/kai/shared/fault"
)

// The page needs no script and nothing from elsewhere, so that it works offline and under the strictest content policy.
//
//go:embed page.html page.css
var files embed.FS

// Publish serves the document and its page. It comes last: what is registered later is not described. Both are written when
// they are first asked for, which few starts of kai come to.
func Publish(doc huma.API) {
	written := sync.OnceValues(func() (texts, error) { return write(doc.OpenAPI()) })
	sends := func(mediaType string, pick func(texts) []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			all, err := written()
			if err != nil {
				Refuse(w, err)
				return
			}
			w.Header().Set("Content-Type", mediaType)
			_, _ = w.Write(pick(all)) // the reader has gone
		}
	}
	document := sends("application/openapi+json", func(t texts) []byte { return t.document })
	about := huma.Operation{
		Tags: []string{"About"}, OperationID: "openapi", Method: http.MethodGet, Path: "/openapi.json",
		Summary: "This document, as OpenAPI 3.1", Responses: Answers("200", "The document."),
	}
	Raw(doc, about, document)
	about.OperationID, about.Path, about.Responses = "openapiOfPage", "/api/openapi.json", Answers("200", "The document.")
	Raw(doc, about, document)
	about.OperationID, about.Path, about.Summary, about.Responses = "page", "/api/docs", "This document, to read", Answers("200", "The page.")
	Raw(doc, about, sends("text/html; charset=utf-8", func(t texts) []byte { return t.page }))
	about.OperationID, about.Path, about.Security = "style", "/api/docs.css", Everybody()
	about.Summary, about.Responses = "The look of that page", Answers("200", "The style sheet.")
	Raw(doc, about, sends("text/css; charset=utf-8", func(t texts) []byte { return t.style }))
	about.OperationID, about.Path, about.Summary = "docs", "/docs", "The way to that page"
	about.Responses = Answers("303", "The page is at /api/docs, where the web app's session counts.")
	Raw(doc, about, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/api/docs", http.StatusSeeOther) })
}

// texts are what is published.
type texts struct{ document, page, style []byte }

// write writes them.
func write(doc *huma.OpenAPI) (out texts, err error) {
	schemas := doc.Components.Schemas.Map()
	delete(schemas, "ErrorModel") // huma's own form of errors, which is never sent
	delete(schemas, "ErrorDetail")
	if out.document, err = json.Marshal(doc); err != nil {
		return out, fault.Wrap(fault.Internal, err, "the API can't be described")
	}
	shape, err := template.ParseFS(files, "page.html")
	if err != nil {
		return out, fault.Wrap(fault.Internal, err, "the page of the API can't be read")
	}
	var page bytes.Buffer
	if err := shape.Execute(&page, view(doc, schemas)); err != nil {
		return out, fault.Wrap(fault.Internal, err, "the page of the API can't be written")
	}
	out.page = page.Bytes()
	out.style, err = files.ReadFile("page.css")
	return out, err
}

// What the page shows.
type (
	shown struct {
		Title, Version, About string
		Groups                []group
		Types                 []kind
	}
	group struct {
		Name string
		Ops  []operation
	}
	operation struct {
		Method, Path, Summary, About, Needs, Body string
		Params                                    []field
		Answers                                   []field
	}
	kind struct {
		Name   string
		Fields []field
	}
	field struct {
		Name, Type, About string
		Needed            bool
	}
)

// view sorts a document for the page.
func view(doc *huma.OpenAPI, schemas map[string]*huma.Schema) shown {
	out := shown{Title: doc.Info.Title, Version: doc.Info.Version, About: doc.Info.Description}
	for path, item := range doc.Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "PUT": item.Put, "POST": item.Post, "DELETE": item.Delete} {
			if op == nil {
				continue
			}
			at := slices.IndexFunc(out.Groups, func(g group) bool { return g.Name == op.Tags[0] })
			if at < 0 {
				at = len(out.Groups)
				out.Groups = append(out.Groups, group{Name: op.Tags[0]})
			}
			out.Groups[at].Ops = append(out.Groups[at].Ops, viewOperation(method, path, op))
		}
	}
	slices.SortFunc(out.Groups, func(a, b group) int { return strings.Compare(a.Name, b.Name) })
	for _, g := range out.Groups {
		slices.SortFunc(g.Ops, func(a, b operation) int {
			return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
		})
	}
	for name, s := range schemas {
		out.Types = append(out.Types, kind{name, fieldsOf(s)})
	}
	slices.SortFunc(out.Types, func(a, b kind) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func viewOperation(method, path string, op *huma.Operation) operation {
	out := operation{Method: method, Path: path, Summary: op.Summary, About: op.Description, Needs: "the token"}
	if Open(op) {
		out.Needs = "nothing"
	}
	for _, p := range op.Parameters {
		out.Params = append(out.Params, field{p.Name, typeOf(p.Schema), p.Description, p.Required})
	}
	if op.RequestBody != nil {
		out.Body = contentOf(op.RequestBody.Content)
	}
	for status, a := range op.Responses {
		out.Answers = append(out.Answers, field{Name: status, Type: contentOf(a.Content), About: a.Description})
	}
	slices.SortFunc(out.Answers, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func contentOf(content map[string]*huma.MediaType) string {
	var out []string
	for name, media := range content {
		if t := typeOf(media.Schema); name == "application/json" || name == ProblemType {
			name = t
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return strings.Join(out, " or ")
}

func fieldsOf(s *huma.Schema) []field {
	var out []field
	for name, p := range s.Properties {
		out = append(out, field{name, typeOf(p), p.Description, slices.Contains(s.Required, name)})
	}
	slices.SortFunc(out, func(a, b field) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// typeOf names a type in a word.
func typeOf(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
	case s.Type == huma.TypeArray:
		return "list of " + typeOf(s.Items)
	}
	return s.Type
}
