package milvus_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/milvus"
	"github.com/kindos/kai/shared/service/servicetest"
)

// No Milvus with its RESTful API could be had: these answers are written by its published handlers, version 2.6.
const none = `{"code":100,"message":"can't find collection[database=default][collection=kai_1]"}`

func TestConnector(t *testing.T) {
	servicetest.RunProbe(t, servicetest.Fixture{
		Definition: milvus.Definition(exchange.DefaultLimits()),
		Ready:      map[string]servicetest.Answer{"POST /v2/vectordb/collections/list": {Body: `{"code":0,"data":["kai_1"]}`}},
	})
}

func connect(script map[string]servicetest.Answer) (*milvus.Connector, *servicetest.Transport) {
	line := servicetest.New(script)
	return milvus.New(service.Spec{URL: "http://127.0.0.1:19530", Key: "root:Milvus"}, line, exchange.DefaultLimits()), line
}

func TestACollectionIsMadeByTheFirstVector(t *testing.T) {
	c, line := connect(map[string]servicetest.Answer{"POST /v2/vectordb/collections/create": {Body: `{"code":0,"data":{}}`}, "*": {Body: none}})
	require.Error(t, c.Put(t.Context(), "kai-1", "d1", []string{"d1.00000"}, [][]float32{{1, 0, 0}}), "the script never has it")
	asked := line.Asked()
	require.Len(t, asked, 3)
	assert.JSONEq(t, `{"collectionName":"kai_1","data":[{"id":"d1.00000","vector":[1,0,0],"group":"d1"}]}`, string(asked[0].Body))
	assert.JSONEq(t, `{"collectionName":"kai_1","dimension":3,"metricType":"COSINE","primaryFieldName":"id","vectorFieldName":"vector",
		"idType":"VarChar","autoID":false,"params":{"max_length":"256"}}`, string(asked[1].Body))
	assert.Equal(t, "Bearer root:Milvus", asked[1].Header["authorization"])
}

func TestTheNearestOfSomeGroups(t *testing.T) {
	c, line := connect(map[string]servicetest.Answer{"*": {Body: `{"code":0,"data":[{"distance":0.9,"id":"d1.00002"}],"topks":[1]}`}})
	ids, err := c.Nearest(t.Context(), "kai-1", []float32{1}, []string{"d1", `d"2`}, 5)
	require.NoError(t, err)
	assert.Equal(t, []string{"d1.00002"}, ids)
	assert.JSONEq(t, `{"collectionName":"kai_1","data":[[1]],"annsField":"vector","limit":5,"filter":"group in [\"d1\",\"d\\\"2\"]",
		"outputFields":["id"],"consistencyLevel":"Strong"}`, string(line.Asked()[0].Body))
}

func TestVectorsAreCounted(t *testing.T) {
	c, _ := connect(map[string]servicetest.Answer{"*": {Body: `{"code":0,"cost":0,"data":[{"count(*)":42}]}`}})
	n, err := c.Count(t.Context(), "kai-1")
	require.NoError(t, err)
	assert.Equal(t, 42, n)
}

func TestACollectionThatIsNotThereIsEmpty(t *testing.T) {
	c, _ := connect(map[string]servicetest.Answer{"*": {Body: none}})
	n, err := c.Count(t.Context(), "kai-1")
	require.NoError(t, err)
	assert.Zero(t, n)
	require.NoError(t, c.Remove(t.Context(), "kai-1", "d1"))
	require.NoError(t, c.Clear(t.Context(), "kai-1"))
}

func TestTroubleComesWithStatus200(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want fault.Code
	}{
		"another failure": {`{"code":1100,"message":"the dimension is wrong"}`, fault.Unavailable},
		"the key":         {`{"code":1800,"message":"user hasn't authenticated"}`, fault.Unauthorized},
		"another shape":   {`{"code":0,"data":"text"}`, fault.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			connector, _ := connect(map[string]servicetest.Answer{"*": {Body: c.body}})
			_, err := connector.Count(t.Context(), "kai-1")
			assert.Equal(t, c.want, fault.CodeOf(err))
		})
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(none)
	f.Add(`{"code":0,"data":[{"count(*)":42,"id":"a"}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		c, _ := connect(map[string]servicetest.Answer{"*": {Body: body}})
		if n, err := c.Count(t.Context(), "kai-1"); err != nil && n != 0 {
			t.Fatalf("%d, %v", n, err)
		}
		_, _ = c.Nearest(t.Context(), "kai-1", []float32{1}, []string{"d1"}, 5)
		if health, err := c.Probe(t.Context()); err != nil || health.State == "" {
			t.Fatalf("%v, %v", health, err)
		}
	})
}
