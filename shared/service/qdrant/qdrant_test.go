package qdrant_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/qdrant"
	"github.com/kindos/kai/shared/service/servicetest"
)

// No Qdrant could be had: these answers are written by its OpenAPI description, version 1.17.
const (
	collections = `{"result":{"collections":[{"name":"kai-1"}]},"status":"ok","time":0.00001}`
	done        = `{"result":true,"status":"ok","time":0.1}`
	none        = `{"status":{"error":"Not found: Collection ` + "`kai-1`" + ` doesn't exist!"},"time":0.00001}`
)

func TestConnector(t *testing.T) {
	servicetest.RunProbe(t, servicetest.Fixture{
		Definition: qdrant.Definition(exchange.DefaultLimits()),
		Ready: map[string]servicetest.Answer{
			"GET /":            {Body: `{"title":"qdrant - vector search engine","version":"1.17.0","commit":"0"}`},
			"GET /collections": {Body: collections},
		},
	})
}

func connect(script map[string]servicetest.Answer) (*qdrant.Connector, *servicetest.Transport) {
	line := servicetest.New(script)
	return qdrant.New(service.Spec{URL: "http://127.0.0.1:6333", Key: "k1"}, line, exchange.DefaultLimits()), line
}

func routes(line *servicetest.Transport) (out []string) {
	for _, r := range line.Asked() {
		out = append(out, r.Method+" "+r.URL[len("http://127.0.0.1:6333"):])
	}
	return out
}

func TestACollectionIsMadeByTheFirstVector(t *testing.T) {
	c, line := connect(map[string]servicetest.Answer{"PUT /collections/kai-1": {Body: done}, "*": {Status: 404, Body: none}})
	err := c.Put(t.Context(), "kai-1", "d1", []string{"d1.00000"}, [][]float32{{1, 0, 0}})
	require.Error(t, err, "the script never has it")
	assert.Equal(t, []string{"PUT /collections/kai-1/points?wait=true", "PUT /collections/kai-1", "PUT /collections/kai-1/index?wait=true"}, routes(line))
	assert.JSONEq(t, `{"vectors":{"size":3,"distance":"Cosine"}}`, string(line.Asked()[1].Body))
	assert.Equal(t, "k1", line.Asked()[1].Header["api-key"])
}

func TestVectorsCarryTheirIdsAndGroups(t *testing.T) {
	c, line := connect(map[string]servicetest.Answer{"*": {Body: done}})
	require.NoError(t, c.Put(t.Context(), "kai-1", "d1", []string{"d1.00000", "d1.00001"}, [][]float32{{1}, {2}}))
	require.NoError(t, c.Put(t.Context(), "kai-1", "d1", []string{"d1.00000"}, [][]float32{{3}}))
	var first, again struct {
		Points []struct {
			ID      string
			Payload map[string]string
		}
	}
	require.NoError(t, json.Unmarshal(line.Asked()[0].Body, &first))
	require.NoError(t, json.Unmarshal(line.Asked()[1].Body, &again))
	assert.Equal(t, map[string]string{"id": "d1.00000", "group": "d1"}, first.Points[0].Payload)
	assert.Regexp(t, `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, first.Points[0].ID)
	assert.NotEqual(t, first.Points[0].ID, first.Points[1].ID)
	assert.Equal(t, first.Points[0].ID, again.Points[0].ID, "the same vector is replaced")
}

func TestTheNearestAreToldByOurIds(t *testing.T) {
	c, line := connect(map[string]servicetest.Answer{"*": {Body: `{"result":{"points":[{"id":"0","version":0,"score":0.9,"payload":{"id":"d1.00002"}}]},"status":"ok","time":0}`}})
	ids, err := c.Nearest(t.Context(), "kai-1", []float32{1}, []string{"d1", "d2"}, 5)
	require.NoError(t, err)
	assert.Equal(t, []string{"d1.00002"}, ids)
	assert.JSONEq(t, `{"query":[1],"limit":5,"filter":{"must":[{"key":"group","match":{"any":["d1","d2"]}}]},"with_payload":["id"]}`, string(line.Asked()[0].Body))
}

func TestACollectionThatIsNotThereIsEmpty(t *testing.T) {
	c, _ := connect(map[string]servicetest.Answer{"*": {Status: 404, Body: none}})
	n, err := c.Count(t.Context(), "kai-1")
	require.NoError(t, err)
	assert.Zero(t, n)
	ids, err := c.Nearest(t.Context(), "kai-1", []float32{1}, []string{"d1"}, 5)
	require.NoError(t, err)
	assert.Empty(t, ids)
	require.NoError(t, c.Remove(t.Context(), "kai-1", "d1"))
	require.NoError(t, c.Clear(t.Context(), "kai-1"))
}

func TestWhatQdrantSaysIsTold(t *testing.T) {
	c, _ := connect(map[string]servicetest.Answer{"*": {Status: 400, Body: `{"status":{"error":"Wrong input: Vector dimension error: expected dim: 3, got 1"},"time":0}`}})
	err := c.Put(t.Context(), "kai-1", "d1", []string{"a"}, [][]float32{{1}})
	assert.Equal(t, fault.Invalid, fault.CodeOf(err))
	assert.ErrorContains(t, err, "expected dim: 3")
}
