package app_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
)

const typedKey = "sk-typed-by-a-person"

// withVault has the vault's password open kai.
func withVault(o *app.Options) { o.Config.Auth.Mode = config.AuthLocalVault }

func unlock(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, hosted(t, dir).Call(t.Context(), app.MethodUnlock, app.Password{Password: password}, nil))
}

// keptIn is what kai vault list shows of the vault of a data directory.
func keptIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	all, err := vault.At(filepath.Join(dir, "vault.db"), time.Now).List(t.Context())
	require.NoError(t, err)
	for _, e := range all {
		names = append(names, e.Metadata.Name)
	}
	return names
}

// keyed is that model server as a person connects it.
func keyed(t *testing.T, key string) assistant.PutService {
	t.Helper()
	return assistant.PutService{Kind: "openai", Name: "Work", URL: guarded(t, typedKey).URL, Key: &key}
}

// stateOfService asks a service through a view.
func stateOfService(t *testing.T, view *protocol.Peer, id string) service.Health {
	t.Helper()
	var v assistant.ServiceView
	require.NoError(t, view.Call(t.Context(), assistant.MethodServiceProbe, assistant.ByID{ID: id}, &v))
	assert.True(t, v.HasKey)
	return *v.Health
}

// Whatever a person types it into: the key is in the vault, works from there, and is in no file.
func TestATypedKeyIsInTheVaultAlone(t *testing.T) {
	for name, add := range map[string]func(t *testing.T, a *app.App, dir string, in assistant.PutService) (id string){
		"a view": func(t *testing.T, a *app.App, dir string, in assistant.PutService) string {
			var v assistant.ServiceView
			require.NoError(t, view(t, a, dir).Call(t.Context(), assistant.MethodServiceAdd, in, &v))
			return v.ID
		},
		"the API": func(t *testing.T, a *app.App, dir string, in assistant.PutService) string {
			body := map[string]any{"kind": in.Kind, "name": in.Name, "url": in.URL, "key": in.Key}
			return read[assistant.ServiceView](newProgram(t, a, dir), 201, "POST", "/api/v1/services", body).ID
		},
		"kai import": func(t *testing.T, _ *app.App, dir string, in assistant.PutService) string {
			var v assistant.ServiceView
			require.NoError(t, hosted(t, dir).Call(t.Context(), app.ImportPrefix+assistant.MethodServiceAdd, in, &v))
			return v.ID
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			keep(t, dir, "own", "1")
			a := open(t, dir, withVault)
			unlock(t, dir)
			id := add(t, a, dir, keyed(t, typedKey))
			assert.Equal(t, []string{"", "key of service Work"}, keptIn(t, dir))
			assert.Equal(t, service.StateReady, stateOfService(t, view(t, a, dir), id).State, "the key works")
			assert.False(t, onDisk(t, dir, typedKey), "in clear")
			assert.False(t, onDisk(t, dir, "sealed:"), "sealed")

			newProgram(t, a, dir).call(204, "DELETE", "/api/v1/services/"+id, nil)
			assert.Equal(t, []string{""}, keptIn(t, dir), "the person's own stays")
		})
	}
}

// kai import meets a locked kai: it is told so, and nothing came of the service, so the same file can be read again.
func TestAKeyThatComesWhileTheVaultIsLockedIsRefusedWithTheWayOut(t *testing.T) {
	dir := t.TempDir()
	keep(t, dir, "own", "1")
	a := open(t, dir, withVault)
	peer := hosted(t, dir)
	f := fault.Public(peer.Call(t.Context(), app.ImportPrefix+assistant.MethodServiceAdd, keyed(t, typedKey), nil))
	assert.Equal(t, []any{fault.Locked, "unlock it with: kai vault unlock"}, []any{f.Code, f.Remedy})
	unlock(t, dir)
	var now assistant.Snapshot
	require.NoError(t, view(t, a, dir).Call(t.Context(), assistant.MethodSnapshot, assistant.Empty{}, &now))
	assert.Empty(t, now.Services)
	assert.Equal(t, []string{""}, keptIn(t, dir))
}

// session signs in as the web app does.
func session(t *testing.T, a *app.App) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.URL()+"/api/auth/session", strings.NewReader(`{"password":"`+password+`"}`))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
}

// A data directory goes from auth.mode none to local_vault and back: at the first unlocking its keys move into the vault, and
// afterwards they are used from there.
func TestKeysFollowTheModeOfADataDirectory(t *testing.T) {
	for name, in := range map[string]func(t *testing.T, a *app.App, dir string){
		"by kai vault unlock": func(t *testing.T, _ *app.App, dir string) { unlock(t, dir) },
		"by signing in":       func(t *testing.T, a *app.App, _ string) { session(t, a) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var added assistant.ServiceView
			started(t, dir, nil, func(a *app.App) {
				require.NoError(t, view(t, a, dir).Call(t.Context(), assistant.MethodServiceAdd, keyed(t, typedKey), &added))
			})
			assert.True(t, onDisk(t, dir, "sealed:"))

			keep(t, dir, "own", "1")
			started(t, dir, withVault, func(a *app.App) {
				assert.Equal(t, []string{""}, keptIn(t, dir), "nothing moves before")
				in(t, a, dir)
				assert.Equal(t, []string{"", "key of service Work"}, keptIn(t, dir))
				assert.Equal(t, service.StateReady, stateOfService(t, view(t, a, dir), added.ID).State)
				in(t, a, dir)
				assert.Len(t, keptIn(t, dir), 2, "once")
			})

			started(t, dir, nil, func(a *app.App) {
				health := stateOfService(t, view(t, a, dir), added.ID)
				assert.Equal(t, service.StateLocked, health.State)
				assert.Contains(t, health.Detail, "kai vault unlock")
				unlock(t, dir)
				assert.Equal(t, service.StateReady, stateOfService(t, view(t, a, dir), added.ID).State)
			})
		})
	}
}

