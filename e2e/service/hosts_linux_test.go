package service_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// asKai makes the test's own program be kai: the real process and arguments, without a second build.
const asKai = "KAI_TEST_COMMAND"

// host is a computer of its own as far as its network goes: a network namespace, with a home folder.
type host struct {
	t    *testing.T
	ns   *os.File
	home string
	ip   string
}

// newHost makes one that reaches nobody yet. It is gone when the test ends.
func newHost(t *testing.T, ip string) *host {
	t.Helper()
	h := &host{t: t, home: t.TempDir(), ip: ip}
	err := onThread(func() (err error) {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return err
		}
		h.ns, err = os.Open("/proc/thread-self/ns/net")
		return err
	})
	require.NoError(t, err, "this test makes two hosts out of network namespaces, which needs root: run it as root (sudo -E go test ./e2e/service), or in a container with --cap-add NET_ADMIN,SYS_ADMIN")
	t.Cleanup(func() { _ = h.ns.Close() })
	h.command("ip", "link", "set", "lo", "up")
	return h
}

// onThread does something on a thread that nothing else uses, before or after.
func onThread(do func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		done <- do()
	}()
	return <-done
}

// inside does something in the host's network. What is begun there, a process or a socket, stays there.
func (h *host) inside(do func() error) error {
	return onThread(func() error {
		if err := unix.Setns(int(h.ns.Fd()), unix.CLONE_NEWNET); err != nil {
			return err
		}
		return do()
	})
}

// command runs a program of the system there.
func (h *host) command(name string, args ...string) {
	h.t.Helper()
	var said bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(h.t, h.inside(cmd.Run), "%s %v: %s (make deps installs ip)", name, args, &said)
}

// cable joins two hosts.
func cable(a, b *host) {
	a.t.Helper()
	a.command("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), b.ns.Fd()))
	for _, h := range []*host{a, b} {
		h.command("ip", "address", "add", h.ip+"/24", "dev", "eth0")
		h.command("ip", "link", "set", "eth0", "up")
	}
}

// kai prepares a command of kai there.
func (h *host) kai(args ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	h.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...) //nolint:gosec // this test itself
	cmd.Env = []string{asKai + "=1", "HOME=" + h.home, "KAI_DATA=" + h.home + "/data", "PATH=" + os.Getenv("PATH")}
	return cmd
}

// says runs a command of kai, with a line on its standard input, and answers what it printed, and whether it succeeded.
func (h *host) says(line string, args ...string) (string, error) {
	var said bytes.Buffer
	cmd := h.kai(args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(line+"\n"), &said, &said
	err := h.inside(cmd.Run)
	return said.String(), err
}

// said is what a command that succeeds printed.
func (h *host) said(args ...string) string {
	h.t.Helper()
	text, err := h.says("", args...)
	require.NoError(h.t, err, "kai %v: %s", args, text)
	return text
}

// runs starts a kai with federation that others reach, and unlocks it.
func (h *host) runs() {
	h.t.Helper()
	cmd := h.kai("run", "--bind", "0.0.0.0", "--set", "auth.mode=local_vault", "--set", "features.federation=true", "--set", "services.ollama=false")
	out, err := cmd.StdoutPipe()
	require.NoError(h.t, err)
	cmd.Stderr = os.Stderr
	require.NoError(h.t, h.inside(cmd.Start))
	h.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var text []byte
	for buffer := make([]byte, 4096); !bytes.Contains(text, []byte("Stop with")); {
		n, err := out.Read(buffer)
		require.NoError(h.t, err, "kai did not become ready: %s", text)
		text = append(text, buffer[:n]...)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the process
	for _, step := range []string{"init", "unlock"} {
		said, err := h.says("correct horse", "vault", step, "--password-stdin")
		require.NoError(h.t, err, said)
	}
}

// lends has connections to an address of the host go to a server of the test.
func (h *host) lends(at, server string) {
	h.t.Helper()
	var front net.Listener
	require.NoError(h.t, h.inside(func() (err error) {
		front, err = new(net.ListenConfig).Listen(h.t.Context(), "tcp", at)
		return err
	}))
	h.t.Cleanup(func() { _ = front.Close() })
	go func() {
		for {
			conn, err := front.Accept()
			if err != nil {
				return
			}
			go pass(conn, server)
		}
	}()
}

// pass hands bytes both ways until one side ends.
func pass(conn net.Conn, server string) {
	defer func() { _ = conn.Close() }()
	far, err := new(net.Dialer).Dial("tcp", server)
	if err != nil {
		return
	}
	defer func() { _ = far.Close() }()
	go func() { _, _ = io.Copy(far, conn); _ = far.Close() }()
	_, _ = io.Copy(conn, far)
}

// client asks over HTTP as a program on the host does.
func (h *host) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		err = h.inside(func() (err error) {
			conn, err = new(net.Dialer).DialContext(ctx, network, address)
			return err
		})
		return conn, err
	}}}
}
