package assistant

import (
	"context"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// library keeps or takes away the record that a call is about, if it has an id, and gives all of its kind. What is in a body is
// for whoever makes and shows it to judge. It decodes and answers with types that are in the browser's program anyway.
func (a *Assistant) library(ctx context.Context, c call) (any, error) {
	var in record.Record
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	switch in.Kind {
	case record.KindFolder, record.KindPrompt, record.KindPersona:
	case record.KindSetting:
		if in.ID != "" && in.ID != ToolsID {
			return nil, missing(in.Kind)
		}
	default:
		return nil, missing(in.Kind)
	}
	if in.ID != "" {
		if err := a.lock(ctx); err != nil {
			return nil, err
		}
		defer a.unlock()
		d := draft{kind: in.Kind, id: in.ID, after: a.versionOf(ctx, in.Kind, in.ID)}
		if in.Body != nil {
			d.body = in.Body
		}
		if _, err := a.commit(ctx, NewsData{}, d); err != nil {
			return nil, err
		}
	}
	return a.deps.Store.List(ctx, store.Query{Kind: in.Kind, Limit: store.MaxPage})
}
