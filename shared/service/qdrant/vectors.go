package qdrant

import (
	"context"
	"encoding/hex"
	"errors"
	"hash/fnv"

	"github.com/kindos/kai/shared/service/exchange"
)

// point is a vector as Qdrant keeps it. Its ids are numbers or UUIDs, so ours are in what it carries.
type point struct {
	ID      string    `json:"id"`
	Vector  []float32 `json:"vector"`
	Payload payload   `json:"payload"`
}

type payload struct {
	ID    string `json:"id"`
	Group string `json:"group"`
}

// Put adds vectors or replaces those of the same ids; each belongs to a group. See service.VectorIndex.
func (c *Connector) Put(ctx context.Context, collection, group string, ids []string, vectors [][]float32) error {
	if len(ids) == 0 {
		return nil
	}
	points := make([]point, len(ids))
	for i, id := range ids {
		points[i] = point{number(id), vectors[i], payload{id, group}}
	}
	put := func() error {
		return c.ask(ctx, "PUT", collection, "/points?wait=true", map[string]any{"points": points}, nil)
	}
	err := put()
	if !missing(err) {
		return err
	}
	if err := c.make(ctx, collection, len(vectors[0])); err != nil {
		return err
	}
	return put()
}

// make makes a collection, whose groups can be looked for fast.
func (c *Connector) make(ctx context.Context, collection string, size int) error {
	in := map[string]any{"vectors": map[string]any{"size": size, "distance": "Cosine"}}
	if err := c.ask(ctx, "PUT", collection, "", in, nil); err != nil {
		return err
	}
	return c.ask(ctx, "PUT", collection, "/index?wait=true", map[string]any{"field_name": "group", "field_schema": "keyword"}, nil)
}

// Remove deletes the vectors of a group.
func (c *Connector) Remove(ctx context.Context, collection, group string) error {
	in := map[string]any{"filter": of(map[string]any{"value": group})}
	return unlessMissing(c.ask(ctx, "POST", collection, "/points/delete?wait=true", in, nil))
}

// Count is how many vectors there are.
func (c *Connector) Count(ctx context.Context, collection string) (int, error) {
	var out struct {
		Count int `json:"count"`
	}
	err := c.ask(ctx, "POST", collection, "/points/count", map[string]any{"exact": true}, &out)
	return out.Count, unlessMissing(err)
}

// Nearest lists the ids of the vectors that are nearest to one; see service.VectorIndex.
func (c *Connector) Nearest(ctx context.Context, collection string, vector []float32, groups []string, n int) ([]string, error) {
	in := map[string]any{"query": vector, "limit": n, "filter": of(map[string]any{"any": groups}), "with_payload": []string{"id"}}
	var out struct {
		Points []struct {
			Payload payload `json:"payload"`
		} `json:"points"`
	}
	if err := c.ask(ctx, "POST", collection, "/points/query", in, &out); err != nil {
		return nil, unlessMissing(err)
	}
	ids := make([]string, len(out.Points))
	for i, p := range out.Points {
		ids[i] = p.Payload.ID
	}
	return ids, nil
}

// Clear deletes the collection.
func (c *Connector) Clear(ctx context.Context, collection string) error {
	return unlessMissing(c.ask(ctx, "DELETE", collection, "", nil, nil))
}

// of filters by the group.
func of(match map[string]any) map[string]any {
	return map[string]any{"must": []any{map[string]any{"key": "group", "match": match}}}
}

func (c *Connector) ask(ctx context.Context, method, collection, path string, in, result any) error {
	out := answer[any]{Result: result}
	return c.client.JSON(ctx, method, "/collections/"+collection+path, in, &out, c.client.Limits.Reply)
}

// missing says whether there is no such collection.
func missing(err error) bool {
	var refusal *exchange.Refusal
	return errors.As(err, &refusal) && refusal.Status == 404
}

func unlessMissing(err error) error {
	if missing(err) {
		return nil
	}
	return err
}

// number makes a UUID of an id.
func number(id string) string {
	sum := fnv.New128a()
	_, _ = sum.Write([]byte(id)) // never fails
	h := hex.EncodeToString(sum.Sum(nil))
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
