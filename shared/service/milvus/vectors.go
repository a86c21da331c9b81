package milvus

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
)

// row is a vector as Milvus keeps it.
type row struct {
	ID     string    `json:"id"`
	Vector []float32 `json:"vector"`
	Group  string    `json:"group"`
}

// strong has what was written before be seen.
const strong = "Strong"

// Put adds vectors or replaces those of the same ids; each belongs to a group. See service.VectorIndex.
func (c *Connector) Put(ctx context.Context, collection, group string, ids []string, vectors [][]float32) error {
	if len(ids) == 0 {
		return nil
	}
	rows := make([]row, len(ids))
	for i, id := range ids {
		rows[i] = row{id, vectors[i], group}
	}
	put := func() error {
		return c.ask(ctx, "entities/upsert", map[string]any{"collectionName": name(collection), "data": rows}, nil)
	}
	err := put()
	if !missing(err) {
		return err
	}
	in := map[string]any{
		"collectionName": name(collection), "dimension": len(vectors[0]), "metricType": "COSINE", "primaryFieldName": "id",
		"vectorFieldName": "vector", "idType": "VarChar", "autoID": false, "params": map[string]any{"max_length": "256"},
	}
	if err := c.ask(ctx, "collections/create", in, nil); err != nil {
		return err
	}
	return put()
}

// Remove deletes the vectors of a group.
func (c *Connector) Remove(ctx context.Context, collection, group string) error {
	in := map[string]any{"collectionName": name(collection), "filter": among(group)}
	return unlessMissing(c.ask(ctx, "entities/delete", in, nil))
}

// Count is how many vectors there are.
func (c *Connector) Count(ctx context.Context, collection string) (int, error) {
	in := map[string]any{"collectionName": name(collection), "filter": "", "outputFields": []string{"count(*)"}, "consistencyLevel": strong}
	var out []struct {
		Count int `json:"count(*)"`
	}
	if err := c.ask(ctx, "entities/query", in, &out); err != nil {
		return 0, unlessMissing(err)
	}
	if len(out) != 1 {
		return 0, c.client.Wrong("no count in the answer")
	}
	return out[0].Count, nil
}

// Nearest lists the ids of the vectors that are nearest to one; see service.VectorIndex.
func (c *Connector) Nearest(ctx context.Context, collection string, vector []float32, groups []string, n int) ([]string, error) {
	in := map[string]any{
		"collectionName": name(collection), "data": [][]float32{vector}, "annsField": "vector", "limit": n, "filter": among(groups...),
		"outputFields": []string{"id"}, "consistencyLevel": strong,
	}
	var out []struct {
		ID string `json:"id"`
	}
	if err := c.ask(ctx, "entities/search", in, &out); err != nil {
		return nil, unlessMissing(err)
	}
	ids := make([]string, len(out))
	for i, r := range out {
		ids[i] = r.ID
	}
	return ids, nil
}

// Clear deletes the collection.
func (c *Connector) Clear(ctx context.Context, collection string) error {
	return unlessMissing(c.ask(ctx, "collections/drop", map[string]any{"collectionName": name(collection)}, nil))
}

// name is a collection's, of letters, digits and underscores alone.
func name(collection string) string { return strings.ReplaceAll(collection, "-", "_") }

// among filters by the group. A text in such an expression is written as in JSON.
func among(groups ...string) string {
	list, _ := json.Marshal(groups) // texts alone
	return "group in " + string(list)
}

// missing says whether there is no such collection.
func missing(err error) bool {
	var t *trouble
	return errors.As(err, &t) && t.code == codeNoCollection
}

func unlessMissing(err error) error {
	if missing(err) {
		return nil
	}
	return err
}
