package chroma

import (
	"context"
	"encoding/json"
	"strings"
)

const collections = "/api/v2/tenants/default_tenant/databases/default_database/collections"

// Put adds vectors or replaces those of the same ids; each belongs to a group. See service.VectorIndex.
func (c *Connector) Put(ctx context.Context, collection, group string, ids []string, vectors [][]float32) error {
	groups := make([]map[string]string, len(ids))
	for i := range groups {
		groups[i] = map[string]string{"group": group}
	}
	return c.ask(ctx, collection, "POST", "/upsert", map[string]any{"ids": ids, "embeddings": vectors, "metadatas": groups}, nil)
}

// Remove deletes the vectors of a group.
func (c *Connector) Remove(ctx context.Context, collection, group string) error {
	return c.ask(ctx, collection, "POST", "/delete", map[string]any{"where": map[string]any{"group": group}}, nil)
}

// Count is how many vectors there are.
func (c *Connector) Count(ctx context.Context, collection string) (n int, err error) {
	err = c.ask(ctx, collection, "GET", "/count", nil, &n)
	return n, err
}

// Nearest lists the ids of the vectors that are nearest to one; see service.VectorIndex.
func (c *Connector) Nearest(ctx context.Context, collection string, vector []float32, groups []string, n int) ([]string, error) {
	in := map[string]any{
		"query_embeddings": [][]float32{vector}, "n_results": n, "include": []string{},
		"where": map[string]any{"group": map[string]any{"$in": groups}},
	}
	var out struct {
		IDs [][]string `json:"ids"`
	}
	if err := c.ask(ctx, collection, "POST", "/query", in, &out); err != nil {
		return nil, err
	}
	if len(out.IDs) != 1 {
		return nil, c.client.Wrong("no ids in the answer")
	}
	return out.IDs[0], nil
}

// Clear deletes all vectors.
func (c *Connector) Clear(ctx context.Context, collection string) error {
	if _, err := c.find(ctx, collection); err != nil { // made, where there is none to drop
		return err
	}
	return c.client.JSON(ctx, "DELETE", collections+"/"+collection, nil, nil, c.client.Limits.Reply)
}

// find is the path of the collection of a name (3 to 512 of [a-zA-Z0-9._-]), which is made where there is none.
func (c *Connector) find(ctx context.Context, name string) (path string, err error) {
	in := map[string]any{"name": name, "get_or_create": true, "configuration": map[string]any{"hnsw": map[string]any{"space": "cosine"}}}
	var out struct {
		ID string `json:"id"`
	}
	if err := c.client.JSON(ctx, "POST", collections, in, &out, c.client.Limits.Reply); err != nil {
		return "", err
	}
	if out.ID == "" || strings.ContainsAny(out.ID, "/?#%") {
		return "", c.client.Wrong("no id of the collection in the answer")
	}
	return collections + "/" + out.ID, nil
}

func (c *Connector) ask(ctx context.Context, collection, method, path string, in, out any) error {
	at, err := c.find(ctx, collection)
	if err != nil {
		return err
	}
	if out == nil {
		out = new(json.RawMessage)
	}
	return c.client.JSON(ctx, method, at+path, in, out, c.client.Limits.Reply)
}
