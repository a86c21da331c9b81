package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/files"
	"github.com/kindos/kai/shared/assistant"
)

// send sends a request with these headers, and gives the answer with its body read.
func (p *program) send(method, path string, body io.Reader, header map[string]string) (*http.Response, []byte) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, body)
	require.NoError(p.t, err)
	r.Header.Set("Authorization", "Bearer "+p.token)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(p.t, err)
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	require.NoError(p.t, err)
	return resp, got
}

// keep has kai keep a file.
func (p *program) keep(name, kind string, content []byte) (f files.File) {
	p.t.Helper()
	resp, got := p.send("POST", "/api/v1/files?name="+url.QueryEscape(name), bytes.NewReader(content), map[string]string{"Content-Type": kind})
	require.Equal(p.t, http.StatusCreated, resp.StatusCode, string(got))
	require.NoError(p.t, json.Unmarshal(got, &f))
	assert.Equal(p.t, "/api/v1/files/"+f.ID, resp.Header.Get("Location"))
	return f
}

// A file that somebody gave comes from the web app's own origin: it must be neither page, script nor style there, whatever
// it says of itself.
func TestAFileIsGivenAsNothingButBytes(t *testing.T) {
	dir := t.TempDir()
	p := newProgram(t, open(t, dir), dir)
	for name, kind := range map[string]string{
		"page.html": "text/html", "script.js": "text/javascript", "style.css": "text/css", "picture.svg": "image/svg+xml", "Größe \"x\".xml": "application/xhtml+xml",
	} {
		f := p.keep(name, kind, []byte("<script>alert(1)</script>"))
		assert.Equal(t, kind, f.Type)
		resp, _ := p.send("GET", "/api/v1/files/"+f.ID+"/content", nil, nil)
		assert.Equal(t, "application/octet-stream", resp.Header.Get("Content-Type"))
		assert.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
		assert.Equal(t, []string{"sandbox; default-src 'none'; frame-ancestors 'none'"}, resp.Header.Values("Content-Security-Policy"))
		assert.True(t, strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment; filename"), resp.Header.Get("Content-Disposition"))
		assert.Equal(t, "same-origin", resp.Header.Get("Cross-Origin-Resource-Policy"))
	}
}

func TestPartsOfAFileAndWhatIsKnownAlready(t *testing.T) {
	dir := t.TempDir()
	p := newProgram(t, open(t, dir), dir)
	content := bytes.Repeat([]byte("0123456789"), 30_000) // not in one read
	f := p.keep("digits", "text/plain", content)
	at := "/api/v1/files/" + f.ID + "/content"
	tag := `"` + f.SHA256 + `"`
	for name, c := range map[string]struct {
		header map[string]string
		status int
		want   string
	}{
		"all":                      {nil, 200, string(content)},
		"the beginning":            {map[string]string{"Range": "bytes=0-9"}, 206, "0123456789"},
		"the middle":               {map[string]string{"Range": "bytes=123456-123458"}, 206, "678"},
		"the end":                  {map[string]string{"Range": "bytes=-3"}, 206, "789"},
		"from there on":            {map[string]string{"Range": "bytes=299998-"}, 206, "89"},
		"past the end":             {map[string]string{"Range": "bytes=300000-"}, 416, "invalid range: failed to overlap\n"},
		"known":                    {map[string]string{"If-None-Match": tag}, 304, ""},
		"another was known":        {map[string]string{"If-None-Match": `"x"`, "Range": "bytes=0-1"}, 206, "01"},
		"the rest of this very":    {map[string]string{"If-Range": tag, "Range": "bytes=1-2"}, 206, "12"},
		"the rest of another":      {map[string]string{"If-Range": `"x"`, "Range": "bytes=1-2"}, 200, string(content)},
		"more ranges than content": {map[string]string{"Range": "bytes=" + strings.Repeat("0-,", 1000) + "0-"}, 200, string(content)},
	} {
		resp, got := p.send("GET", at, nil, c.header)
		assert.Equal(t, c.status, resp.StatusCode, name)
		assert.Equal(t, c.want, string(got), name)
		if c.status != 416 {
			assert.Equal(t, tag, resp.Header.Get("ETag"), name)
		}
	}
	resp, _ := p.send("HEAD", at, nil, nil)
	assert.Equal(t, int64(len(content)), resp.ContentLength)
}

func TestAFileThatIsTooLargeOrCutIsNotKept(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	p := newProgram(t, a, dir)
	begins := "POST /api/v1/files?name=x HTTP/1.1\r\nHost: " + strings.TrimPrefix(a.URL(), "http://") + "\r\nAuthorization: Bearer " + p.token
	for name, c := range map[string]struct{ length, status, want string }{
		"cut":       {"100", "400 Bad Request", "did not come whole"},
		"too large": {"1073741825", "413 Request Entity Too Large", "at most 1024 MB"},
	} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(a.URL(), "http://"))
		require.NoError(t, err)
		require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
		_, err = io.WriteString(conn, begins+"\r\nContent-Length: "+c.length+"\r\n\r\nhalf")
		require.NoError(t, err, name)
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
		answer, err := io.ReadAll(conn)
		require.NoError(t, err, name)
		assert.Contains(t, string(answer), c.status, name)
		assert.Contains(t, string(answer), c.want, name)
		require.NoError(t, conn.Close())
	}
	assert.JSONEq(t, `{"files":[]}`, string(p.call(200, "GET", "/api/v1/files", nil)))
	assert.Empty(t, coming(t, dir))
}

// coming are the files of a data directory that have no name yet.
func coming(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", "kai.db-blobs", "unfinished", "*"))
	require.NoError(t, err)
	return found
}

// A kai that stops waits for no file that is still coming.
func TestStoppingEndsAFileThatIsComing(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	p := newProgram(t, a, dir)
	content, feed := io.Pipe()
	defer feed.Close() //nolint:errcheck // nobody reads it any more
	go func() { _, _ = io.WriteString(feed, "the beginning") }()
	done := make(chan int)
	go func() {
		r, _ := http.NewRequestWithContext(t.Context(), "POST", p.url+"/api/v1/files?name=slow", content)
		r.Header.Set("Authorization", "Bearer "+p.token)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			close(done)
			return
		}
		_ = resp.Body.Close()
		done <- resp.StatusCode
	}()
	require.Eventually(t, func() bool { return len(coming(t, dir)) == 1 }, 20*time.Second, time.Millisecond)
	shut(t, a)
	assert.Contains(t, []int{0, http.StatusServiceUnavailable}, <-done)
}

// Deleting a file, or everything, takes its content off the disk.
func TestWhatIsDeletedIsNoLongerOnTheDisk(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	p := newProgram(t, a, dir)
	gone := func(text string) {
		t.Helper()
		require.Eventually(t, func() bool { return !onDisk(t, filepath.Join(dir), text) }, 20*time.Second, 10*time.Millisecond, text)
	}
	one := p.keep("one", "", []byte("the first secret"))
	p.keep("two", "", []byte("the second secret"))
	require.True(t, onDisk(t, dir, "the first secret"))
	p.call(204, "DELETE", "/api/v1/files/"+one.ID, nil)
	gone("the first secret")
	require.True(t, onDisk(t, dir, "the second secret"))
	require.NoError(t, view(t, a, dir).Call(t.Context(), assistant.MethodDataDeleteAll, assistant.Empty{}, nil))
	gone("the second secret")
	assert.JSONEq(t, `{"files":[]}`, string(p.call(200, "GET", "/api/v1/files", nil)))
}
