package transport

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// Every spelling of a metadata service is refused before anything is sent, also where a proxy would send it.
func TestMetadataServicesAreNotAsked(t *testing.T) {
	proxy := func(*http.Request) (*url.URL, error) { t.Error("the proxy was to be asked"); return nil, nil }
	transport := newTransport("kAI/test", outside(proxy), net.DefaultResolver)
	for _, host := range []string{
		"169.254.169.254", "169.254.169.254:80", "169.254.170.2", "169.254.170.23", "100.100.100.200", "168.63.129.16",
		"2852039166", "0xa9fea9fe", "0xA9FEA9FE", "025177524776", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "169.254.43518", "169.16689662", "0251.254.0xa9fe",
		"[fd00:ec2::254]", "[FD00:0EC2:0:0:0:0:0:254]", "[fd00:ec2::23]", "[fd20:ce::254]", "[fd00:ec2::254%25eth0]",
		"[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[::a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]",
		"metadata.google.internal", "METADATA.Google.Internal.", "metadata.goog", "instance-data",
	} {
		_, err := transport.Do(t.Context(), &service.Request{Method: "GET", URL: "http://" + host + "/latest/meta-data/"})
		assert.Equal(t, fault.Unsupported, fault.CodeOf(err), "%s: %v", host, err)
		assert.Contains(t, fault.Public(err).Message, "metadata service", host)
		assert.Equal(t, "url", fault.Public(err).Field)
	}
}

// Services of this computer, a home or an office are no metadata services, nor is what only looks like one.
func TestOtherAddressesAreAsked(t *testing.T) {
	for _, host := range []string{
		"localhost", "127.0.0.1", "127.1", "::1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.7", "169.254.1.1", "fe80::1", "fd00::1",
		"metadata", "metadata.example.org", "169.254.169.254.example.org", "ollama.internal", "1.2.3.4.5", "4294967296", "256.1.1.1", "",
	} {
		assert.NoError(t, refuseHost(host), host)
	}
}

// nameServer answers every question for an IPv4 address with that address, as a stranger's own name server may.
func nameServer(t *testing.T, ip netip.Addr) *net.Resolver {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for query := make([]byte, 512); ; {
			n, from, err := conn.ReadFrom(query)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(reply(query[:n], ip), from)
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// reply is a DNS answer (RFC 1035, 4.1): the question, and an address when it was for IPv4.
func reply(query []byte, ip netip.Addr) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5
	out := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, query[12:end]...)
	if query[end-3] == 1 { // an A record
		out[7] = 1
		out = append(append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4), ip.AsSlice()...)
	}
	return out
}

// A name is judged by the address that it leads to in the end, so no name server and no redirect gets around it.
func TestNamesThatLeadToMetadataServicesAreRefused(t *testing.T) {
	direct := func(*http.Request) (*url.URL, error) { return nil, nil }
	transport := newTransport("kAI/test", direct, nameServer(t, netip.MustParseAddr("169.254.169.254")))
	_, err := transport.Do(t.Context(), &service.Request{Method: "GET", URL: "http://models.evil.example/latest/"})
	assert.Equal(t, fault.Unsupported, fault.CodeOf(err), "%v", err)
	assert.Contains(t, fault.Public(err).Message, "metadata service")

	server := httptest.NewServer(http.RedirectHandler("http://169.254.169.254/latest/", http.StatusFound))
	t.Cleanup(server.Close)
	transport = newTransport("kAI/test", direct, nameServer(t, netip.MustParseAddr("127.0.0.1")))
	u, err := url.Parse(server.URL)
	require.NoError(t, err)
	response, err := transport.Do(t.Context(), &service.Request{Method: "GET", URL: "http://ollama.test:" + u.Port() + "/"})
	require.NoError(t, err, "a name that leads to this computer is asked")
	assert.Equal(t, http.StatusFound, response.Status, "and its redirect is not followed")
	require.NoError(t, response.Body.Close())
}
