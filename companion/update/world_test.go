package update_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/update"
	"github.com/kindos/kai/shared/fault"
)

// asUpdater makes the test's own program be one that updates and is killed after a step.
const asUpdater = "KAI_UPDATER_IN_TEST"

func TestMain(m *testing.M) {
	if text := os.Getenv(asUpdater); text != "" {
		os.Exit(updateAndDie(text))
	}
	code := m.Run()
	if folder != "" {
		_ = os.RemoveAll(folder) // in the temporary folder
	}
	os.Exit(code)
}

// The two releases, the server that has them, and the key that signs them; made when the first test asks.
var (
	folder string
	shop   = sync.OnceValue(openShop)
)

const id = "kai-test"

// store is the test's server of releases, over HTTPS with a certificate that the system does not know.
type store struct {
	server *httptest.Server
	pages  sync.Map // path -> http.HandlerFunc
	key    ed25519.PrivateKey
	roots  string // the certificate's file
	old    string // the real kai, 1.0.0, which takes its releases from /cli
	next   string // the real kai, 1.1.0
}

func openShop() *store {
	s := &store{}
	folder = must(os.MkdirTemp("", "kai-update-test-"))
	_, s.key, _ = ed25519.GenerateKey(nil) // it reads the system's randomness
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if page, ok := s.pages.Load(r.URL.Path); ok {
			page.(http.HandlerFunc)(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients break off on purpose
	s.server.StartTLS()
	s.roots = filepath.Join(folder, "roots.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.server.Certificate().Raw})
	if err := os.WriteFile(s.roots, block, 0o600); err != nil {
		panic(err)
	}
	stamp := hex.EncodeToString(s.public()) + "@" + s.server.URL + "/cli"
	s.old, s.next = build("1.0.0", stamp), build("1.1.0", stamp)
	return s
}

// build makes the real kai, stamped as a release is.
func build(version, stamp string) string {
	out := filepath.Join(folder, "kai-"+version)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w -X main.version="+version+" -X main.updates="+stamp, "-o", out, "../cmd/kai")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := cmd.CombinedOutput(); err != nil {
		panic(string(said))
	}
	return out
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (s *store) public() ed25519.PublicKey { return s.key.Public().(ed25519.PublicKey) }

// house is an installation of kai 1.0.0 that looks for updates at a place of its own in the store.
type house struct {
	t       *testing.T
	store   *store
	at      string // of the store's pages
	updater update.Updater
	release update.Manifest
	backups int
}

func newHouse(t *testing.T) *house {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("programs that fail are shell scripts here")
	}
	h := &house{t: t, store: shop(), at: "/" + t.Name()}
	dir := t.TempDir()
	h.updater = updaterAt(filepath.Join(dir, "bin", "kai"), dir, h.store.server.URL+h.at, h.store.public(), h.store.roots)
	h.updater.Backup = func(context.Context, string) (string, error) { h.backups++; return "backups/1", nil }
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "bin"), 0o700))
	require.NoError(t, os.Link(h.store.old, h.updater.Program))
	h.release = update.Manifest{ID: id, Version: "1.1.0", Channel: "stable", URL: h.store.server.URL + h.at + "/kai"}
	h.sell(h.store.next)
	return h
}

// updaterAt is an updater that trusts the store's certificate.
func updaterAt(program, dir, address string, key ed25519.PublicKey, roots string) update.Updater {
	client := update.NewClient()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(must(os.ReadFile(roots)))
	client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return update.Updater{
		Source: update.Source{Key: key, URL: address}, ID: id, Version: "1.0.0", Program: program, Folder: dir, Client: client, Now: time.Now,
		Backup: func(context.Context, string) (string, error) { return "", nil },
	}
}

// sell makes a file the program of the release.
func (h *house) sell(path string) {
	text := must(os.ReadFile(path))
	digest := sha256.Sum256(text)
	h.release.SHA256 = hex.EncodeToString(digest[:])
	h.page("/kai", text)
}

// sellScript makes a shell script the program of the release.
func (h *house) sellScript(text string) {
	path := filepath.Join(h.t.TempDir(), "script")
	require.NoError(h.t, os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o600))
	h.sell(path)
}

func (h *house) page(name string, text []byte) {
	h.serve(name, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) })
}

func (h *house) serve(name string, page http.HandlerFunc) { h.store.pages.Store(h.at+name, page) }

// publish signs the release as it is now and has the channel offer it.
func (h *house) publish(key ed25519.PrivateKey) {
	h.t.Helper()
	text, err := update.Sign(h.release, key)
	require.NoError(h.t, err)
	h.page("/stable/"+id+".json", text)
}

// version is what the installed program says of itself, as a person would see it.
func (h *house) version() string {
	h.t.Helper()
	return versionOf(h.t, h.updater.Program)
}

func versionOf(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), path, "version", "--self-test", "--json").Output() //nolint:gosec // our own
	require.NoError(t, err, "the program works")
	var said update.Tested
	require.NoError(t, json.Unmarshal(out, &said))
	return said.Version
}

func (h *house) state() update.State {
	h.t.Helper()
	s, err := update.ReadState(h.updater.Folder)
	require.NoError(h.t, err)
	return s
}

// names lists what lies beside the program, itself with it.
func (h *house) names() (out []string) {
	for _, e := range must(os.ReadDir(filepath.Dir(h.updater.Program))) {
		out = append(out, e.Name())
	}
	return out
}

// order is what a process that is killed is told.
type order struct{ Program, Folder, URL, Key, Roots, DieAfter string }

// updateAndDie updates and kills itself, as a power cut would, after the step that it was told.
func updateAndDie(text string) int {
	var o order
	if json.Unmarshal([]byte(text), &o) != nil {
		return 2
	}
	u := updaterAt(o.Program, o.Folder, o.URL, must(hex.DecodeString(o.Key)), o.Roots)
	u.After = func(step string) {
		if step == o.DieAfter {
			self := must(os.FindProcess(os.Getpid()))
			_ = self.Kill()
			select {}
		}
	}
	_, err := u.Apply(context.Background(), update.Wish{})
	if fault.CodeOf(err) != "" {
		return 1
	}
	return 0
}
