package metrics

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kindos/kai/companion/openapi"
)

type question struct {
	After int64 `query:"after" doc:"Only the points of minutes that began then or later, in seconds since 1970." minimum:"0"`
}

type reply struct{ Body Series }

// Area registers the operation that answers the series, for whoever is signed in.
func (k *Keeper) Area(doc huma.API) {
	openapi.Handle(doc, huma.Operation{
		Tags: []string{"Process"}, OperationID: "metrics", Method: http.MethodGet, Path: "/api/v1/metrics",
		Summary: "How this kAI was over the last day, a point a minute", Metadata: openapi.Watching(),
	}, func(ctx context.Context, in *question) (*reply, error) {
		return &reply{k.Series(ctx, in.After)}, nil
	})
}
