// Package chroma fetches and starts the real Chroma for tests: its server is in the Python package, as one extension module
// that needs nothing else of it.
//
// Imports e2e/model for where fetched things are kept. Tests only.
package chroma

import (
	"context"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/model"
)

// The package and its pinned file.
const (
	wheel       = "chromadb==1.5.9"
	wheelSHA256 = "cc09b3df76e5a5cb386aed2715a2eea152e3949f9e1ba93c7119505377749929"
	module      = "chromadb_rust_bindings"
	patience    = time.Minute
)

// Server is a Chroma on a port of its own.
type Server struct {
	URL string

	tb   testing.TB
	home string // what was fetched
	data string
	cmd  *exec.Cmd
}

// Start starts a Chroma that ends with the test.
func Start(tb testing.TB) *Server {
	tb.Helper()
	home, err := fetched(tb.Context())
	require.NoError(tb, err)
	free, err := model.FreeAddr()
	require.NoError(tb, err)
	s := &Server{URL: "http://" + free, tb: tb, home: home, data: tb.TempDir()}
	tb.Cleanup(s.Kill)
	s.Restart()
	return s
}

// Restart starts it over what it had, and returns when it answers.
func (s *Server) Restart() {
	s.tb.Helper()
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
	program := "import sys; sys.path.insert(0, sys.argv[1]); import " + module + " as b; b.cli(['chroma', *sys.argv[2:]])"
	s.cmd = exec.Command("python3", "-c", program, s.home, "run", "--path", s.data, "--host", "127.0.0.1", "--port", port) //nolint:gosec // our own words
	require.NoError(s.tb, s.cmd.Start())
	require.Eventually(s.tb, func() bool { return model.Answers(s.tb.Context(), s.URL+"/api/v2/heartbeat") }, patience, 50*time.Millisecond, "Chroma does not answer")
}

// Kill ends it at once.
func (s *Server) Kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// fetched is the folder with the module, fetched with pip the first time and checked.
func fetched(ctx context.Context) (string, error) {
	return model.KeptDir("chroma-"+wheelSHA256[:12], func(temp string) error {
		return model.Wheel{Name: wheel, SHA256: wheelSHA256, Folder: module}.Unpack(ctx, filepath.Join(temp, module))
	})
}
