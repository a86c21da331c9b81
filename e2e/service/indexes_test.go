package service_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/model"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/service"
)

// No Qdrant could be had, and no Milvus with its RESTful API: these are stand-ins, which keep vectors in memory and answer as the
// published APIs say (Qdrant's OpenAPI 1.17, Milvus' handlers 2.6). Qdrant's own client is asked whether it takes the first for one.
type index struct {
	mu    sync.Mutex
	rows  map[string]vectorRow // by the id that the service is given
	made  bool
	asked int // for what is near
	key   string
}

type vectorRow struct {
	ID, Group string
	Vector    []float64
}

func (x *index) near(vector []float64, groups []string, n int) (out []vectorRow) {
	x.asked++
	for _, r := range x.rows {
		if slices.Contains(groups, r.Group) {
			out = append(out, r)
		}
	}
	product := func(r vectorRow) (sum float64) {
		for i := range r.Vector {
			sum += r.Vector[i] * vector[i]
		}
		return sum
	}
	slices.SortFunc(out, func(a, b vectorRow) int {
		if product(a) > product(b) {
			return -1
		}
		return 1
	})
	return out[:min(n, len(out))]
}

func (x *index) remove(group string) {
	for id, r := range x.rows {
		if r.Group == group {
			delete(x.rows, id)
		}
	}
}

