package app_test

import (
	"bytes"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
)

// contract is an OpenAPI document that answers are held to.
type contract struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
}

// documentName is where the document is found by its own references.
const documentName = "file:///openapi.json"

// newContract reads a document. It must be valid OpenAPI 3.1 by the schema that the OpenAPI Initiative published, and each
// schema in it valid JSON Schema 2020-12, which that schema leaves out.
func newContract(t *testing.T, text []byte) *contract {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	published, err := os.Open("testdata/openapi-3.1.schema.json")
	require.NoError(t, err)
	defer func() { _ = published.Close() }()
	meta, err := jsonschema.UnmarshalJSON(published)
	require.NoError(t, err)
	c := &contract{doc.(map[string]any), jsonschema.NewCompiler()}
	require.NoError(t, c.compiler.AddResource("openapi", meta))
	require.NoError(t, c.compiler.AddResource(documentName, doc))
	schema, err := c.compiler.Compile("openapi")
	require.NoError(t, err)
	require.NoError(t, schema.Validate(doc))
	for name := range c.at("components", "schemas") {
		_, err := c.compiler.Compile(documentName + "#/components/schemas/" + name)
		require.NoError(t, err, name)
	}
	return c
}

// at walks into the document.
func (c *contract) at(keys ...string) map[string]any {
	node := c.doc
	for _, key := range keys {
		node, _ = node[key].(map[string]any)
	}
	return node
}

// operations are the ids of all operations.
func (c *contract) operations(t *testing.T) (ids []string) {
	for path := range c.at("paths") {
		for method := range c.at("paths", path) {
			id, _ := c.at("paths", path, method)["operationId"].(string)
			require.NotEmpty(t, id, "%s %s", method, path)
			require.NotContains(t, ids, id)
			ids = append(ids, id)
		}
	}
	return ids
}

// template finds the path of the document that an address belongs to, the one with the fewest parameters.
func (c *contract) template(address string) (found string) {
	hole := regexp.MustCompile(`\\\{[a-z]+\\\}`)
	for path := range c.at("paths") {
		pattern := "^" + hole.ReplaceAllString(regexp.QuoteMeta(path), `[^/]+`) + "$"
		if regexp.MustCompile(pattern).MatchString(address) && (found == "" || strings.Count(path, "{") < strings.Count(found, "{")) {
			found = path
		}
	}
	return found
}

// holds checks an answer: its status, its media type and its body are documented.
func (c *contract) holds(t *testing.T, resp *http.Response, body []byte) {
	t.Helper()
	method, address := strings.ToLower(resp.Request.Method), resp.Request.URL.Path
	path := c.template(address)
	require.NotEmpty(t, path, "%s is not in the document", address)
	status := strconv.Itoa(resp.StatusCode)
	if c.at("paths", path, method, "responses", status) == nil {
		status = "default"
		require.GreaterOrEqual(t, resp.StatusCode, 400, "%s %s answers %d, which is not in the document", method, path, resp.StatusCode)
	}
	content := c.at("paths", path, method, "responses", status, "content")
	if content == nil {
		return
	}
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	require.Contains(t, content, kind, "%s %s", method, address)
	if !strings.HasSuffix(kind, "json") {
		return
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D")
	schema, err := c.compiler.Compile(documentName + "#/paths/" + escape.Replace(path) + "/" + method + "/responses/" + status + "/content/" + escape.Replace(kind) + "/schema")
	require.NoError(t, err)
	got, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	require.NoError(t, err, "%s", body)
	require.NoError(t, schema.Validate(got), "%s %s: %s", method, address, body)
}
