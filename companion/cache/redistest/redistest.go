// Package redistest starts a real Redis for a test, which can be killed and started again.
//
// It takes redis-server from the computer (make deps) and the standard library's testing. Tests only.
package redistest

import (
	"net"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Server is a Redis on a port of its own that keeps its data on disk through a kill.
type Server struct {
	t    testing.TB
	port string
	dir  string
	cmd  *exec.Cmd
}

// Start starts a Redis that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	_, err := exec.LookPath("redis-server")
	require.NoError(t, err, "there is no redis-server; get it with make deps")
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &Server{t: t, port: strconv.Itoa(free.Addr().(*net.TCPAddr).Port), dir: t.TempDir()}
	require.NoError(t, free.Close())
	t.Cleanup(s.Kill)
	s.Restart()
	return s
}

// Address is where it listens.
func (s *Server) Address() string { return "127.0.0.1:" + s.port }

// Port is the port of that.
func (s *Server) Port() string { return s.port }

// Restart starts it over what it had, and returns when it answers.
func (s *Server) Restart() {
	s.t.Helper()
	s.cmd = exec.Command("redis-server", "--port", s.port, "--bind", "127.0.0.1", "--save", "", //nolint:gosec // our own words
		"--appendonly", "yes", "--appendfsync", "always", "--dir", s.dir)
	require.NoError(s.t, s.cmd.Start())
	require.Eventually(s.t, s.answers, 20*time.Second, 10*time.Millisecond, "redis-server does not answer")
}

// answers says whether it is up.
func (s *Server) answers() bool {
	conn, err := net.DialTimeout("tcp", s.Address(), time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }() // it was a question
	answer := make([]byte, len("+PONG"))
	_ = conn.SetDeadline(time.Now().Add(time.Second)) // a TCP connection has deadlines
	_, err = conn.Write([]byte("PING\r\n"))
	if err == nil {
		_, err = conn.Read(answer)
	}
	return err == nil && string(answer) == "+PONG"
}

// Kill ends it at once; twice is once.
func (s *Server) Kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait() // it was killed
		s.cmd = nil
	}
}