// serve answers by what a handler makes of each request.
func (x *index) serve(t *testing.T, answer func(r *http.Request) (int, any)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x.mu.Lock()
		defer x.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		status, body := answer(r)
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

type object = map[string]any

// qdrantStandIn answers as Qdrant does.
func qdrantStandIn(t *testing.T, key string) (*index, string) {
	t.Helper()
	x := &index{rows: map[string]vectorRow{}, key: key}
	return x, x.serve(t, func(r *http.Request) (int, any) {
		done := func(result any) (int, any) {
			return http.StatusOK, object{"result": result, "status": "ok", "time": 0.001}
		}
		failed := func(status int, words string) (int, any) {
			return status, object{"status": object{"error": words}, "time": 0.001}
		}
		if r.URL.Path == "/" {
			return http.StatusOK, object{"title": "qdrant - vector search engine", "version": "1.17.0", "commit": "0"}
		}
		if r.Header.Get("Api-Key") != key {
			return failed(http.StatusUnauthorized, "Must provide an API key or an Authorization bearer token")
		}
		var in struct {
			Vectors struct{ Size int }
			Points  []struct {
				ID      string
				Vector  []float64
				Payload struct{ ID, Group string }
			}
			Filter struct {
				Must []struct {
					Key   string
					Match struct {
						Value string
						Any   []string
					}
				}
			}
			Query []float64
			Limit int
		}
		_ = json.NewDecoder(r.Body).Decode(&in)
		_, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/collections/"), "/")
		switch what := r.Method + " " + rest; {
		case r.URL.Path == "/collections":
			return done(object{"collections": []any{}})
		case what == "PUT ":
			x.made = true
			return done(true)
		case !x.made:
			return failed(http.StatusNotFound, "Not found: Collection doesn't exist!")
		case what == "DELETE ":
			x.made, x.rows = false, map[string]vectorRow{}
			return done(true)
		case what == "PUT points":
			for _, p := range in.Points {
				x.rows[p.ID] = vectorRow{p.Payload.ID, p.Payload.Group, p.Vector}
			}
			return done(object{"operation_id": 1, "status": "completed"})
		case what == "PUT index":
			return done(object{"operation_id": 2, "status": "completed"})
		case what == "POST points/delete":
			x.remove(in.Filter.Must[0].Match.Value)
			return done(object{"operation_id": 3, "status": "completed"})
		case what == "POST points/count":
			return done(object{"count": len(x.rows)})
		case what == "POST points/query":
			points := []any{}
			for _, row := range x.near(in.Query, in.Filter.Must[0].Match.Any, in.Limit) {
				points = append(points, object{"id": row.ID, "version": 1, "score": 0.5, "payload": object{"id": row.ID}})
			}
			return done(object{"points": points})
		default:
			return failed(http.StatusNotFound, "Not found: "+what)
		}
	})
}

// milvusStandIn answers as Milvus does.
func milvusStandIn(t *testing.T, key string) (*index, string) {
	t.Helper()
	x := &index{rows: map[string]vectorRow{}, key: key}
	return x, x.serve(t, func(r *http.Request) (int, any) {
		done := func(data any) (int, any) { return http.StatusOK, object{"code": 0, "data": data} }
		if r.Header.Get("Authorization") != "Bearer "+key {
			return http.StatusUnauthorized, object{"code": 1800, "message": "user hasn't authenticated"}
		}
		var in struct {
			Data   json.RawMessage
			Filter string
			Limit  int
		}
		_ = json.NewDecoder(r.Body).Decode(&in)
		var groups []string
		_ = json.Unmarshal([]byte(strings.TrimPrefix(in.Filter, "group in ")), &groups)
		switch what := strings.TrimPrefix(r.URL.Path, "/v2/vectordb/"); {
		case what == "collections/list":
			return done([]string{})
		case what == "collections/create":
			x.made = true
			return done(object{})
		case !x.made:
			return http.StatusOK, object{"code": 100, "message": "can't find collection"}
		case what == "collections/drop":
			x.made, x.rows = false, map[string]vectorRow{}
			return done(object{})
		case what == "entities/upsert":
			var rows []vectorRow
			_ = json.Unmarshal(in.Data, &rows)
			for _, row := range rows {
				x.rows[row.ID] = row
			}
			return done(object{"upsertCount": len(rows)})
		case what == "entities/delete":
			x.remove(groups[0])
			return done(object{})
		case what == "entities/query":
			return done([]object{{"count(*)": len(x.rows)}})
		case what == "entities/search":
			var question [][]float64
			_ = json.Unmarshal(in.Data, &question)
			rows := []object{}
			for _, row := range x.near(question[0], groups, in.Limit) {
				rows = append(rows, object{"id": row.ID, "distance": 0.5})
			}
			return done(rows)
		default:
			return http.StatusNotFound, object{}
		}
	})
}

// A person connects a store of vectors, and knowledge is looked for there from then on: what is known already is brought there.
// Disconnected, the passages are found all the same.
func TestAConnectedIndexLooksForPassages(t *testing.T) {
	ollama := model.Start(t)
	require.NoError(t, ollama.AddEmbedding(t.Context(), nil))
	for kind, stand := range map[string]func(*testing.T, string) (*index, string){"qdrant": qdrantStandIn, "milvus": milvusStandIn} {
		t.Run(kind, func(t *testing.T) {
			x, address := stand(t, "root:k1")
			peer, api := readingAt(t, map[string]string{"ollama": ollama.URL, "chroma": "http://127.0.0.1:1"})
			call := func(method string, in, out any) {
				t.Helper()
				require.NoError(t, peer.Call(t.Context(), method, in, out))
			}
			for i, text := range []string{"Cook an egg in boiling water for seven minutes.", "The drill is in the blue cupboard."} {
				var d library.Document
				call(library.MethodKnowledgeAdd, library.AddDocument{Collection: "Notes", Title: fmt.Sprintf("note %d", i), Text: text}, &d)
			}
			require.Eventually(t, func() bool {
				var k library.Knowledge
				call(library.MethodKnowledgeList, struct{}{}, &k)
				return k.Documents[0].Done+k.Documents[1].Done == 2
			}, time.Minute, 50*time.Millisecond)
			near := func(done func(library.FoundPassages) bool) {
				t.Helper()
				var found library.FoundPassages
				require.Eventually(t, func() bool {
					found = library.FoundPassages{} // an empty notice is left out
					call(library.MethodKnowledgeFind, library.FindPassages{Words: "making holes", Limit: 1}, &found)
					return done(found)
				}, time.Minute, 50*time.Millisecond, "%+v", &found)
				assert.Equal(t, "note 1", found.Passages[0].Title)
			}
			near(func(f library.FoundPassages) bool {
				return len(f.Passages) == 1 && strings.Contains(f.Notice, "Chroma does not answer")
			})

			key := "root:k1"
			var kept assistant.ServiceView
			api(http.MethodPost, "/services", assistant.PutService{Kind: kind, URL: address, Key: &key}, &kept)
			near(func(f library.FoundPassages) bool { return f.Notice == "" && len(f.Passages) == 1 })
			x.mu.Lock()
			assert.Equal(t, []int{2, 1}, []int{len(x.rows), min(x.asked, 1)}, "it has both, and was asked")
			x.mu.Unlock()
			var probed assistant.ServiceView
			api(http.MethodPost, "/services/"+kept.ID+"/probe", nil, &probed)
			assert.Equal(t, service.StateReady, probed.Health.State, probed.Health.Detail)

			api(http.MethodDelete, "/services/"+kept.ID, nil, nil)
			near(func(f library.FoundPassages) bool { return strings.Contains(f.Notice, "Chroma") })
		})
	}
}

// qdrantClient is the vendor's, which judges the stand-in.
const qdrantClient = "@qdrant/js-client-rest@1.19.0"

func TestQdrantsOwnClientTakesTheStandInForOne(t *testing.T) {
	x, address := qdrantStandIn(t, "k1")
	home, err := model.CacheDir()
	require.NoError(t, err)
	home = filepath.Join(home, "qdrant-client-1.19.0")
	if _, err := os.Stat(filepath.Join(home, "node_modules", "@qdrant")); err != nil {
		require.NoError(t, os.MkdirAll(home, 0o755))
		out, err := exec.CommandContext(t.Context(), "npm", "install", "--prefix", home, "--no-audit", "--no-fund", qdrantClient).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	script := filepath.Join(home, "judge.mjs")
	require.NoError(t, os.WriteFile(script, []byte(`
import { QdrantClient } from "@qdrant/js-client-rest";
const c = new QdrantClient({ url: process.argv[2], apiKey: "k1" });
const name = "kai-1";
await c.createCollection(name, { vectors: { size: 2, distance: "Cosine" } });
await c.createPayloadIndex(name, { field_name: "group", field_schema: "keyword", wait: true });
const id = (n) => "00000000-0000-0000-0000-00000000000" + n;
await c.upsert(name, { wait: true, points: [[1, "a", [1, 0]], [2, "b", [0, 1]]].map(([n, group, vector]) => ({ id: id(n), vector, payload: { id: "p" + n, group } })) });
const { points } = await c.query(name, { query: [0, 1], limit: 5, filter: { must: [{ key: "group", match: { any: ["a", "b"] } }] }, with_payload: ["id"] });
await c.delete(name, { wait: true, filter: { must: [{ key: "group", match: { value: "a" } }] } });
const { count } = await c.count(name, { exact: true });
await c.deleteCollection(name);
console.log(JSON.stringify([points.map((p) => p.payload.id), count, (await c.getCollections()).collections]));
`), 0o600))
	out, err := exec.CommandContext(t.Context(), "node", script, address).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Equal(t, `[["p2","p1"],1,[]]`, strings.TrimSpace(string(out[strings.LastIndexByte(strings.TrimSpace(string(out)), '\n')+1:])))
	assert.False(t, x.made)
}
