// Package chroma fetches and starts the real Chroma for tests: its server is in the Python package, as one extension module
// that needs nothing else of it.
//
// Imports e2e/model for where fetched things are kept. Tests only.
package chroma

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
	free, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	s := &Server{URL: "http://" + free.Addr().String(), tb: tb, home: home, data: tb.TempDir()}
	require.NoError(tb, free.Close())
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
	require.Eventually(s.tb, s.answers, patience, 50*time.Millisecond, "Chroma does not answer")
}

func (s *Server) answers() bool {
	r, err := http.NewRequestWithContext(s.tb.Context(), http.MethodGet, s.URL+"/api/v2/heartbeat", nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
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
	cache, err := model.CacheDir()
	if err != nil {
		return "", err
	}
	home := filepath.Join(cache, "chroma-"+wheelSHA256[:12])
	if _, err := os.Stat(home); err == nil {
		return home, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	temp, err := os.MkdirTemp(cache, "chroma-part-")
	if err != nil {
		return "", fmt.Errorf("make a folder for Chroma: %w", err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	file, err := model.FetchWheel(ctx, wheel, temp)
	if err != nil {
		return "", err
	}
	if err := unpack(file, filepath.Join(temp, "home")); err != nil {
		return "", err
	}
	err = os.Rename(filepath.Join(temp, "home"), home)
	if _, there := os.Stat(home); there == nil {
		return home, nil // another test was first
	}
	return home, err
}

// unpack checks a wheel and takes the module out of it.
func unpack(file, to string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read %s: %w", wheel, err)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != wheelSHA256 {
		return fmt.Errorf("the fetched %s has SHA-256 %x, want %s: it was changed, or is for another computer; not kept", wheel, sum, wheelSHA256)
	}
	archive, err := zip.OpenReader(file)
	if err != nil {
		return fmt.Errorf("open %s: %w", wheel, err)
	}
	defer func() { _ = archive.Close() }()
	if err := os.MkdirAll(filepath.Join(to, module), 0o755); err != nil {
		return fmt.Errorf("make a folder for Chroma: %w", err)
	}
	for _, member := range archive.File {
		if filepath.Dir(member.Name) != module {
			continue
		}
		if err := copyMember(member, filepath.Join(to, module, filepath.Base(member.Name))); err != nil {
			return fmt.Errorf("unpack %s: %w", member.Name, err)
		}
	}
	return nil
}

func copyMember(member *zip.File, to string) error {
	in, err := member.Open()
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	const most = 256 << 20
	text, err := io.ReadAll(io.LimitReader(in, most))
	if err != nil {
		return err
	}
	if int64(len(text)) == most {
		return fmt.Errorf("it has more than %s bytes", strconv.Itoa(most))
	}
	return os.WriteFile(to, text, 0o600)
}
