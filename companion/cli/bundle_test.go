package cli_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unpack reads all files of a bundle.
func unpack(t *testing.T, path string) map[string]string {
	t.Helper()
	z, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer func() { _ = z.Close() }()
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		out[f.Name] = string(text)
	}
	return out
}

// echo is a model server that repeats the key and the question in its errors, as some do.
func echo(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/models") {
			_, _ = io.WriteString(w, `{"object":"list","data":[{"id":"tiny","object":"model"}]}`)
			return
		}
		question, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusBadRequest)
		text, _ := json.Marshal("bad: " + r.Header.Get("Authorization") + " " + string(question))
		_, _ = fmt.Fprintf(w, `{"error":{"message":%s}}`, text)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Whatever is planted, in whatever place, is not in what is given away.
func TestABundleHoldsNoSecrets(t *testing.T) {
	home := t.TempDir()
	data := filepath.Join(home, "data")
	write := func(name, text string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(data, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(data, name), []byte(text), 0o600))
	}
	write("standalone.yaml", "# planted remark\nstorage: {cache: memory}\n")
	write("server.ini", "; planted remark\ndb_url = postgresql://kai:planted-db@db.example/kos?sslmode=require\n")
	write("embedded.json", `{"device_id": "planted value in the wrong place", "devce_id": 1}`)
	write("logs/kai.log", `{"time":"2026-01-02T03:04:05Z","level":"INFO","msg":"asked with password=planted-a","component":"api","prompt":"planted question","n":1,`+
		`"error":"Bearer planted-b at http://ada:planted-c@host, then planted-env and planted-db","token":"planted-d","messages":["planted-e"],"url":"http://x/?key=planted-f"}`+"\n")
	write("host.log", "level=INFO msg=x token=planted-g\npanic: open "+home+"/x: api_key: planted-h\n")
	vaulted := kai(t, home, "vault", "init", "--password-stdin")
	vaulted.Stdin = strings.NewReader("planted password\n")
	code, _, stderr := outcome(t, vaulted)
	require.Zero(t, code, stderr)
	added := kai(t, home, "vault", "add", "--password-stdin", "openai")
	added.Stdin = strings.NewReader("planted password\nplanted-vault\n")
	code, _, stderr = outcome(t, added)
	require.Zero(t, code, stderr)

	p := start(t, home, "-v")
	_, token, _ := outcome(t, kai(t, home, "token"))
	token = strings.TrimSpace(token)
	status, text := request(t, http.MethodPost, p.url+"/api/v1/services", token, `{"kind":"openai","name":"planted name","url":"`+echo(t)+`","key":"planted-service"}`)
	require.Equal(t, http.StatusCreated, status, text)
	var service struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(text), &service))
	status, text = request(t, http.MethodPost, p.url+"/api/v1/runs", token, `{"text":"planted question","service":"`+service.ID+`","model":"tiny"}`)
	require.Equal(t, http.StatusCreated, status, text)
	var run struct{ Run string }
	require.NoError(t, json.Unmarshal([]byte(text), &run))
	_, deltas := get(t, p.url+"/api/v1/runs/"+run.Run+"/deltas", token)
	assert.Contains(t, deltas, "bad: ", "the server's error came")

	environ := []string{"OPENAI_API_KEY=planted-env", "OIDC_CLIENT_SECRET=planted-oidc", "KAI_DB_PASSWORD=planted-kai", "EDITOR=planted-editor"}
	for _, mode := range []string{"standalone", "server", "embedded"} {
		file := filepath.Join(home, mode+".zip")
		cmd := kai(t, home, "debug", "bundle", file, "--mode", mode)
		cmd.Env = append(cmd.Env, environ...)
		code, out, stderr := outcome(t, cmd)
		require.Zero(t, code, stderr)
		assert.Contains(t, out, "Look into it before you give it away.")
		raw, err := os.ReadFile(file)
		require.NoError(t, err)
		parts := unpack(t, file)
		for name, text := range parts {
			for _, secret := range []string{"planted", token, home} {
				assert.NotContains(t, text, secret, "%s in %s", secret, name)
			}
		}
		assert.False(t, bytes.Contains(raw, []byte("planted")))
		assert.Contains(t, parts["status.json"], `"message": 2`, "counts of records are there")
		assert.Contains(t, parts["traces.json"], `"name": "POST /api/v1/runs"`)
		assert.Contains(t, parts["traces.json"], `"name": "HTTP POST"`)
		assert.NotContains(t, parts["traces.json"], "server.address")
		assert.Contains(t, parts["goroutines.txt"], "goroutine profile:")
		assert.Contains(t, parts["about.json"], `"version": "1.2.3"`)
		assert.Contains(t, parts["environment.txt"], "KAI_DB_PASSWORD\n")
		assert.Contains(t, parts["files.txt"], "vault.db")
		assert.Contains(t, parts["log.jsonl"], `"msg":"asked with password=***"`)
		assert.Contains(t, parts["log.jsonl"], `"prompt":"(16 characters left out)"`)
		assert.Contains(t, parts["host.log"], "~/x")
	}
	assert.Contains(t, unpack(t, filepath.Join(home, "server.zip"))["config.json"], "postgresql://***@db.example/kos")
	assert.Contains(t, unpack(t, filepath.Join(home, "embedded.zip"))["config-mistakes.txt"], "device_id")
	info, err := os.Stat(filepath.Join(home, "server.zip"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	code, _, stderr = outcome(t, kai(t, home, "debug", "bundle", filepath.Join(home, "server.zip")))
	assert.Equal(t, 3, code)
	assert.Contains(t, stderr, "there is a file")
	log, err := os.ReadFile(filepath.Join(data, "logs", "kai.log"))
	require.NoError(t, err)
	_, ours, _ := strings.Cut(string(log), "\n")
	assert.NotEmpty(t, ours)
	assert.NotContains(t, ours, "planted", "no key and no question is logged, also where a model server repeats them")
	p.stop(t, os.Interrupt)
}
