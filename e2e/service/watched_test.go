package service_test

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/e2e/chroma"
	"github.com/kindos/kai/e2e/model"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/connectors"
)

// looked runs a kai with all services asked for, and tells of one of them once it was looked at.
func looked(t *testing.T, step string, services map[string]string) driver.StepHealth {
	t.Helper()
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	root, err := config.ParseJSON("kai.json", []byte(`{"networking": {"port": 0}, "services": {"ollama": false, "chroma": true, "comfyui": true, "a1111": true}}`))
	require.NoError(t, err)
	r, err := config.Resolve(config.DefaultStandalone(), config.Source{Layer: config.LayerFile, Root: root})
	require.NoError(t, err)
	out := transport.New("kAI/test")
	defer out.Close()
	a, err := app.New(app.Options{
		Dir: dir, Config: r.Config, Trace: r.Trace, Services: services,
		Transport: out, Version: "1.2.3", Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	require.NoError(t, err)
	require.NoError(t, a.Start(t.Context()))
	defer func() { assert.NoError(t, a.Stop(t.Context())) }()
	var found driver.StepHealth
	require.Eventually(t, func() bool {
		for _, s := range a.Health(t.Context()).Steps {
			if s.Step == step && s.State != driver.StateStarting {
				found = s
				return true
			}
		}
		return false
	}, time.Minute, 10*time.Millisecond, "%s was not looked at", step)
	return found
}

func TestTheRealChromaIsWatched(t *testing.T) {
	server := chroma.Start(t)
	at := map[string]string{"chroma": server.URL}
	found := looked(t, driver.StepChroma, at)
	assert.Equal(t, driver.StateReady, found.State)
	assert.Equal(t, "version 1.0.0", found.Detail, "what it says of itself")
	server.Kill()
	found = looked(t, driver.StepChroma, at)
	assert.Equal(t, driver.StateDegraded, found.State)
	assert.Contains(t, found.Detail, "chroma run")
}

// Reticulum speaks no HTTP: the real one takes the connection, and says nothing.
func TestTheRealReticulumIsSeen(t *testing.T) {
	dir := t.TempDir()
	file, err := model.FetchWheel(t.Context(), "rns==1.5.7", dir)
	require.NoError(t, err)
	at, err := model.FreeAddr()
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(at)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config"), []byte("[reticulum]\nenable_transport = No\nshare_instance = Yes\nshared_instance_type = tcp\n"+
		"shared_instance_port = "+port+"\n[interfaces]\n"), 0o600))
	program := "import sys, zipfile; at = sys.argv[2]; zipfile.ZipFile(sys.argv[1]).extractall(at); sys.path.insert(0, at); from RNS.Utilities.rnsd import main; sys.argv[1:] = ['--config', sys.argv[2]]; main()"
	cmd := exec.CommandContext(t.Context(), "python3", "-c", program, file, dir) //nolint:gosec // our own words
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	require.Eventually(t, func() bool {
		c, err := new(net.Dialer).DialContext(t.Context(), "tcp", at)
		return err == nil && c.Close() == nil
	}, time.Minute, 50*time.Millisecond, "rnsd does not listen")

	out := transport.New("kAI/test")
	defer out.Close()
	gateway := service.NewLocal(out, connectors.Definitions(), "kai")
	spec := service.Spec{Kind: "reticulum", URL: "http://" + at}
	health, err := gateway.Probe(t.Context(), spec)
	require.NoError(t, err)
	assert.Equal(t, service.StateReady, health.State, health.Detail)
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	health, err = gateway.Probe(t.Context(), spec)
	require.NoError(t, err)
	assert.Equal(t, service.StateOffline, health.State, health.Detail)
}

// ComfyUI and the Stable Diffusion web UI could not be had: these are stand-ins with the answers that their sources give.
func TestStandInsOfImageServicesAreWatched(t *testing.T) {
	answers := func(paths map[string]string) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if text, ok := paths[r.URL.Path]; ok {
				_, _ = w.Write([]byte(text))
				return
			}
			w.WriteHeader(http.StatusNotFound)
		}))
		t.Cleanup(s.Close)
		return s.URL
	}
	comfyui := answers(map[string]string{"/system_stats": `{"system": {"comfyui_version": "0.3.40"}, "devices": []}`, "/models/checkpoints": `["a.safetensors", "b.safetensors"]`})
	assert.Equal(t, "version 0.3.40, 2 models", looked(t, driver.StepComfyUI, map[string]string{"comfyui": comfyui}).Detail)
	a1111 := answers(map[string]string{"/sdapi/v1/sd-models": `[]`})
	found := looked(t, driver.StepA1111, map[string]string{"a1111": a1111})
	assert.Equal(t, driver.StateReady, found.State)
	assert.Contains(t, found.Detail, "has no model")
	found = looked(t, driver.StepA1111, map[string]string{"a1111": answers(nil)})
	assert.Equal(t, driver.StateDegraded, found.State)
	assert.Contains(t, found.Detail, "--api")
}
