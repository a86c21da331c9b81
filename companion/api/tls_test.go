package api_test

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/certificate"
	"github.com/kindos/kai/companion/certificate/certificatetest"
	"github.com/kindos/kai/shared/protocol"
)

// encrypted is a server with a certificate, and what the test needs of it.
type encrypted struct {
	t      *testing.T
	server *api.Server
	issuer *certificatetest.Issuer
	files  certificate.Files
	port   string
}

// encrypt starts a server whose certificate is for hosts.
func encrypt(t *testing.T, hosts ...string) *encrypted {
	t.Helper()
	folder := t.TempDir()
	e := &encrypted{t: t, issuer: certificatetest.NewIssuer(t), files: certificate.Files{Cert: filepath.Join(folder, "c"), Key: filepath.Join(folder, "k")}}
	e.issuer.Write(t, e.files.Cert, e.files.Key, hosts...)
	kept, err := certificate.Open(e.files, time.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	e.server = serve(t, func(o *api.Options) { o.TLS = kept })
	e.port = e.server.URL()[strings.LastIndexByte(e.server.URL(), ':'):]
	return e
}

// ask sends a request as a client that trusts the issuer; every name leads to this computer.
func (e *encrypted) ask(address string, header map[string]string) (*http.Response, string) {
	e.t.Helper()
	r, err := http.NewRequestWithContext(e.t.Context(), http.MethodGet, address, nil)
	require.NoError(e.t, err)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	resp, err := e.issuer.Client("127.0.0.1" + e.port).Do(r)
	require.NoError(e.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(e.t, err)
	return resp, string(text)
}

func TestUnderTLSEveryAddressIsEncrypted(t *testing.T) {
	e := encrypt(t, "localhost", "127.0.0.1")
	assert.Equal(t, "https://127.0.0.1"+e.port, e.server.URL())
	assert.True(t, strings.HasPrefix(e.server.LoginURL(), "https://127.0.0.1"+e.port+"/login?once="))

	page, text := e.ask(e.server.URL()+"/away.html", nil)
	assert.Equal(t, http.StatusOK, page.StatusCode)
	assert.Contains(t, text, "<html")
	assert.Contains(t, page.Header.Get("Content-Security-Policy"), "connect-src 'self' wss://127.0.0.1"+e.port+";")
	assert.NotContains(t, page.Header.Get("Content-Security-Policy"), "ws://")
	assert.GreaterOrEqual(t, page.TLS.Version, uint16(tls.VersionTLS12))

	status, _ := e.ask(e.server.URL()+"/api/status", map[string]string{"Authorization": "Bearer " + token})
	assert.Equal(t, http.StatusOK, status.StatusCode)

	in, _ := e.ask(e.server.LoginURL(), nil)
	require.Len(t, in.Cookies(), 2)
	for _, c := range in.Cookies() {
		assert.True(t, c.Secure, "%s never travels unencrypted", c.Name)
	}
}

func TestUnderTLSOnlyTheEncryptedOriginIsOurs(t *testing.T) {
	e := encrypt(t, "localhost", "127.0.0.1", "kai.example")
	for origin, want := range map[string]int{
		e.server.URL():                  http.StatusOK,
		"https://localhost" + e.port:    http.StatusOK, // networking.cors.origins has localhost
		"https://kai.example" + e.port:  http.StatusOK,
		extension:                       http.StatusOK,
		"http://127.0.0.1" + e.port:     http.StatusForbidden,
		"http://localhost" + e.port:     http.StatusForbidden,
		"http://kai.example" + e.port:   http.StatusForbidden,
		"https://127.0.0.1":             http.StatusForbidden,
		"https://evil.example" + e.port: http.StatusForbidden,
	} {
		resp, _ := e.ask(e.server.URL()+"/api/status", map[string]string{"Authorization": "Bearer " + token, "Origin": origin})
		assert.Equal(t, want, resp.StatusCode, origin)
	}
}

func TestUnderTLSTheWebSocketIsGuardedTheSame(t *testing.T) {
	e := encrypt(t, "127.0.0.1")
	dial := func(origin string) (*websocket.Conn, *http.Response, error) {
		header := http.Header{"Authorization": {"Bearer " + token}, "Origin": {origin}}
		return websocket.Dial(t.Context(), strings.Replace(e.server.URL(), "http", "ws", 1)+"/api/ws", //nolint:bodyclose // Dial closes it
			&websocket.DialOptions{HTTPHeader: header, HTTPClient: e.issuer.Client("")})
	}
	_, resp, err := dial(strings.Replace(e.server.URL(), "https", "http", 1)) //nolint:bodyclose // Dial closes it
	require.Error(t, err)
	assert.Equal(t, http.StatusForbidden, resp.StatusCode)

	conn, _, err := dial(e.server.URL()) //nolint:bodyclose // none on success
	require.NoError(t, err)
	peer := protocol.NewPeer(api.Wire(conn), protocol.Options{Hello: protocol.Hello{App: "kai-view"}})
	ended := make(chan struct{})
	go func() { defer close(ended); _ = peer.Run(t.Context()) }()
	var got string
	require.NoError(t, peer.Call(t.Context(), "state.snapshot", nil, &got))
	assert.Equal(t, "state.snapshot", got)
	peer.Close()
	<-ended
}

// The names in the certificate are those by which its owner calls this kai; a stranger's name is still none.
func TestUnderTLSTheNamesOfTheCertificateAreOurs(t *testing.T) {
	e := encrypt(t, "kai.example", "*.kai.example")
	assert.Equal(t, "https://kai.example"+e.port, e.server.URL(), "a browser would complain about any other")
	for host, want := range map[string]int{"kai.example": http.StatusOK, "a.kai.example": http.StatusOK} {
		resp, _ := e.ask("https://"+host+e.port+"/healthz", nil)
		assert.Equal(t, want, resp.StatusCode, host)
	}
	client := e.issuer.Client("127.0.0.1" + e.port)
	for host, want := range map[string]int{"evil.example" + e.port: http.StatusForbidden, "kai.example:1": http.StatusForbidden, "KAI.example" + e.port: http.StatusOK} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.server.URL()+"/healthz", nil)
		require.NoError(t, err)
		r.Host = host
		resp, err := client.Do(r)
		require.NoError(t, err)
		_ = resp.Body.Close()
		assert.Equal(t, want, resp.StatusCode, host)
	}
}

func TestARenewedCertificateIsServed(t *testing.T) {
	e := encrypt(t, "127.0.0.1")
	before, _ := e.ask(e.server.URL()+"/healthz", nil)
	e.issuer.Write(t, e.files.Cert, e.files.Key, "127.0.0.1", "renewed.example")
	after, _ := e.ask(e.server.URL()+"/healthz", nil)
	assert.NotEqual(t, before.TLS.PeerCertificates[0].SerialNumber, after.TLS.PeerCertificates[0].SerialNumber)
	assert.Equal(t, []string{"renewed.example"}, after.TLS.PeerCertificates[0].DNSNames)
}

func TestUnderTLSNothingIsSaidUnencryptedNorByOldRules(t *testing.T) {
	e := encrypt(t, "127.0.0.1")
	resp, body := call(t, http.MethodGet, "http://127.0.0.1"+e.port+"/api/status", map[string]string{"Authorization": "Bearer " + token})
	assert.Equal(t, http.StatusBadRequest, resp.StatusCode)
	assert.NotContains(t, body, "ready")

	old := e.issuer.Trust()
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	_, err := tls.Dial("tcp", "127.0.0.1"+e.port, old)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "protocol version")
}