// started runs a kai for as long as do takes.
func started(t *testing.T, dir string, change func(*app.Options), do func(*app.App)) {
	t.Helper()
	opt := options(t, dir)
	if change != nil {
		change(&opt)
	}
	a, err := app.New(opt)
	require.NoError(t, err)
	require.NoError(t, a.Start(t.Context()))
	defer shut(t, a)
	do(a)
}

// kai import beside no running kai has no password: the key is sealed, and moves when the vault is unlocked.
func TestAKeyThatIsImportedBesideMovesLater(t *testing.T) {
	dir := t.TempDir()
	keep(t, dir, "own", "1")
	opt := options(t, dir)
	withVault(&opt)
	a, err := app.New(opt)
	require.NoError(t, err)
	here, there := protocol.Pipe()
	served := make(chan error, 1)
	go func() { served <- a.Aside(context.Background(), there) }()
	peer := protocol.NewPeer(here, protocol.Options{Hello: protocol.Hello{App: "kai-import"}})
	ended := make(chan struct{})
	go func() { defer close(ended); _ = peer.Run(context.Background()) }()
	var added assistant.ServiceView
	require.NoError(t, peer.Call(t.Context(), app.ImportPrefix+assistant.MethodServiceAdd, keyed(t, typedKey), &added))
	peer.Close()
	<-ended
	require.NoError(t, <-served)
	assert.False(t, onDisk(t, dir, typedKey))

	started(t, dir, withVault, func(a *app.App) {
		unlock(t, dir)
		assert.Equal(t, []string{"", "key of service Work"}, keptIn(t, dir))
		assert.Equal(t, service.StateReady, stateOfService(t, view(t, a, dir), added.ID).State)
	})
}

// A backup and an export have no key, and neither does what another device or browser gets: services stay where they are.
func TestWhatLeavesKaiHasNoKey(t *testing.T) {
	dir := t.TempDir()
	keep(t, dir, "own", "1")
	a := open(t, dir, withVault)
	unlock(t, dir)
	v := view(t, a, dir)
	require.NoError(t, v.Call(t.Context(), assistant.MethodServiceAdd, keyed(t, typedKey), nil))
	backup := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, hosted(t, dir).Call(t.Context(), app.MethodBackup, app.BackupTo{Folder: backup}, nil))
	assert.False(t, onDisk(t, backup, typedKey))
	assert.True(t, onDisk(t, backup, "vault:service-"), "the record is there, and names the key")

	var exported strings.Builder
	require.NoError(t, v.Stream(t.Context(), assistant.MethodDataExport, assistant.Empty{}, func(raw json.RawMessage) error {
		exported.Write(raw)
		return nil
	}, nil))
	assert.Contains(t, exported.String(), "Work")
	assert.NotContains(t, exported.String(), "vault:")
}

// chatting is a model server that answers whoever has the key; it tells how often that was.
func chatting(t *testing.T, key string) (address string, answered func() int64) {
	t.Helper()
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		if r.Header.Get("Authorization") != "Bearer "+key {
			http.Error(w, `{"error":"no"}`, http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"message":{"content":"Ada."},"done":true,"done_reason":"stop","eval_count":1}`+"\n")
	}))
	t.Cleanup(server.Close)
	return server.URL, n.Load
}

// An answer that a browser asks kai for, with a key that is in kai's vault, is made with that key.
func TestARunOfABrowserHasItsKeyFromTheVault(t *testing.T) {
	dir := t.TempDir()
	keep(t, dir, "guarded", typedKey)
	open(t, dir, withVault)
	address, asked := chatting(t, typedKey)
	start := func() error {
		remote := run.NewRemote(hosted(t, dir))
		id := record.NewID(time.Now())
		err := remote.Start(t.Context(), run.Spec{
			ID: id, Service: service.Spec{ID: "s", Kind: "ollama", Name: "Tiny", URL: address, Key: "vault:guarded"}, Chat: service.ChatRequest{Model: "tiny:latest"},
		})
		require.NoError(t, err)
		var last run.Delta
		require.NoError(t, remote.Attach(t.Context(), id, 0, func(d run.Delta) error { last = d; return nil }))
		if last.Fault != nil {
			return last.Fault
		}
		return nil
	}
	assert.Equal(t, fault.Locked, fault.CodeOf(start()))
	assert.Zero(t, asked(), "nobody is asked without the key")
	unlock(t, dir)
	require.NoError(t, start())
	assert.Positive(t, asked())
}
