package chroma

import (
	"context"
	"encoding/json"
	"strings"
)

const collections = "/api/v2/tenants/default_tenant/databases/default_database/collections"

// Collection is a set of vectors of one length, compared by their direction.
type Collection struct {
	client *Connector
	path   string
}

// Collection finds the collection of a name (3 to 512 of [a-zA-Z0-9._-]), and makes it where there is none.
func (c *Connector) Collection(ctx context.Context, name string) (*Collection, error) {
	in := map[string]any{"name": name, "get_or_create": true, "configuration": map[string]any{"hnsw": map[string]any{"space": "cosine"}}}
	var out struct {
		ID string `json:"id"`
	}
	if err := c.client.JSON(ctx, "POST", collections, in, &out, c.client.Limits.Reply); err != nil {
		return nil, err
	}
	if out.ID == "" || strings.ContainsAny(out.ID, "/?#%") {
		return nil, c.client.Wrong("no id of the collection in the answer")
	}
	return &Collection{c, collections + "/" + out.ID}, nil
}

// Drop deletes a collection with all that is in it.
func (c *Connector) Drop(ctx context.Context, name string) error {
	return c.client.JSON(ctx, "DELETE", collections+"/"+name, nil, nil, c.client.Limits.Reply)
}

// Count is how many vectors it has.
func (c *Collection) Count(ctx context.Context) (n int, err error) {
	err = c.ask(ctx, "GET", "/count", nil, &n)
	return n, err
}

// Put adds vectors or replaces those of the same ids; each belongs to a group.
func (c *Collection) Put(ctx context.Context, group string, ids []string, vectors [][]float32) error {
	groups := make([]map[string]string, len(ids))
	for i := range groups {
		groups[i] = map[string]string{"group": group}
	}
	return c.ask(ctx, "POST", "/upsert", map[string]any{"ids": ids, "embeddings": vectors, "metadatas": groups}, nil)
}

// Remove deletes the vectors of a group.
func (c *Collection) Remove(ctx context.Context, group string) error {
	return c.ask(ctx, "POST", "/delete", map[string]any{"where": map[string]any{"group": group}}, nil)
}

// Nearest lists the ids of the vectors of some groups that are nearest to one, at most n, the nearest first.
func (c *Collection) Nearest(ctx context.Context, vector []float32, groups []string, n int) ([]string, error) {
	in := map[string]any{
		"query_embeddings": [][]float32{vector}, "n_results": n, "include": []string{},
		"where": map[string]any{"group": map[string]any{"$in": groups}},
	}
	var out struct {
		IDs [][]string `json:"ids"`
	}
	if err := c.ask(ctx, "POST", "/query", in, &out); err != nil {
		return nil, err
	}
	if len(out.IDs) != 1 {
		return nil, c.client.client.Wrong("no ids in the answer")
	}
	return out.IDs[0], nil
}

func (c *Collection) ask(ctx context.Context, method, path string, in, out any) error {
	if out == nil {
		out = new(json.RawMessage)
	}
	return c.client.client.JSON(ctx, method, c.path+path, in, out, c.client.client.Limits.Reply)
}
