package model

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Server is a running Ollama of our own, with its own models folder and no access to the outside.
type Server struct {
	URL string
	bin string
	env []string
	cmd *exec.Cmd
	log bytes.Buffer

	stop sync.Once
}

// Options say how to serve. Zero values: a free port, a models folder in a temporary home.
type Options struct {
	Home     string // kept between starts when given
	Addr     string // host:port
	Places   int    // how many answers of a model at a time; 0: four
	Progress io.Writer
}

// Serve starts Ollama and waits until it answers.
func Serve(ctx context.Context, o Options) (*Server, error) {
	bin, err := Ollama(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	if o.Addr == "" {
		if o.Addr, err = FreeAddr(); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(o.Home, 0o755); err != nil {
		return nil, fmt.Errorf("make the home of Ollama: %w", err)
	}
	s := &Server{URL: "http://" + o.Addr, bin: bin, env: serverEnv(o)}
	s.cmd = exec.Command(bin, "serve") //nolint:gosec // the program is ours or the person's own Ollama
	s.cmd.Env, s.cmd.Stdout, s.cmd.Stderr = s.env, &s.log, &s.log
	EndWithUs(s.cmd)
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start Ollama: %w", err)
	}
	if err := s.wait(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("%w\n%s", err, tail(s.log.Bytes()))
	}
	return s, nil
}

// serverEnv keeps what a program needs to run and drops every OLLAMA_ variable of the person's: stock settings but for the
// places of a model: a stock Ollama has one, and 0.17.4 lost it for ever in 2 of 100 answers of the scripted model that were
// stopped (its issue 17131). TestAStuckOllamaIsFreed shows what kAI does about it.
func serverEnv(o Options) []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "OLLAMA_") && !strings.HasPrefix(v, "HOME=") {
			env = append(env, v)
		}
	}
	return append(env, "HOME="+o.Home, "OLLAMA_HOST="+o.Addr, "OLLAMA_MODELS="+filepath.Join(o.Home, "models"), "OLLAMA_NO_CLOUD=1",
		"OLLAMA_CONTEXT_LENGTH=8192", "OLLAMA_KEEP_ALIVE=30m", "OLLAMA_NUM_PARALLEL="+strconv.Itoa(cmp.Or(o.Places, 4)))
}

// FreeAddr is a host:port of this computer at which nobody listened a moment ago.
func FreeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

// Answers says whether something answers at an address with 200, within two seconds.
func Answers(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// wait polls the server's own health path: it has no other sign of being ready.
func (s *Server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/api/version", nil)
		if err != nil {
			return fmt.Errorf("ask Ollama: %w", err)
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for Ollama at %s: %w", s.URL, ctx.Err())
		case <-tick.C:
		}
	}
}

// AddScripted makes the deterministic model.
func (s *Server) AddScripted(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "kai-scripted")
	if err != nil {
		return fmt.Errorf("make a folder for the model: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "scripted.gguf")
	if err := writeScripted(file); err != nil {
		return err
	}
	return s.create(ctx, Scripted, dir, fmt.Sprintf(scriptedModelfile, file))
}

// AddSmall makes the real small model, fetching it the first time.
func (s *Server) AddSmall(ctx context.Context, progress io.Writer) error {
	file, err := SmallFile(ctx, progress)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "kai-small")
	if err != nil {
		return fmt.Errorf("make a folder for the model: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	return s.create(ctx, Small, dir, fmt.Sprintf(smallModelfile, file))
}

func (s *Server) create(ctx context.Context, name, dir, modelfile string) error {
	path := filepath.Join(dir, "Modelfile")
	if err := os.WriteFile(path, []byte(modelfile), 0o600); err != nil {
		return fmt.Errorf("write the Modelfile: %w", err)
	}
	cmd := exec.CommandContext(ctx, s.bin, "create", name, "-f", path) //nolint:gosec // as in Serve
	cmd.Env = s.env
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make model %s: %w\n%s", name, err, tail(text))
	}
	return nil
}

// Log is what the server printed so far, for failure messages.
func (s *Server) Log() string { return tail(s.log.Bytes()) }

// Close stops the server and waits for it.
func (s *Server) Close() {
	s.stop.Do(func() {
		if s.cmd.Process == nil {
			return
		}
		_ = s.cmd.Process.Signal(os.Interrupt)
		done := make(chan struct{})
		go func() { _ = s.cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = s.cmd.Process.Kill()
			<-done
		}
	})
}
